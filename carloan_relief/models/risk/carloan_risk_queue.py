from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

TRIGGERS = [
    ("demand", "On demand"),
    ("request", "Relief request"),
    ("missed", "Missed payment"),
    ("statement", "New financial statement"),
    ("bureau", "New bureau report"),
    ("valuation", "New valuation"),
    ("flag", "Flag of the borrower"),
    ("override", "Grade set by hand"),
    ("book", "Whole book"),
]


class CarloanRiskQueue(models.Model):
    """Loans of which something new is known, to be assessed soon, in sets.

    Whoever enters a payslip does not wait for a model; and ten new facts of one loan
    lead to one assessment.
    """

    _name = "carloan.risk.queue"
    _description = "Loan waiting for an assessment"
    _order = "id"

    loan_id = fields.Many2one(
        "carloan.loan", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="loan_id.company_id", store=True, index=True)
    trigger = fields.Selection(TRIGGERS, string="Because of", readonly=True)
    date = fields.Date(
        string="Since", readonly=True, help="The day of what is new about the loan."
    )
    error = fields.Text(
        string="Could not be assessed",
        readonly=True,
        help="The grade in force stays until the reason is removed.",
    )

    _loan_uniq = models.UniqueIndex("(loan_id)", "A loan waits once.")

    @api.model
    def _add(self, loans, trigger, day=None):
        """Let active loans wait for an assessment; one that waits already goes on.

        :param loans: carloan.loan records
        :param str trigger: a key of TRIGGERS
        :param day: date of what is new, default today
        """
        if not loans:
            return
        loans.flush_recordset(["state", "company_id"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO carloan_risk_queue (loan_id, company_id, trigger, date,
                                                create_uid, create_date)
                SELECT id, company_id, %(trigger)s, %(day)s, %(uid)s,
                       now() AT TIME ZONE 'UTC'
                  FROM carloan_loan WHERE id = ANY(%(ids)s) AND state = 'active'
                ON CONFLICT (loan_id) DO UPDATE
                   SET error = NULL, date = GREATEST(carloan_risk_queue.date,
                                                     EXCLUDED.date)
                """,
                trigger=trigger,
                day=day or fields.Date.context_today(self),
                uid=self.env.uid,
                ids=loans.ids,
            )
        )
        self.invalidate_model()
        self._wake()

    @api.model
    def _add_partners(self, partners, trigger, company, day=None):
        """Let every active loan of some borrowers wait for an assessment."""
        # sudo: new facts count for every loan of the borrower, whichever team has it
        loans = self.env["carloan.loan"].sudo()
        loans = loans.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("state", "=", "active"),
            ]
        )
        self._add(loans, trigger, day)

    def _wake(self):
        # sudo: whoever enters a fact may start the job that reads it
        cron_sudo = self.env.ref("carloan_relief.carloan_risk_queue_cron").sudo()
        cron_sudo._trigger()

    @api.model
    def _drop_assessed(self, loan_ids, as_of):
        """Forget loans that were assessed on or after the day of what was new."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM carloan_risk_queue WHERE loan_id = ANY(%s) AND date <= %s",
                list(loan_ids),
                as_of,
            )
        )
        self.invalidate_model()

    @api.model
    def _add_missed(self, company):
        """Let loans wait that have come to a lateness of the policy since assessed."""
        today = fields.Date.context_today(self)
        # sudo: the days are policy data
        policy = self.env["carloan.risk.policy"].sudo()
        days = policy._get_in_force(company, today)._get_reassess_days()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT loan.id FROM carloan_loan loan
                 WHERE loan.company_id = %(company)s AND loan.state = 'active'
                   AND loan.dpd >= %(least)s
                   AND EXISTS (
                       SELECT 1 FROM unnest(%(days)s) AS day
                        WHERE loan.dpd >= day AND NOT EXISTS (
                              SELECT 1 FROM carloan_risk_assessment done
                               WHERE done.loan_id = loan.id
                                 AND done.date >= %(today)s::date - (loan.dpd - day)))
                """,
                company=company.id,
                today=today,
                least=min(days, default=1),
                days=days or [2**30],
            )
        )
        loans = self.env["carloan.loan"].browse(row[0] for row in rows)
        self._add(loans, "missed", today)

    # ------------------------------------------------------------------
    # JOBS
    # ------------------------------------------------------------------

    @api.model
    def _cron_night(self):
        """Each night: grades by hand run out, late reviews and payments are seen."""
        self.env["carloan.risk.override"]._cron_expire()
        self.env["carloan.risk.review"]._cron_remind()
        self._queue_missed()

    def _queue_missed(self):
        """Let the loans that fell behind wait for an assessment."""
        # sudo: the night works for every company
        late = self.env["carloan.loan"].sudo()
        late = late._read_group(
            [("state", "=", "active"), ("dpd", ">", 0)], ["company_id"]
        )
        for (company,) in late:
            try:
                with self.env.cr.savepoint():
                    self.with_company(company)._add_missed(company)
            except UserError as error:
                self._tell_company(company, error)

    def _tell_company(self, company, error):
        """Note for the analysts what kept a company's loans from being assessed."""
        # sudo: runs are written by jobs alone
        runs = self.env["carloan.risk.rescoring"].sudo()
        runs._note_failure(company, fields.Date.context_today(self), str(error))

    @api.model
    def _cron_process(self, batch=2000):
        """Assess what waits, set by set; a run that is cut short leaves whole sets."""
        cron = self.env["ir.cron"]
        domain = [("error", "=", False), ("loan_id.state", "=", "active")]
        # sudo: the job works for every company
        waiting = self.sudo().search(domain)
        cron._commit_progress(remaining=len(waiting))
        for (_company, trigger), rows in waiting.grouped(
            lambda row: (row.company_id, row.trigger)
        ).items():
            for start in range(0, len(rows), batch):
                some = rows[start : start + batch].try_lock_for_update().exists()
                some._process(trigger)
                if not cron._commit_progress(len(some)):
                    return

    def _process(self, trigger):
        """Assess a set; if that fails, its loans one by one."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._assess_now(trigger)
        except UserError as error:
            if len(self) == 1:
                self.error = str(error)
                return
            for row in self:
                row._process(trigger)

    def _assess_now(self, trigger):
        today = fields.Date.context_today(self)
        self.env["carloan.risk.assessor"]._assess(self.loan_id, today, trigger)
        self.exists().unlink()

    def action_try_again(self):
        """Put what could not be assessed in line again."""
        self.check_access("read")
        self.env["carloan.loan"]._check_may_assess()
        # sudo: rows are written by the queue alone; the right was checked above
        self.sudo().error = False
        self._wake()
        return True
