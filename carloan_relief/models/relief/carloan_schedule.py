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
        """Override to take the day on which the request became active."""
        # sudo: the day is the borrower's to know, the request is not all theirs
        date = self.sudo().request_id.date_active
        if not date:
            return super()._get_relief_date()
        return fields.Datetime.context_timestamp(self, date).date()
