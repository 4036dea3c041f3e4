from odoo import api, fields, models


class CarloanStatement(models.TransientModel):
    """Print the statement of account of a loan for a period."""

    _name = "carloan.statement"
    _description = "Print a statement of account"

    loan_id = fields.Many2one("carloan.loan", required=True)
    date_from = fields.Date(
        string="From",
        required=True,
        compute="_compute_period",
        store=True,
        precompute=True,
        readonly=False,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        compute="_compute_period",
        store=True,
        precompute=True,
        readonly=False,
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        required=True,
        compute="_compute_lang",
        store=True,
        precompute=True,
        readonly=False,
        help="The borrower's own, unless another reader needs it.",
    )

    @api.depends("loan_id")
    def _compute_period(self):
        for wizard in self:
            start, end = wizard.loan_id._get_statement_period()
            wizard.date_from = start
            wizard.date_to = end

    @api.depends("loan_id")
    def _compute_lang(self):
        for wizard in self:
            wizard.lang = wizard.loan_id.partner_id.lang or self.env.lang or "en_US"

    def action_print(self):
        """Print the statement."""
        self.ensure_one()
        self.loan_id.check_access("read")
        # refused here, where the dialog can still be corrected
        self.loan_id._get_statement(self.date_from, self.date_to)
        action = self.env.ref("carloan_relief.statement_report").report_action(
            self.loan_id, config=False
        )
        # not as `data`: a browser that has data to send names no loan any more, and
        # what it prints is empty
        action["context"] = dict(
            action["context"],
            carloan_statement={
                "date_from": fields.Date.to_string(self.date_from),
                "date_to": fields.Date.to_string(self.date_to),
                "lang": self.lang,
            },
        )
        return action
