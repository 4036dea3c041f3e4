from dataclasses import dataclass, field

import numpy as np

from odoo import api, models
from odoo.tools import SQL


@dataclass(frozen=True)
class Population:
    """Assessed loans of a company on a date: one row per loan."""

    loan_ids: np.ndarray
    partner_ids: np.ndarray
    grade_ids: np.ndarray
    model_grade_ids: np.ndarray
    overridden: np.ndarray
    pd: np.ndarray
    points: np.ndarray
    features: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.loan_ids)

    def take(self, chosen):
        """Return the loans for which ``chosen`` (N,) holds."""
        columns = {
            name: value[chosen]
            for name, value in vars(self).items()
            if name != "features"
        }
        features = {name: value[chosen] for name, value in self.features.items()}
        return Population(**columns, features=features)


class CarloanRiskPopulation(models.AbstractModel):
    """Reads assessments of a whole company into arrays: one statement each."""

    _name = "carloan.risk.population"
    _description = "Assessed loans as arrays"

    @api.model
    def _read(self, company, date, days, version=None, names=()):
        """Return the latest assessment of each loan in the days before a date.

        :param company: whose loans
        :param date date: last day
        :param int days: how far back an assessment counts
        :param str version: only assessments of this model; None: of any
        :param names: features to read
        :rtype: Population
        """
        self.env["carloan.risk.assessment"].flush_model()
        columns = SQL(", ").join(
            SQL("(features->>%s)::float8", name) for name in names
        ) or SQL("NULL::float8")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (loan_id)
                       loan_id, partner_id, grade_id,
                       COALESCE(grade_model_id, grade_id),
                       (override_id IS NOT NULL)::int, COALESCE(pd_raw, pd), points,
                       %(columns)s
                  FROM carloan_risk_assessment
                 WHERE company_id = %(company)s AND %(of_model)s
                   AND date > %(date)s::date - %(days)s AND date <= %(date)s::date
              ORDER BY loan_id, date DESC, id DESC
                """,
                columns=columns,
                company=company.id,
                of_model=SQL("version = %s", version) if version else SQL("TRUE"),
                date=date,
                days=days,
            )
        )
        table = np.array(rows, dtype=np.float64).reshape(-1, 7 + max(len(names), 1))
        loan, partner, grade, of_model, by_hand = table[:, :5].astype(np.int64).T
        features = {name: table[:, 7 + at] for at, name in enumerate(names)}
        return Population(
            loan,
            partner,
            grade,
            of_model,
            by_hand == 1,
            table[:, 5],
            table[:, 6],
            features,
        )
