from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanReliefDocumentWizard(models.TransientModel):
    """Takes a paper of the checklist in, refuses it, or does without it."""

    _name = "carloan.relief.document.wizard"
    _description = "Paper of a Relief Request: a Step"

    request_id = fields.Many2one(
        "carloan.relief.request",
        compute="_compute_request_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    document_id = fields.Many2one("carloan.relief.document", ondelete="cascade")
    move = fields.Selection(
        [
            ("ask", "Ask"),
            ("receive", "Receive"),
            ("refuse", "Refuse"),
            ("waive", "Do without"),
        ],
        required=True,
        default="receive",
    )
    type_id = fields.Many2one("carloan.relief.document.type", "Paper")
    note = fields.Char("What Exactly")
    reason = fields.Text()
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "carloan_relief_document_wizard_new_rel",
        string="New Files",
    )
    on_file_ids = fields.Many2many(
        "ir.attachment",
        "carloan_relief_document_wizard_file_rel",
        string="Files of the Request",
        domain="[('id', 'in', choice_ids)]",
        help="What the borrower uploaded or staff attached without saying what it is.",
    )
    choice_ids = fields.Many2many(
        "ir.attachment", compute="_compute_choice_ids", string="Files to Choose"
    )
    original_seen = fields.Boolean(help="Shown at the counter; no copy is kept.")

    @api.depends("document_id")
    def _compute_request_id(self):
        for wizard in self:
            wizard.request_id = wizard.document_id.request_id or wizard.request_id

    @api.depends("request_id")
    def _compute_choice_ids(self):
        for wizard in self:
            wizard.choice_ids = wizard._get_files_on_request()

    def _get_files_on_request(self):
        """Return the files attached to the case itself, as the user may read them."""
        self.ensure_one()
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "carloan.relief.request"),
                ("res_id", "=", self.request_id.id),
                ("res_field", "=", False),
            ]
        )

    def action_confirm(self):
        """Take the step; the checklist checks who may and from where."""
        self.ensure_one()
        self.request_id._check_staff("officer", "approver")
        getattr(self, f"_confirm_{self.move}")()
        return {"type": "ir.actions.act_window_close"}

    def _confirm_ask(self):
        if not self.type_id:
            raise UserError(self.env._("Choose the paper to ask for."))
        self.request_id._ask_for_paper(self.type_id, self.note)

    def _confirm_receive(self):
        self._get_document()._receive(self._get_files(), self.original_seen)

    def _confirm_refuse(self):
        self._get_document()._refuse(self.reason)

    def _confirm_waive(self):
        self._get_document()._waive(self.reason)

    def _get_document(self):
        """Return the paper of the dialog, which must be of the case it names."""
        document = self.document_id
        if not document or document.request_id != self.request_id:
            raise UserError(
                self.env._(
                    "Open this from the paper it is about, on the Papers page of the "
                    "request."
                )
            )
        return document

    def _get_files(self):
        """Return the files to take: the user's own uploads, or files of this case.

        Anything else would let a person move a file of another record to this one.
        """
        new = self.attachment_ids
        new.check_access("write")
        strange = new.filtered(
            lambda one: one.create_uid != self.env.user
            or (one.res_id and one.res_model != self._name)
        )
        strange |= self.on_file_ids - self._get_files_on_request()
        if strange:
            raise UserError(
                self.env._(
                    "%(files)s do not belong to request %(request)s. Upload them here, "
                    "or choose among the files of the request.",
                    # a file that the user may not read is not named either
                    files=", ".join(
                        one.name if one.has_access("read") else f"#{one.id}"
                        for one in strange
                    ),
                    request=self.request_id.name,
                )
            )
        return new | self.on_file_ids
