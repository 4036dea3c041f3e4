import numpy as np

from odoo import api, fields, models

from odoo.addons.carloan_relief.engine import classification


class CarloanLoan(models.Model):
    """Lateness on the original schedule, to count and to group by."""

    _name = "carloan.loan"
    _inherit = ["carloan.loan", "carloan.ranked.mixin"]

    _ranked_fields = frozenset({"bucket", "bucket_original", "cn_class"})

    bucket_original = fields.Selection(
        selection=lambda self: self._fields["bucket"]._description_selection(self.env),
        string="Lateness, original schedule",
        compute="_compute_original_lateness",
        store=True,
        index="btree_not_null",
    )
    less_late_by_relief = fields.Boolean(
        string="Less late because of relief",
        compute="_compute_original_lateness",
        store=True,
        help="Fewer days past due than on the original schedule: relief made it look "
        "better, not the borrower's payments.",
    )

    @api.depends("dpd", "dpd_original", "bucket")
    def _compute_original_lateness(self):
        codes = np.asarray(classification.BUCKETS)
        original = self.mapped("dpd_original")
        for loan, code in zip(
            self, codes[classification.bucket(original)].tolist(), strict=True
        ):
            loan.bucket_original = code if loan.bucket else False
            loan.less_late_by_relief = loan.dpd_original > loan.dpd
