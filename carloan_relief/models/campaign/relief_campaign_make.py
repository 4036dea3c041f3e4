"""Offers of an approved campaign, made in batches that can be stopped and go on."""

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import campaign as engine
from ..relief.relief_request_assess import OFFER_LIMIT

#: Offers made between two commits: each batch is a handful of statements.
BATCH = 100


class CarloanReliefCampaign(models.Model):
    _inherit = "carloan.relief.campaign"

    date_launched = fields.Datetime("Launched On", readonly=True, copy=False)

    # ---------------------------------------------------------------- ACTIONS
    def action_launch(self):
        """Have the approved offers made and sent by the background job."""
        self._check_launcher()
        for campaign in self:
            campaign._check_valid_on(campaign._get_today())
            if campaign.state == "approved":
                campaign._check_proposal_unchanged()
            campaign._move_to(
                "running", ("approved",), date_launched=fields.Datetime.now()
            )
        self._wake_job()
        return True

    def action_pause(self):
        """Make and send nothing more until somebody says so."""
        self._check_launcher()
        for campaign in self:
            campaign._move_to("paused", ("running",))
        return True

    def action_resume(self):
        """Go on behind what was made and sent."""
        self._check_launcher()
        for campaign in self:
            campaign._check_valid_on(campaign._get_today())
            campaign._check_policy_unchanged()
            campaign._move_to("running", ("paused",))
        self._wake_job()
        return True

    def action_stop(self):
        """End a campaign for good: offers that were sent stay open until they expire.

        What was made and not sent yet is taken back, so that the loans are free.
        """
        self._check_launcher()
        for campaign in self:
            was = campaign.state
            if was in ("previewed", "to_approve", "approved", "refused"):
                campaign._void_approval()
            campaign._move_to(
                "stopped",
                ("previewed", "to_approve", "approved", "running", "paused", "sent"),
            )
            campaign._get_waiting()._exclude("stopped")
        self._wake_job()
        return True

    def _check_launcher(self):
        """Offers leave the house by a manager."""
        self._check_car_loan_manager()
        self.check_access("write")

    # ------------------------------------------------------------------- JOB
    def _get_job_states(self):
        """Override: offers are made, sent and taken back as well."""
        return [*super()._get_job_states(), "running", "sent", "stopped"]

    def _take_step(self):
        """Override: the step of a campaign that was launched."""
        if self.state == "running":
            return self._take_running_step()
        if self.state == "sent" and self.date_to < self._get_today():
            self._move_to("done", ("sent",))
        if self.state == "stopped":
            return bool(self._take_back_batch())
        return super()._take_step()

    def _take_running_step(self):
        """Make the next offers, or send some; return whether there may be more."""
        if self.date_to < self._get_today():
            self._get_waiting()._exclude("late")
            if self._take_back_batch():
                return True
            self._move_to("done", ("running",))
            return False
        if not self._is_policy_unchanged():
            self._get_waiting()._exclude("policy")
        if self._make_batch():
            return True
        if self._send_batch():
            return True
        if not self._get_waiting(1) and not self._get_unsent(1):
            self._move_to("sent", ("running",))
        return False

    def _is_policy_unchanged(self):
        """Whether offers still rest on the policy in force."""
        try:
            self._check_policy_unchanged()
        except UserError as error:
            self._log(str(error))
            return False
        return True

    def _get_unsent(self, limit=None):
        """Return the lines whose offer was made and waits to be sent."""
        return self.env["carloan.relief.campaign.line"].search(
            [("campaign_id", "=", self.id), ("state", "=", "made")],
            order="id",
            limit=limit,
        )

    def _take_back_batch(self, limit=BATCH):
        """Withdraw offers that were made and never sent; return how many."""
        lines = self._get_unsent(limit)
        for line in lines:
            line.request_id._close(
                "withdrawn", ("offered",), self.env._("The campaign has ended.")
            )
        return len(lines)

    # ------------------------------------------------------------------ MAKING
    def _make_batch(self, limit=BATCH):
        """Make the next offers; return how many lines were dealt with.

        Everything is looked at anew: who may be written to, what is owed, what the
        policy gives and what is left of ceilings and of the approved cost.
        """
        self.ensure_one()
        lines = self._get_waiting(limit)
        # somebody pays or is billed at this moment: their turn comes in the next run
        free = lines.loan_id.try_lock_for_update()
        lines = lines.filtered(lambda line: line.loan_id in free)
        if not lines:
            return 0
        left = self._screen_again(lines)
        if left:
            self._refresh_loans(left.loan_id)
            self._make_offers(left)
        return len(lines)

    def _screen_again(self, lines):
        """Leave out what must not be written to any more; return the others."""
        found = self._screen(lines.loan_id)
        out = lines.filtered(lambda line: line.loan_id in found)
        for code, some in out.grouped(lambda line: found[line.loan_id]).items():
            some._exclude(code)
        return lines - out

    def _refresh_loans(self, loans):
        """Bring penalties, positions and grades of the loans to this day, in sets."""
        today = fields.Date.context_today(self)
        self.env["carloan.ledger"]._charge_penalties(loans, today)
        loans._refresh_position(today)
        stale = loans.filtered(lambda loan: loan.assessment_id.date != today)
        if stale:
            stale._assess(today, "request")
        # a batch leaves the campaign itself alone: it can be paused meanwhile
        if self.as_of != today:
            self.as_of = today

    def _make_offers(self, lines):
        """Offer what the engine finds for these loans today."""
        Line = self.env["carloan.relief.campaign.line"]
        by_loan = {line.loan_id: line for line in lines}
        chosen = []
        for loan, proposal, case in Line._propose(self, lines.loan_id, OFFER_LIMIT):
            line = by_loan[loan]
            if proposal.code:
                line._exclude(proposal.code, proposal.details)
                continue
            line._store_figures(self, proposal, case)
            chosen.append((line, proposal, case))
        chosen = self._stop_at_limits(chosen)
        made = [(line.loan_id, proposal, case) for line, proposal, case in chosen]
        requests = self.env["carloan.relief.request"]._make_for_campaign(self, made)
        now = fields.Datetime.now()
        for (line, _proposal, _case), request in zip(chosen, requests, strict=True):
            line.write({"request_id": request.id, "made_on": now})
        self.env.flush_all()

    def _get_cost_made(self):
        """Return what the offers made so far cost, in the company's currency."""
        ((cost,),) = self.env["carloan.relief.campaign.line"]._read_group(
            [("campaign_id", "=", self.id), ("made_on", "!=", False)],
            [],
            ["cost:sum"],
        )
        return cost or 0.0

    def _stop_at_limits(self, chosen):
        """Leave out what passes a ceiling of the month, or the approved cost."""
        lines = self.env["carloan.relief.campaign.line"].concat(
            *(line for line, _proposal, _case in chosen)
        )
        ceilings_sudo = self._get_ceilings_sudo()
        if ceilings_sudo:
            ceilings_sudo._lock_check()
        lines = self._stop_at_ceilings(lines)
        fits = engine.within(
            self._to_minor(lines.mapped("cost")),
            self._to_minor([self.budget - self._get_cost_made()])[0],
        )
        over = lines.browse(
            line.id for line, fit in zip(lines, fits, strict=True) if not fit
        )
        over._exclude("budget")
        kept = lines - over
        return [one for one in chosen if one[0] in kept]


class CarloanReliefCampaignLine(models.Model):
    _inherit = "carloan.relief.campaign.line"

    def _store_figures(self, campaign, proposal, case):
        """Keep what is offered today in the place of what the preview found."""
        self.ensure_one()
        figures = self._prepare_figures(campaign, self.loan_id, proposal, case)
        figures["plan"] = list(proposal.offer.plan)
        figures["balance"] = self.loan_id.principal_balance
        figures["grade_id"] = self.loan_id.risk_grade_id.id
        self.write(figures)
