from odoo import fields, models


class CarloanSchedule(models.Model):
    _inherit = "carloan.schedule"

    request_id = fields.Many2one(
        "carloan.relief.request",
        "Relief Request",
        index="btree_not_null",
        copy=False,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )

    def _get_relief_date(self):
        """Override to take the day from which on the request is in effect: that of its
        entries, which may lie before the activation."""
        # sudo: the day is the borrower's to know, the request is not all theirs
        request_sudo = self.sudo().request_id
        date = request_sudo.date_active
        if request_sudo.effective_date or not date:
            return request_sudo.effective_date or super()._get_relief_date()
        return fields.Datetime.context_timestamp(self, date).date()
