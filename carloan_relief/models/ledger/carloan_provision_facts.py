import numpy as np

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import provision
from ...engine.risk import behaviour, collateral

#: What a borrower owes in the books: the gross carrying amount.
EAD_ROLES = (
    "principal",
    "principal_due",
    "interest_due",
    "fee_due",
    "penalty_due",
    "interest_adjustment",
)

# what the ledger, the risk room and the vehicle say of each loan on a day
FACTS_QUERY = """
    WITH books AS (
        SELECT line.carloan_loan_id AS loan_id,
               sum(line.amount_currency) FILTER (
                   WHERE line.carloan_role IN %(ead)s
                     AND line.date <= %(as_of)s) AS ead,
               -sum(line.amount_currency) FILTER (
                   WHERE line.carloan_role = 'allowance'
                     AND line.date <= %(as_of)s) AS before,
               -- an accrual leaves the books on the next day, with its allowance
               -sum(line.amount_currency) FILTER (
                   WHERE line.carloan_role = 'allowance'
                     AND line.carloan_event IS DISTINCT FROM 'accrue') AS available
          FROM account_move_line line
         WHERE line.carloan_loan_id IN %(ids)s AND line.parent_state = 'posted'
         GROUP BY line.carloan_loan_id
    )
    SELECT loan.id, COALESCE(books.ead, 0) AS ead,
           COALESCE(books.before, 0) AS before,
           COALESCE(books.available, 0) AS available,
           item.id AS assessment_id,
           COALESCE(item.pd, (grade.pd_min + LEAST(grade.pd_max, 1)) / 2)::float
               AS pd12,
           COALESCE(first_item.pd, item.pd)::float AS pd_start,
           plan.last_due, loan.ifrs_stage AS stage_before,
           COALESCE(vehicle.condition = 'used', FALSE) AS used,
           COALESCE(known.value, NULLIF(vehicle.purchase_value, 0))::float AS value,
           COALESCE(known.date, loan.start_date) - '1970-01-01'::date AS value_day,
           12 * date_part('year', age(%(as_of)s::date, loan.start_date))
               + date_part('month', age(%(as_of)s::date, loan.start_date))
               AS months_since_start,
           overlay.id AS overlay_id, COALESCE(overlay.rate, 0)::float AS overlay,
           GREATEST(COALESCE(overlay.least_stage, '1')::int,
                    -- impaired from its beginning: lifetime losses, never stage 1
                    CASE WHEN loan.poci THEN 2 ELSE 1 END) AS least_stage
      FROM carloan_loan loan
      LEFT JOIN books ON books.loan_id = loan.id
      LEFT JOIN carloan_risk_grade grade ON grade.id = loan.risk_grade_id
      LEFT JOIN carloan_vehicle vehicle ON vehicle.id = loan.vehicle_id
      LEFT JOIN LATERAL (
            SELECT id, pd FROM carloan_risk_assessment
             WHERE loan_id = loan.id AND date <= %(as_of)s
             ORDER BY date DESC, id DESC LIMIT 1) item ON TRUE
      LEFT JOIN LATERAL (
            SELECT pd FROM carloan_risk_assessment
             WHERE loan_id = loan.id AND date <= %(as_of)s
             ORDER BY date, id LIMIT 1) first_item ON TRUE
      LEFT JOIN LATERAL (
            SELECT max(due_date) AS last_due FROM carloan_instalment
             WHERE schedule_id = loan.schedule_id) plan ON TRUE
      LEFT JOIN LATERAL (
            SELECT value, date FROM carloan_vehicle_valuation
             WHERE vehicle_id = vehicle.id AND date <= %(as_of)s
             ORDER BY date DESC, id DESC LIMIT 1) known ON TRUE
      LEFT JOIN LATERAL (
            SELECT id, rate, least_stage FROM carloan_provision_overlay
             WHERE loan_id = loan.id AND date_from <= %(as_of)s
               AND (date_to IS NULL OR date_to >= %(as_of)s)
             ORDER BY date_from DESC, id DESC LIMIT 1) overlay ON TRUE
     WHERE loan.id IN %(ids)s
     ORDER BY loan.id
"""


class CarloanLedger(models.AbstractModel):
    """What the loss allowance of each loan rests on, and what the engine says of it."""

    _inherit = "carloan.ledger"

    # ------------------------------------------------------------------
    # GATHERING
    # ------------------------------------------------------------------

    def _read_provision_facts(self, loans, as_of):
        """Read ledger, risk and collateral of N loans by one statement."""
        self.env.flush_all()
        query = SQL(FACTS_QUERY, ids=tuple(loans.ids), as_of=as_of, ead=EAD_ROLES)
        rows = self.env.execute_query_dict(query)
        for name in ("ead", "before", "available"):
            minor = loans[:1]._to_minor([float(row[name]) for row in rows])
            for row, amount in zip(rows, minor, strict=True):
                row[name] = amount
        return rows

    def _complete_provision_facts(self, rows, policy, as_of):
        """Add lateness and class of each loan, and what the policy assumes."""
        # sudo: the allowance is for the whole book, whoever starts it
        loans = self.env["carloan.loan"].sudo().browse([row["id"] for row in rows])
        positions = {row["id"]: row for row in loans._read_position_rows(as_of)}
        known = [positions[row["id"]] for row in rows if row["id"] in positions]
        dpd, classes = (a.tolist() for a in loans._classify_rows(known, as_of))
        lateness = {
            row["id"]: (*values, row["restructured"])
            for row, *values in zip(known, dpd, classes, strict=True)
        }
        last = [row["last_due"] for row in rows]
        months = provision.months_left(np.array(last, "datetime64[D]"), as_of).tolist()
        for row, left in zip(rows, months, strict=True):
            late = lateness.get(row["id"], (0, "normal", False))
            row["dpd"], row["cn_class"], row["forborne"] = late
            row["months"] = left
            for name in ("pd12", "pd_start"):
                if row[name] is None:
                    row[name] = row["pd12"] or policy.pd_default

    # ------------------------------------------------------------------
    # COMPUTING
    # ------------------------------------------------------------------

    def _compute_provisions(self, rows, policy, as_of):
        """Return the engine's provisions of the rows."""
        column = {name: [row[name] for row in rows] for name in rows[0]}
        # by the policy's own yearly loss: what is provided for rests on the policy
        worth = collateral.value_at(
            np.array(column["value"], np.float64),
            np.array(column["value_day"], np.float64),
            as_of,
            registered=np.full(len(rows), np.nan),
            curve_of=np.nan,
            curves=(),
            yearly=policy.depreciation,
        )
        factor = self.env["carloan.loan"].browse(column["id"][:1])._get_minor_factor()
        column["ltv"] = behaviour.ratio(np.array(column["ead"]) / factor, worth)
        impaired = np.isin(column["cn_class"], ("substandard", "doubtful", "loss"))
        names = ("dpd", "pd12", "pd_start", "months", "used", "ltv", "forborne")
        try:
            found = provision.provision(
                *(
                    np.array(column[n], np.int64)
                    for n in ("ead", "before", "available")
                ),
                **{name: column[name] for name in names},
                age=column["months_since_start"],
                impaired=impaired & policy.class_stage3,
                least_stage=column["least_stage"],
                overlay=column["overlay"],
                policy=policy._get_engine_policy(),
                as_of=np.datetime64(as_of),
            )
        except ValueError as error:
            self._raise_no_lgd(policy, error)
        for row, ltv in zip(rows, column["ltv"].tolist(), strict=True):
            row["ltv"] = 0.0 if np.isnan(ltv) else ltv
        return found

    def _raise_no_lgd(self, policy, error):
        raise UserError(
            self.env._(
                "Provisioning policy %(policy)s: %(reason)s. Add a row to its table of "
                "losses given default.",
                policy=policy.name,
                reason=str(error),
            )
        ) from error

    def _merge_provisions(self, rows, found):
        """Put what the engine found into the rows."""
        for name in found._fields:
            for row, value in zip(rows, getattr(found, name).tolist(), strict=True):
                row[name] = value
