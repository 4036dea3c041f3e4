from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Loans worked out between two commits: enough to be quick, few enough to be cancelled.
BATCH = 250
RESERVED = {
    "state",
    "user_id",
    "loan_count",
    "as_of",
    "baseline_id",
    "started_on",
    "finished_on",
}


class CarloanReliefSimulation(models.Model):
    """A policy tried on the book before it is in force, beside the one that is.

    The job writes lines alone, so that a person can cancel while it runs: what is done
    is what lines there are, and a job that was killed goes on behind them.
    """

    _name = "carloan.relief.simulation"
    _description = "Simulation of a Relief Policy"
    _inherit = ["mail.thread", "carloan.loan.filter.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _filter_lines = ("carloan.relief.simulation.line", "simulation_id")

    policy_id = fields.Many2one(
        "carloan.relief.policy", required=True, ondelete="cascade", index=True
    )
    baseline_id = fields.Many2one(
        "carloan.relief.policy",
        "Compared With",
        readonly=True,
        copy=False,
        ondelete="cascade",
        help="The policy in force when the simulation began.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        "Started By",
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    loan_domain = fields.Char(
        help="Which active loans are tried; without a filter, all of them.",
    )
    reason_id = fields.Many2one(
        "carloan.relief.reason",
        "Hardship",
        help="Assumed of everybody. Empty: conditions on hardships are left out.",
    )
    household_share = fields.Float(
        "Households Can Carry",
        default=0.8,
        digits=(6, 4),
        help="Share of the present instalment, for borrowers without a financial "
        "statement.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    as_of = fields.Date(readonly=True, copy=False)
    loan_count = fields.Integer("Loans to Try", readonly=True, copy=False)
    started_on = fields.Datetime(readonly=True, copy=False)
    finished_on = fields.Datetime(readonly=True, copy=False)
    done_count = fields.Integer("Loans Tried", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")
    line_ids = fields.One2many("carloan.relief.simulation.line", "simulation_id")

    _share_check = models.Constraint(
        "CHECK (household_share >= 0 AND household_share <= 1)",
        "What a household can carry is a share of the instalment: 0 to 100%.",
    )

    @api.depends("policy_id")
    def _compute_display_name(self):
        for simulation in self:
            simulation.display_name = self.env._(
                "Simulation of %(policy)s", policy=simulation.policy_id.display_name
            )

    @api.depends("loan_count", "state")
    def _compute_progress(self):
        counts = dict(
            self.env["carloan.relief.simulation.line"]._read_group(
                [("simulation_id", "in", self.ids), ("version", "=", "new")],
                ["simulation_id"],
                ["__count"],
            )
        )
        for simulation in self:
            done = counts.get(simulation, 0)
            simulation.done_count = done
            finished = simulation.state == "done"
            share = done / simulation.loan_count if simulation.loan_count else 0
            simulation.progress = 100 if finished else min(100 * share, 100)

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Simulations begin as drafts, whoever asks."""
        if not self.env.su:
            vals_list = [
                {key: value for key, value in vals.items() if key not in RESERVED}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        """What was tried is said by its record: it stays as it was started."""
        inputs = {"policy_id", "company_id", "loan_domain", "reason_id"}
        inputs |= {"household_share"} | RESERVED
        if not self.env.su and inputs & set(vals):
            if RESERVED & set(vals) or any(one.state != "draft" for one in self):
                raise UserError(
                    self.env._(
                        "%(simulation)s was started and stays as it is. Duplicate it "
                        "and change the copy.",
                        simulation=self[:1].display_name,
                    )
                )
        return super().write(vals)

    # --------------------------------------------------------------- ACTIONS
    def _check_may_simulate(self):
        if not self.env.su and not self.env.user.has_group(
            "carloan_relief.group_risk_analyst"
        ):
            raise AccessError(
                self.env._("Only risk analysts and managers simulate a policy.")
            )
        self.check_access("write")

    def action_start(self):
        """Count the loans and hand the work to the background job."""
        self._check_may_simulate()
        for simulation in self:
            simulation._start()
        self.env.ref("carloan_relief.ir_cron_relief_simulation")._trigger()
        return True

    def _start(self):
        """Fix what is tried, and against which policy."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(simulation)s was started already. Duplicate it to try again.",
                    simulation=self.display_name,
                )
            )
        today = fields.Date.context_today(self)
        Policy = self.env["carloan.relief.policy"]
        count = self.env["carloan.loan"].search_count(self._get_loan_domain())
        if not count:
            raise UserError(
                self.env._(
                    "No active loan matches the filter of %(simulation)s: there is "
                    "nothing to try the policy on.",
                    simulation=self.display_name,
                )
            )
        # sudo: progress is written by the buttons and the job alone
        self.sudo().write(
            {
                "state": "running",
                "as_of": today,
                "loan_count": count,
                "baseline_id": Policy._find_in_force(self.company_id, today).id,
                "started_on": fields.Datetime.now(),
            }
        )

    def action_cancel(self):
        """Stop the job after the batch it is at; what was tried stays."""
        self._check_may_simulate()
        for simulation in self:
            if simulation.state != "running":
                raise UserError(
                    self.env._(
                        "%(simulation)s is not running: there is nothing to stop.",
                        simulation=simulation.display_name,
                    )
                )
            # sudo: progress is written by the buttons and the job alone
            simulation.sudo().state = "cancelled"
        return True

    def action_resume(self):
        """Go on behind what was tried before the job was stopped."""
        self._check_may_simulate()
        for simulation in self:
            if simulation.state != "cancelled":
                raise UserError(
                    self.env._(
                        "%(simulation)s was not cancelled: it cannot be resumed.",
                        simulation=simulation.display_name,
                    )
                )
            # sudo: progress is written by the buttons and the job alone
            simulation.sudo().state = "running"
        self.env.ref("carloan_relief.ir_cron_relief_simulation")._trigger()
        return True

    def action_view_lines(self):
        """Open what was found: pivot, chart and list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_simulation_line_action"
        )
        return dict(
            action, domain=[("simulation_id", "=", self.id)], name=self.display_name
        )

    # ------------------------------------------------------------------- JOB
    def _run_batch(self, limit=BATCH):
        """Try the next loans; return how many, 0 at the end."""
        self.ensure_one()
        loans = self._find_next_loans(limit)
        if loans:
            self.env["carloan.relief.simulation.line"]._try_loans(self, loans)
        return len(loans)

    def _finish(self):
        """Say that nothing is left, unless somebody cancelled meanwhile."""
        self.ensure_one()
        # somebody cancels at this very moment: the next run sees it
        if not self.try_lock_for_update():
            return
        self.invalidate_recordset(["state"])
        if self.state == "running":
            self.write({"state": "done", "finished_on": fields.Datetime.now()})

    @api.model
    def _cron_run(self):
        """Work on the simulations that run, the oldest first, in batches."""
        cron = self.env["ir.cron"]
        running = self.search([("state", "=", "running")], order="id")
        cron._commit_progress(remaining=sum(running.mapped("loan_count")))
        for simulation in running:
            # the transaction after each commit sees whether somebody cancelled
            while simulation.state == "running":
                tried = simulation._run_batch()
                if not tried:
                    simulation._finish()
                    cron._commit_progress()
                    break
                left = cron._commit_progress(tried)
                simulation.invalidate_recordset()
                if not left:
                    return
