import numpy as np

from odoo import fields, models

from ...engine import kpi
from ...engine.risk import outcomes


class CarloanRiskMonitor(models.Model):
    _inherit = "carloan.risk.monitor"

    def _prepare_lines(self):
        return super()._prepare_lines() + self._prepare_fairness()

    def _prepare_fairness(self):
        """Return how each watched group fares beside all others."""
        groups = self.env["carloan.risk.group"].search(
            [("company_id", "in", (self.company_id.id, False))]
        )
        if not groups:
            return []
        book = self._read_book(self.date, names=())
        good = np.isin(book.grade_ids, self._get_good_grades().ids)
        partners, conceded = self._read_concessions()
        lines = []
        for group in groups:
            mine = self._find_members(group, book.partner_ids)
            found = outcomes.impact_of_share(mine, good)
            lines.append(self._prepare_impact("fair_grade", group, found, len(book)))
            mine = self._find_members(group, partners)
            found = outcomes.impact_of_size(mine, conceded)
            lines.append(
                self._prepare_impact("fair_concession", group, found, len(partners))
            )
        return lines

    def _get_good_grades(self):
        """Return the grades that count as the good outcome; by default to C."""
        limit = self.policy_id.fair_grade_id
        grades = self.env["carloan.risk.grade"]._get_sorted()
        if not limit:
            return grades[: (len(grades) + 1) // 2]
        return grades.filtered(lambda grade: grade.sequence <= limit.sequence)

    def _read_concessions(self):
        """Return (partner ids, share conceded of what was to pay) in a year."""
        since = fields.Date.subtract(self.date, years=1)
        requests = self.env["carloan.relief.request"].search_fetch(
            [
                ("company_id", "=", self.company_id.id),
                ("date_active", ">", since),
                ("date_active", "<", fields.Date.add(self.date, days=1)),
                ("before_total", ">", 0),
            ],
            ["partner_id", "concession", "before_total"],
        )
        shares = kpi.share(
            requests.mapped("concession"), requests.mapped("before_total")
        )
        return np.array(requests.mapped("partner_id.id"), int), shares

    def _find_members(self, group, partner_ids):
        """Return (N,) bool: who belongs to the group."""
        known = group._get_members(np.unique(partner_ids).tolist())
        return np.isin(partner_ids, list(known))

    def _prepare_impact(self, kind, group, found, total):
        """Return the values of one comparison of groups."""
        policy = self.policy_id
        low = found.ratio < policy.fair_ratio and found.chance < policy.fair_chance
        status = "few" if np.isnan(found.ratio) else "act" if low else "ok"
        return {
            **self._prepare_line(kind, found.ratio, status),
            "group_id": group.id,
            "expected": 1.0,
            "limit_watch": policy.fair_ratio,
            "limit_act": policy.fair_ratio,
            "loan_count": found.loans,
            "reference_count": total - found.loans,
        }
