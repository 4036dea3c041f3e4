from odoo import api, models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    """Evidence of a write-off stays as it was when the case was proposed."""

    _inherit = "ir.attachment"

    def write(self, vals):
        """Override: nobody puts another file in the place of evidence."""
        if not self.env.su:
            self._check_no_evidence()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_no_evidence(self):
        # the system, too: whoever deletes a file of a record's thread does it as that
        self._check_no_evidence()

    def _check_no_evidence(self):
        """Refuse where a case that is no longer a draft rests on these files."""
        # sudo: the file of a case is kept, whatever the user may read
        line_sudo = (
            self.env["carloan.write.off.line"]
            .sudo()
            .search(
                [
                    ("attachment_ids", "in", self.ids),
                    ("write_off_id.state", "!=", "draft"),
                ],
                limit=1,
            )
        )
        if line_sudo:
            raise UserError(
                self.env._(
                    "“%(paper)s” is evidence of %(case)s of loan %(loan)s, which is no "
                    "longer a draft, and stays in the file as it is.",
                    paper=line_sudo.paper_id.name,
                    case=line_sudo.write_off_id.name,
                    loan=line_sudo.write_off_id.loan_id.name,
                )
            )
