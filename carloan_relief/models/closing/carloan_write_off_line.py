from odoo import api, fields, models


class CarloanWriteOffLine(models.Model):
    """One paper of the checklist of a write-off, and the documents behind it."""

    _name = "carloan.write.off.line"
    _description = "Evidence for a write-off"
    _order = "write_off_id, sequence, id"

    write_off_id = fields.Many2one(
        "carloan.write.off", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="write_off_id.company_id", store=True)
    paper_id = fields.Many2one(
        "carloan.evidence.paper", required=True, readonly=True, ondelete="restrict"
    )
    type_id = fields.Many2one(related="paper_id.type_id", store=True)
    sequence = fields.Integer(related="paper_id.sequence", store=True)
    required = fields.Boolean(related="paper_id.required")
    date = fields.Date(string="Dated")
    note = fields.Char(help="Number of the judgment, who issued it, where it is kept.")
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "carloan_write_off_line_attachment_rel",
        "line_id",
        "attachment_id",
        string="Documents",
    )
    is_there = fields.Boolean(string="In the file", compute="_compute_is_there")

    _paper_uniq = models.UniqueIndex(
        "(write_off_id, paper_id)", "A paper stands once on the checklist."
    )

    @api.depends("attachment_ids")
    def _compute_is_there(self):
        for line in self:
            line.is_there = bool(line.attachment_ids)

    @api.model_create_multi
    def create(self, vals_list):
        """Override to keep a decided case as it is."""
        lines = super().create(vals_list)
        lines.write_off_id._check_open()
        lines._keep_documents()
        return lines

    def write(self, vals):
        """Override to keep a decided case as it is, and its documents readable."""
        self.write_off_id._check_open()
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._keep_documents()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self.write_off_id._check_open()

    def _keep_documents(self):
        """Hang the documents on the case, so that whoever reads it reads them."""
        for line in self:
            documents = line.attachment_ids
            documents.check_access("read")
            loose = documents.filtered(lambda one: not one.res_id)
            # sudo: an upload without record belongs to its author alone
            loose.sudo().write(
                {"res_model": line.write_off_id._name, "res_id": line.write_off_id.id}
            )
