import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.risk import grading


class CarloanRiskGrade(models.Model):
    """A band of default probabilities, from the best (A) to the worst (E)."""

    _name = "carloan.risk.grade"
    _description = "Risk grade"
    _order = "sequence, id"

    name = fields.Char(string="Grade", required=True)
    sequence = fields.Integer(default=10, help="The best grade comes first.")
    pd_min = fields.Float(
        string="PD from",
        digits=(6, 4),
        help="Lowest probability of default of the grade, included. 5 % is 0.05.",
    )
    pd_max = fields.Float(
        string="PD below",
        digits=(6, 4),
        required=True,
        help="Highest probability of default of the grade, not included.",
    )
    color = fields.Integer(help="Colour of the badge in lists and cards.")
    description = fields.Text(translate=True)

    _name_uniq = models.UniqueIndex("(name)", "Another grade has the same name.")
    _band = models.Constraint(
        "CHECK (pd_min >= 0 AND pd_min < pd_max AND pd_max <= 1.0001)",
        "A grade needs a band of probabilities between 0 and 1: the lower end "
        "below the upper end.",
    )

    @api.constrains("pd_min", "pd_max")
    def _check_no_overlap(self):
        """Refuse two grades for one probability."""
        grades = self.search_fetch([], ["pd_min", "pd_max", "name"], order="pd_min")
        for lower, upper in zip(grades, grades[1:], strict=False):
            if upper.pd_min < lower.pd_max - 1e-9:
                raise ValidationError(
                    self.env._(
                        "Grades %(lower)s and %(upper)s overlap between %(start)s and "
                        "%(end)s: let one end where the other begins.",
                        lower=lower.name,
                        upper=upper.name,
                        start=upper.pd_min,
                        end=lower.pd_max,
                    )
                )

    @api.model
    def _get_sorted(self):
        """Return the grades by their bands, the best first."""
        return self.search_fetch([], ["pd_min", "pd_max", "name"], order="pd_min, id")

    def _get_bands(self):
        """Return the bands of sorted grades as the engine takes them."""
        return grading.Bands.of(self.mapped("pd_min"), self.mapped("pd_max"))

    def _for_pds(self, pds):
        """Return the grade ids of a list of default probabilities.

        :raise UserError: when the bands leave a probability without a grade
        """
        grades = self._get_sorted()
        pds = np.asarray(pds, np.float64)
        place = grades._get_bands().grade_of(pds)
        if (place < 0).any():
            self._raise_gap(f"{pds[place < 0][0]:.4f}")
        return [grades.ids[at] for at in place]

    def _raise_gap(self, pd, cause=None):
        raise UserError(
            self.env._(
                "No risk grade holds a probability of default of %(pd)s. Open Car "
                "Loans > Configuration > Risk Grades and close the gap.",
                pd=pd,
            )
        ) from cause
