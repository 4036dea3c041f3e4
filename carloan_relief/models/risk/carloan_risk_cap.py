import numpy as np

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .carloan_risk_flag import KINDS


class CarloanRiskCap(models.Model):
    """A rule that keeps a grade from being better than a limit."""

    _name = "carloan.risk.cap"
    _description = "Rule that caps a grade"
    _inherit = ["carloan.kept.row.mixin"]
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        "carloan.risk.policy", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(
        default=10, help="Of rules that cap at the same grade, the first counts."
    )
    kind = fields.Selection(
        [*KINDS, ("observation", "In observation"), ("dpd", "Days past due")],
        string="When",
        required=True,
    )
    threshold = fields.Integer(
        string="From",
        help="Days past due from which the rule holds, or months after a relief during "
        "which it does.",
    )
    grade_id = fields.Many2one(
        "carloan.risk.grade",
        string="Best grade",
        required=True,
        ondelete="restrict",
    )
    hard = fields.Boolean(
        string="Binds overrides too",
        default=True,
        help="A grade set by hand cannot be better either.",
    )
    reason = fields.Char(required=True, translate=True, help="Said to staff.")
    borrower_reason = fields.Char(
        translate=True,
        help="Said to the borrower. Empty: the borrower is not told, as the law may "
        "ask where fraud is suspected.",
    )

    @api.depends("reason", "grade_id")
    def _compute_display_name(self):
        for cap in self:
            cap.display_name = self.env._(
                "%(reason)s: %(grade)s at best",
                reason=cap.reason,
                grade=cap.grade_id.name,
            )

    @api.constrains("kind", "threshold")
    def _check_threshold(self):
        for cap in self:
            if cap.kind in ("dpd", "observation") and cap.threshold < 1:
                raise ValidationError(
                    self.env._(
                        "Rule %(cap)s needs a number above 0: days past due from which "
                        "it holds, or months after a relief during which it does.",
                        cap=cap.reason,
                    )
                )

    # ------------------------------------------------------------------
    # FACTS
    # ------------------------------------------------------------------

    def _get_hits(self, loan_ids, as_of, dpd):
        """Tell which rule holds for which loan on a day, (N, C) bool.

        :param list loan_ids: N loans
        :param dpd: (N,) days past due, nan = not known
        """
        hits = np.zeros((len(loan_ids), len(self)), bool)
        flags = self._read_flags(loan_ids, as_of)
        months = self._read_relief_months(loan_ids, as_of)
        for at, cap in enumerate(self):
            if cap.kind == "dpd":
                hits[:, at] = np.nan_to_num(dpd, nan=-1.0) >= cap.threshold
            elif cap.kind == "observation":
                hits[:, at] = months < cap.threshold
            else:
                hits[:, at] = np.isin(loan_ids, flags.get(cap.kind, []))
        return hits

    def _read_flags(self, loan_ids, as_of):
        """Return {kind: loans whose borrower carried the flag on a day}."""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT flag.kind, array_agg(loan.id)
                      FROM carloan_risk_flag flag
                      JOIN carloan_loan loan ON loan.partner_id = flag.partner_id
                                            AND loan.company_id = flag.company_id
                     WHERE loan.id = ANY(%(ids)s) AND flag.date_from <= %(day)s
                       AND flag.known_on <= %(day)s
                       AND (flag.date_to IS NULL OR flag.date_to >= %(day)s)
                  GROUP BY flag.kind
                    """,
                    ids=list(loan_ids),
                    day=as_of,
                )
            )
        )

    def _read_relief_months(self, loan_ids, as_of):
        """Return the whole months since the last relief began, (N,); inf = never."""
        found = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT loan_id,
                           12 * date_part('year', age(%(day)s::date, max(date_from)))
                           + date_part('month', age(%(day)s::date, max(date_from)))
                      FROM carloan_schedule
                     WHERE loan_id = ANY(%(ids)s) AND reason = 'relief'
                       AND state IN ('active', 'superseded')
                       AND date_from <= %(day)s AND known_on <= %(day)s
                  GROUP BY loan_id
                    """,
                    ids=list(loan_ids),
                    day=as_of,
                )
            )
        )
        return np.array([found.get(loan_id, np.inf) for loan_id in loan_ids], float)
