import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, date_utils

#: Loans assessed in one transaction: bounds memory, and what a killed run repeats.
BATCH = 10_000


class CarloanRiskRescoring(models.Model):
    """One assessment of a whole book: where it stands, and what it changed."""

    _name = "carloan.risk.rescoring"
    _description = "Assessment of the whole book"
    _order = "as_of desc, id desc"
    _rec_name = "as_of"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    as_of = fields.Date(required=True, readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("failed", "Stopped")],
        default="running",
        required=True,
        readonly=True,
    )
    last_loan_id = fields.Integer(
        readonly=True, help="Loans up to this number are done: a run goes on after it."
    )
    assessed = fields.Integer(readonly=True)
    changed = fields.Integer(
        string="Grade changed", readonly=True, help="Loans whose grade is another now."
    )
    seconds = fields.Float(readonly=True, digits=(8, 1))
    finished = fields.Datetime(readonly=True)
    message = fields.Text(string="Why it stopped", readonly=True)

    _as_of_uniq = models.UniqueIndex(
        "(company_id, as_of)", "The book is assessed once for a day: go on with that."
    )

    def action_start(self):
        """Assess the whole book of the company as of today, or go on with it."""
        self._check_analyst()
        run = self._get_run(self.env.company, fields.Date.context_today(self))
        if run.state == "done":
            raise UserError(
                self.env._(
                    "The book of %(company)s was assessed as of %(date)s already. "
                    "Assess single loans from their list, or wait for tomorrow.",
                    company=run.company_id.display_name,
                    date=run.as_of,
                )
            )
        run.write({"state": "running", "message": False})
        self._wake()
        return True

    def action_go_on(self):
        """Let a run that was stopped go on where it stood."""
        self.check_access("read")
        self._check_analyst()
        # sudo: runs are written by the job alone; the right was checked above
        self.sudo().filtered(lambda run: run.state == "failed").write(
            {"state": "running", "message": False}
        )
        self._wake()
        return True

    def _check_analyst(self):
        if not self.env.su and not self.env.user.has_group(
            "carloan_relief.group_risk_analyst"
        ):
            raise UserError(
                self.env._(
                    "Only risk analysts and managers assess the whole book. Ask one of "
                    "them, or an administrator for the role."
                )
            )

    def _wake(self):
        # sudo: the right to start the job was checked by the caller
        self.env.ref("carloan_relief.carloan_risk_rescoring_cron").sudo()._trigger()

    @api.model
    def _get_run(self, company, as_of):
        """Return the run of a company for a day, made when there is none."""
        # sudo: runs are written by the job alone
        runs_sudo = self.sudo()
        found = runs_sudo.search(
            [("company_id", "=", company.id), ("as_of", "=", as_of)]
        )
        return found or runs_sudo.create({"company_id": company.id, "as_of": as_of})

    @api.model
    def _note_failure(self, company, as_of, message):
        """Keep on the run of a day why the company's loans were not assessed."""
        self._get_run(company, as_of).write({"state": "failed", "message": message})

    # ------------------------------------------------------------------
    # JOB
    # ------------------------------------------------------------------

    @api.model
    def _cron_rescore(self):
        """Assess every book as of the last month end, and what people asked for.

        Whole batches or nothing: a run that is killed goes on after the last loan of
        its last batch. What cannot be assessed stops its company alone, and the grades
        in force stay.
        """
        month_end = date_utils.subtract(
            date_utils.start_of(fields.Date.context_today(self), "month"), days=1
        )
        # sudo: the job works for every company
        companies = self.env["res.company"].sudo()
        for company in companies.search([("carloan_rescoring", "=", True)]):
            self._get_run(company, month_end)
        runs = self.sudo().search([("state", "=", "running")], order="as_of, id")
        self.env["ir.cron"]._commit_progress(
            remaining=sum(run._count_left() for run in runs)
        )
        for run in runs:
            if not run._go_on():
                return

    def _count_left(self):
        return self.env["carloan.loan"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "active"),
                ("id", ">", self.last_loan_id),
            ]
        )

    def _go_on(self):
        """Assess batch by batch; return whether there is time left."""
        while self.state == "running":
            done = self._run_batch()
            if not self.env["ir.cron"]._commit_progress(done):
                return False
        return True

    def _run_batch(self, limit=BATCH):
        """Assess the next loans and remember where the run stands; return how many."""
        start = time.monotonic()
        loan_ids = self._next_loan_ids(limit)
        if not loan_ids:
            self.write({"state": "done", "finished": fields.Datetime.now()})
            return 0
        assessor = self.env["carloan.risk.assessor"].with_company(self.company_id)
        loans = self.env["carloan.loan"].browse(loan_ids)
        try:
            with self.env.cr.savepoint():
                changed = assessor._assess_company(loans, self.as_of, "book").changed
        except (UserError, ValueError) as error:
            self.write({"state": "failed", "message": str(error)})
            return 0
        self.write(
            {
                "last_loan_id": loan_ids[-1],
                "assessed": self.assessed + len(loan_ids),
                "changed": self.changed + changed,
                "seconds": self.seconds + time.monotonic() - start,
            }
        )
        return len(loan_ids)

    def _next_loan_ids(self, limit):
        """Return the next active loans that had begun on the day, by their number."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM carloan_loan
                 WHERE company_id = %s AND state = 'active' AND start_date <= %s
                   AND id > %s
                 ORDER BY id LIMIT %s
                """,
                self.company_id.id,
                self.as_of,
                self.last_loan_id,
                limit,
            )
        )
        return [row[0] for row in rows]
