import numpy as np

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, date_utils

from ...engine import ledger as engine_ledger
from ...engine import provision
from ...engine.risk import features

PROVISION_BATCH = 1000

#: What a borrower owes in the books: the gross carrying amount.
EAD_ROLES = (
    "principal",
    "principal_due",
    "interest_due",
    "fee_due",
    "penalty_due",
    "interest_adjustment",
)

# loans of a product that owe something, or hold an allowance that nothing asks for
LOANS_QUERY = """
    SELECT loan.id FROM carloan_loan loan
     WHERE loan.product_id = %(product)s AND loan.id > %(after)s
       AND (loan.state = 'active' AND loan.start_date <= %(as_of)s
            OR loan.state IN ('closed', 'written_off') AND loan.allowance_balance != 0)
       AND NOT EXISTS (SELECT 1 FROM carloan_provision done
                        WHERE done.loan_id = loan.id AND done.date = %(as_of)s
                          AND done.state = 'posted')
     ORDER BY loan.id LIMIT %(limit)s
"""

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
                     AND move.carloan_event IS DISTINCT FROM 'accrue') AS available
          FROM account_move_line line
          JOIN account_move move ON move.id = line.move_id
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
           (%(as_of)s::date - COALESCE(known.date, loan.start_date)) / 365.25 AS age,
           overlay.id AS overlay_id, COALESCE(overlay.rate, 0)::float AS overlay,
           COALESCE(overlay.least_stage, '1')::int AS least_stage
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

PROVISION_COLUMNS = (
    "loan_id",
    "company_id",
    "product_id",
    "currency_id",
    "date",
    "state",
    "stage",
    "stage_before",
    "dpd",
    "cn_class",
    "pd12",
    "pd",
    "months",
    "ltv",
    "lgd",
    "overlay_rate",
    "ead",
    "ecl",
    "before",
    "charge",
    "policy_id",
    "assessment_id",
    "overlay_id",
    "move_id",
    "create_uid",
    "write_uid",
    "create_date",
    "write_date",
)
PROVISION_INSERT = (
    f"INSERT INTO carloan_provision ({', '.join(PROVISION_COLUMNS)})"
    " VALUES %s RETURNING id"
)


class CarloanLedger(models.AbstractModel):
    """The loss allowance of each loan, brought to what its stage asks for."""

    _inherit = "carloan.ledger"

    @api.model
    def _provision(self, company, as_of, loans=None):
        """Bring the allowance of the loans of a company to what they need on a day.

        Sets of loans, one entry per product and set; what is done for a day already
        is left as it is.

        :param loans: only these, default all
        :return: the provisions made now
        """
        as_of = fields.Date.to_date(as_of)
        made = self.env["carloan.provision"].sudo()
        # sudo: products and loans of every team; the caller checks who may post
        products = self.env["carloan.product"].sudo().with_context(active_test=False)
        for product in products.search([("company_id", "=", company.id)]):
            if loans is not None:
                own = loans.sudo().filtered(lambda x, p=product: x.product_id == p)
                made |= self._provision_loans(product, own, as_of) if own else made
                continue
            for batch in self._iter_provision_batches(product, as_of):
                made |= self._provision_loans(product, batch, as_of)
        return made

    def _iter_provision_batches(self, product, as_of):
        """Yield the loans of a product that have no provision of a day, in sets."""
        last = 0
        while True:
            self.env.flush_all()
            query = SQL(
                LOANS_QUERY,
                product=product.id,
                as_of=as_of,
                after=last,
                limit=PROVISION_BATCH,
            )
            ids = [row[0] for row in self.env.execute_query(query)]
            if not ids:
                return
            last = ids[-1]
            yield self.env["carloan.loan"].sudo().browse(ids)

    def _provision_loans(self, product, loans, as_of):
        """Compute, post and record the provisions of loans of one product."""
        loans = loans.sorted("id")
        loans._lock()
        self._check_no_later_provision(loans, as_of)
        policy = self.env["carloan.provision.policy"].sudo()
        policy = policy._get_for_product(product, as_of)
        rows = self._read_provision_facts(loans, as_of)
        self._complete_provision_facts(rows, policy, as_of)
        found = self._compute_provisions(rows, policy, as_of)
        self._merge_provisions(rows, found)
        move = self._post_provisions(product, rows, as_of)
        return self._record_provisions(product, policy, rows, as_of, move)

    def _check_no_later_provision(self, loans, as_of):
        """Refuse to set an allowance of the past under one that stands on it."""
        later = (
            self.env["carloan.provision"]
            .sudo()
            .search(
                [
                    ("loan_id", "in", loans.ids),
                    ("date", ">", as_of),
                    ("state", "=", "posted"),
                ],
                limit=1,
            )
        )
        if later:
            raise UserError(
                self.env._(
                    "The allowance of loan %(loan)s is set for %(later)s already, so "
                    "it cannot be set for %(date)s any more. Undo the later one first, "
                    "or choose a later day.",
                    loan=later.loan_id.name,
                    later=later.date,
                    date=as_of,
                )
            )

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
        value, age = (
            np.array(column[name], dtype=np.float64) for name in ("value", "age")
        )
        worth = features.depreciated(value, age, policy.depreciation)
        factor = self.env["carloan.loan"].browse(column["id"][:1])._get_minor_factor()
        column["ltv"] = features.ratio(np.array(column["ead"]) / factor, worth)
        impaired = np.isin(column["cn_class"], ("substandard", "doubtful", "loss"))
        names = ("dpd", "pd12", "pd_start", "months", "used", "ltv", "forborne")
        try:
            found = provision.provision(
                *(
                    np.array(column[n], np.int64)
                    for n in ("ead", "before", "available")
                ),
                **{name: column[name] for name in names},
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

    # ------------------------------------------------------------------
    # POSTING
    # ------------------------------------------------------------------

    def _post_provisions(self, product, rows, as_of):
        """Post the charges and releases of a set of loans as one entry."""
        charged = [row for row in rows if row["charge"]]
        if not charged:
            return self.env["account.move"].sudo()
        if not product.journal_id:
            self._raise_no_journal(product)
        move = self._create_moves(
            [self._prepare_provision_move(product, charged, as_of)]
        )
        move._post(soft=False)
        return move

    def _prepare_provision_move(self, product, rows, as_of):
        """Return the values of the entry: a line of allowance per loan."""
        loans = self.env["carloan.loan"].sudo().browse([row["id"] for row in rows])
        lines, sums = [], {True: 0, False: 0}
        for loan, row in zip(loans, rows, strict=True):
            for line in engine_ledger.entry("provision", charge=row["charge"]):
                amount = line.debit - line.credit
                if line.role == "allowance":
                    lines.append(self._prepare_line_vals(loan, line.role, "", amount))
                else:
                    sums[amount > 0] += amount
        lines += [
            self._prepare_impairment_line(loans, amount)
            for amount in sums.values()
            if amount
        ]
        one = loans if len(loans) == 1 else loans.browse()
        return {
            "move_type": "entry",
            "journal_id": product.journal_id.id,
            "company_id": product.company_id.id,
            "partner_id": one.partner_id.id,
            "date": as_of,
            "ref": self.env._(
                "%(what)s - Loss allowance of %(date)s",
                what=one.name or product.display_name,
                date=as_of,
            ),
            "carloan_loan_id": one.id,
            "carloan_event": "provision",
            "carloan_event_key": self._get_provision_key(loans, as_of),
            "line_ids": [Command.create({**v, "date_maturity": as_of}) for v in lines],
        }

    def _get_provision_key(self, loans, as_of):
        """Return what makes the entry unique: a run after an undo has its own."""
        undone = self.env["carloan.provision"].sudo()
        undone = undone.search_count(
            [("loan_id", "=", loans[0].id), ("date", "=", as_of)]
        )
        again = f":{undone}" if undone else ""
        return f"provision:{loans[0].id}:{as_of}{again}"

    def _prepare_impairment_line(self, loans, amount):
        """Return the journal item of all charges, or all releases, of an entry."""
        vals = self._prepare_line_vals(loans[0], "impairment", "", amount)
        if len(loans) > 1:
            vals.update(
                name=loans.product_id.display_name,
                partner_id=False,
                carloan_loan_id=False,
            )
        return vals

    def _record_provisions(self, product, policy, rows, as_of, move):
        """Write the provisions and the stages of a set of loans, in sets."""
        loans = self.env["carloan.loan"].sudo().browse([row["id"] for row in rows])
        common = {
            "company_id": product.company_id.id,
            "product_id": product.id,
            "currency_id": loans[:1].currency_id.id,
            "date": as_of,
            "state": "posted",
            "policy_id": policy.id,
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": fields.Datetime.now(),
            "write_date": fields.Datetime.now(),
        }
        values = [
            tuple(
                {**common, **self._prepare_provision_vals(loans, row, move)}[name]
                for name in PROVISION_COLUMNS
            )
            for row in rows
        ]
        ids = self.env.cr.execute_values(
            PROVISION_INSERT, values, page_size=len(values), fetch=True
        )
        made = self.env["carloan.provision"].sudo().browse(row[0] for row in ids)
        made.invalidate_model()
        loans._store_stages([(row["id"], str(row["stage"]), as_of) for row in rows])
        return made

    def _prepare_provision_vals(self, loans, row, move):
        """Return the figures of one provision, as its table takes them."""
        money = ("ead", "ecl", "before", "charge")
        amounts = loans[:1]._from_minor([row[name] for name in money])
        names = ("dpd", "cn_class", "pd", "months", "ltv", "lgd", "assessment_id")
        return {
            **{name: row[name] for name in names},
            **dict(zip(money, amounts, strict=True)),
            "loan_id": row["id"],
            "pd12": row["pd12"],
            "stage": str(row["stage"]),
            "stage_before": row["stage_before"],
            "overlay_rate": row["overlay"],
            "overlay_id": row["overlay_id"],
            "move_id": (row["charge"] and move.id) or None,
        }

    # ------------------------------------------------------------------
    # NIGHTLY
    # ------------------------------------------------------------------

    @api.model
    def _cron_provision(self):
        """Set the allowances of the last month end, set by set.

        A night that is cut short leaves whole sets done; the next one goes on. What
        cannot be provided for is noted on the loan and does not stop the others.
        """
        today = fields.Date.context_today(self)
        as_of = date_utils.end_of(today, "month")
        if as_of != today:
            as_of = date_utils.subtract(date_utils.start_of(today, "month"), days=1)
        # sudo: the night works for every company
        companies = self.env["res.company"].sudo()
        companies = companies.search([("carloan_provision", "=", True)])
        products = self.env["carloan.product"].sudo().with_context(active_test=False)
        for product in products.search([("company_id", "in", companies.ids)]):
            ledger = self.with_company(product.company_id)
            for batch in ledger._iter_provision_batches(product, as_of):
                ledger._provision_batch(product, batch, as_of)
                if not self.env["ir.cron"]._commit_progress(len(batch)):
                    return

    def _provision_batch(self, product, loans, as_of):
        """Provide for a set, or for its loans one by one if that fails."""
        try:
            with self.env.cr.savepoint():
                self._provision_loans(product, loans, as_of)
        except UserError:
            for loan in loans:
                self._provision_one(product, loan, as_of)

    def _provision_one(self, product, loan, as_of):
        """Provide for one loan; note the reason on it when that fails."""
        try:
            with self.env.cr.savepoint():
                self._provision_loans(product, loan, as_of)
        except UserError as error:
            loan._message_log(
                body=self.env._(
                    "The loss allowance could not be set: %(reason)s",
                    reason=str(error),
                )
            )
