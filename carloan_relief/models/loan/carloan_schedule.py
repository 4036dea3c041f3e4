from odoo import api, fields, models

from .selections import (
    CN_CLASS_SELECTION,
    DAY_COUNT_SELECTION,
    METHOD_SELECTION,
    PERIOD_SELECTION,
)

# terms in force that a schedule takes over from its loan unless told otherwise
TERM_FIELDS = (
    "annual_rate",
    "period",
    "method",
    "day_count",
    "due_day",
    "balloon",
    "fee",
    "instalment_rounding",
)


class CarloanSchedule(models.Model):
    """One version of what a borrower pays and when.

    The terms stand here as well as on the loan: the loan keeps what was signed
    at the start, the active schedule what holds now.
    """

    _name = "carloan.schedule"
    _description = "Repayment schedule"
    _inherit = ["carloan.engine.mixin"]
    _order = "loan_id, version desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="loan_id.currency_id")
    version = fields.Integer(required=True, default=1)
    reason = fields.Selection(
        [
            ("origination", "Origination"),
            ("opening", "Opening"),
            ("relief", "Relief"),
            ("prepayment", "Prepayment"),
            ("correction", "Correction"),
        ],
        required=True,
        default="origination",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("superseded", "Superseded"),
            ("undone", "Undone"),
        ],
        required=True,
        default="draft",
    )
    date_from = fields.Date(
        required=True, help="Interest of the first instalment runs from this day."
    )
    annual_rate = fields.Float(digits=(10, 8))
    period = fields.Selection(PERIOD_SELECTION, required=True, default="month")
    method = fields.Selection(METHOD_SELECTION, required=True, default="annuity")
    day_count = fields.Selection(DAY_COUNT_SELECTION, required=True, default="period")
    due_day = fields.Integer()
    balloon = fields.Monetary()
    fee = fields.Monetary()
    instalment_rounding = fields.Monetary()
    instalment_ids = fields.One2many(
        "carloan.instalment", "schedule_id", string="Instalments"
    )
    event_key = fields.Char(
        readonly=True,
        copy=False,
        help="What made this version; the same event makes one version only.",
    )
    cn_class_before = fields.Selection(
        CN_CLASS_SELECTION,
        string="Five-grade class before",
        readonly=True,
        copy=False,
        help="Class of the loan when a relief made this version.",
    )
    engine_terms = fields.Json(
        readonly=True,
        copy=False,
        help="All terms that this version was worked out from: what a relief agreed "
        "for some of the instalments is read back from here.",
    )
    exchanged = fields.Boolean(
        "New claim",
        readonly=True,
        copy=False,
        help="A substantial modification: the old claim left the books and a new one "
        "entered them at its fair value.",
    )
    eir_before = fields.Float(
        "Effective rate of the claim before", digits=(12, 10), readonly=True, copy=False
    )
    instalment_count = fields.Integer()
    total_interest = fields.Monetary()
    total_amount = fields.Monetary()

    _version_uniq = models.UniqueIndex(
        "(loan_id, version)", "A loan has one schedule per version."
    )
    _event_key_uniq = models.UniqueIndex(
        "(event_key, company_id) WHERE event_key IS NOT NULL",
        "This event has already made a schedule.",
    )
    _active_uniq = models.UniqueIndex(
        "(loan_id) WHERE state = 'active'", "A loan has one active schedule."
    )

    def _compute_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for schedule in self:
            schedule.name = self.env._(
                "%(loan)s, version %(version)s (%(reason)s)",
                loan=schedule.loan_id.name,
                version=schedule.version,
                reason=reasons.get(schedule.reason, ""),
            )

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    @api.model
    def _create_from_engine(self, loan, built, index, reason, unwind=None, **values):
        """Create the draft schedule of one loan from row `index` of an engine result.

        :param Schedule built: engine schedule of one or more loans.
        :param unwind: int64 (N, M) amounts of a modification that return to income.
        :param values: terms in force and dates that differ from the loan's.
        """
        return self._create_batch(
            loan, built, reason, unwind=unwind, indexes=[index], values=[values]
        )

    @api.model
    def _create_batch(
        self, loans, built, reason, unwind=None, indexes=None, values=None
    ):
        """Create one draft schedule per loan, whatever their number, in sets.

        :param built: engine schedule; loan k takes row `indexes[k]` (default k).
        :param values: list of dicts of schedule values, one per loan.
        :return: schedules in the order of `loans`.
        """
        indexes = list(range(len(loans))) if indexes is None else indexes
        values = values or [{} for _loan in loans]
        versions = self._get_last_versions(loans)
        # sudo: nobody writes schedules by hand; the callers check what the user may do
        schedules = self.sudo().create(
            [
                self._prepare_schedule_vals(loan, built, index, reason, versions, extra)
                for loan, index, extra in zip(loans, indexes, values, strict=True)
            ]
        )
        self._insert_instalments(schedules, built, indexes, unwind)
        return schedules.sudo(self.env.su)

    def _get_last_versions(self, loans):
        """Return {loan: last version} with one query."""
        return dict(
            self.sudo()._read_group(
                [("loan_id", "in", loans.ids)], ["loan_id"], ["version:max"]
            )
        )

    def _prepare_schedule_vals(self, loan, built, index, reason, versions, extra):
        """Return the values of one schedule."""
        count = int(built.count[index])
        interest = int(built.interest[index, :count].sum())
        total = int(built.instalment[index, :count].sum())
        from_minor = loan._from_minor
        vals = {name: loan[name] for name in TERM_FIELDS}
        vals.update(
            loan_id=loan.id,
            company_id=loan.company_id.id,
            version=versions.get(loan, 0) + 1,
            reason=reason,
            date_from=loan.start_date,
            instalment_count=count,
            total_interest=from_minor([interest])[0],
            total_amount=from_minor([total])[0],
        )
        vals.update(extra)
        return vals

    def _insert_instalments(self, schedules, built, indexes, unwind):
        """Insert the instalments of many schedules by one statement."""
        rows = []
        for schedule, index in zip(schedules, indexes, strict=True):
            rows += self._prepare_instalment_rows(schedule, built, index, unwind)
        if not rows:
            return
        self.flush_recordset()
        self.env.cr.execute_values(
            """
            INSERT INTO carloan_instalment (
                schedule_id, loan_id, company_id, sequence, due_date, principal,
                interest, fee, amount, balance, unwind, state,
                create_uid, write_uid, create_date, write_date
            ) VALUES %s
            """,
            rows,
            template="("
            + "%s, " * 11
            + f"'planned', {int(self.env.uid)}, {int(self.env.uid)},"
            " now() at time zone 'UTC', now() at time zone 'UTC')",
            page_size=5000,
        )
        self.env["carloan.instalment"].invalidate_model()
        schedules.invalidate_recordset(["instalment_ids"])

    def _prepare_instalment_rows(self, schedule, built, index, unwind):
        """Return the rows of one schedule, in the order of the insert."""
        count = int(built.count[index])
        loan = schedule.loan_id
        columns = [built.principal, built.interest, built.fee, built.instalment]
        columns += [built.balance]
        money = [loan._from_minor(column[index, :count]) for column in columns]
        unwound = [0] * count if unwind is None else unwind[index, :count]
        money.append(loan._from_minor(unwound))
        dates = built.due_date[index, :count].tolist()
        head = (schedule.id, loan.id, loan.company_id.id)
        return [
            (*head, number, due, *amounts)
            for number, (due, *amounts) in enumerate(
                zip(dates, *money, strict=True), start=1
            )
        ]

    def _activate(self):
        """Make these the active schedules of their loans, the old ones superseded.

        What the old schedule had not billed is marked as replaced and its draft
        entries go. Billed instalments stay as they are: they are history.
        """
        schedules = self.sudo()
        loans = schedules.loan_id
        old = schedules.search([("loan_id", "in", loans.ids), ("state", "=", "active")])
        old = old - schedules
        if old:
            open_lines = old.instalment_ids.filtered(
                lambda line: line.state in ("planned", "drafted")
            )
            open_lines.move_id.filtered(lambda m: m.state == "draft").unlink()
            open_lines.write({"state": "replaced"})
            old.write({"state": "superseded"})
            # the index of one active schedule must see the old ones leave first
            old.flush_recordset(["state"])
        schedules.write({"state": "active"})
        for schedule in schedules:
            loan = schedule.loan_id
            loan.write(
                {
                    "previous_schedule_id": loan.schedule_id.id,
                    "schedule_id": schedule.id,
                }
            )
