"""The preview of a campaign: who would get what, at what cost, and who would not."""

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import ceilings
from .relief_campaign_guard import OPEN_STATES

#: Loans worked out between two commits: enough to be quick, few enough to be stopped.
BATCH = 250


class CarloanReliefCampaign(models.Model):
    _inherit = "carloan.relief.campaign"

    # ---------------------------------------------------------------- ACTIONS
    def action_preview(self):
        """Have the offers worked out by the background job."""
        self._check_campaigner()
        for campaign in self:
            campaign._start_preview()
        self._wake_job()
        return True

    def _wake_job(self):
        self.env.ref("carloan_relief.ir_cron_relief_campaign")._trigger()

    def _start_preview(self):
        """Fix what is worked out, and under which policy."""
        self.ensure_one()
        self._check_basis_open()
        self._check_measures()
        self._check_letter()
        today = self._get_today()
        self._check_valid_on(today)
        # sudo: which policy is in force is no secret
        Policy_sudo = self.env["carloan.relief.policy"].sudo()
        policy_sudo = Policy_sudo._get_in_force(self.company_id, today)
        # with the rights of whoever asks: a filter reads no field that they may not
        count = self.env["carloan.loan"].search_count(self._get_loan_domain())
        if not count:
            raise UserError(
                self.env._(
                    "No active loan matches the filter of %(campaign)s: there is "
                    "nobody to write to. Widen the filter.",
                    campaign=self.name,
                )
            )
        self._void()
        self._drop_preview()
        self._move_to(
            "previewing",
            OPEN_STATES,
            policy_id=policy_sudo.id,
            as_of=today,
            loan_count=count,
        )

    def _check_measures(self):
        """The same measures for everybody must be some."""
        most = self._get_most()
        given = {name for name, value in most.items() if value} - {"holiday_interest"}
        if self.mode == "preset" and not given:
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s offers the same measures to everybody and "
                    "names none: enter how much of which one.",
                    campaign=self.name,
                )
            )

    def _check_letter(self):
        """The letter must be one that is written about a request."""
        # sudo: what a template is for is no secret
        letters_sudo = (
            self.sudo().mail_template_id | self.sudo().mail_template_several_id
        )
        models = set(letters_sudo.mapped("model"))
        if not self.mail_template_id or models != {"carloan.relief.request"}:
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s has no letter that can be sent about a "
                    "relief request: choose one on the page What Is Offered.",
                    campaign=self.name,
                )
            )

    def _check_valid_on(self, today):
        """Offers must be open for a day at least."""
        if self.date_to < today:
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s was valid until %(date)s: enter a later "
                    "last day, and have it approved.",
                    campaign=self.name,
                    date=fields.Date.to_string(self.date_to),
                )
            )

    # ------------------------------------------------------------------- JOB
    def _run_preview_batch(self, limit=BATCH):
        """Work out the next loans; return how many, 0 at the end."""
        self.ensure_one()
        loans = self._find_next_loans(limit)
        if loans:
            self.env["carloan.relief.campaign.line"]._try_loans(self, loans)
        return len(loans)

    def _finish_preview(self):
        """Apply what holds for all together, and add up what it costs."""
        self.ensure_one()
        if self.try_lock_for_update():
            self.invalidate_recordset(["state"])
            if self.state == "previewing":
                self._stop_at_ceilings(self._get_waiting())
                self._add_up()
                self._move_to("previewed", ("previewing",))

    def _get_waiting(self, limit=None):
        """Return the lines that wait for their offer."""
        return self.env["carloan.relief.campaign.line"].search(
            [
                ("campaign_id", "=", self.id),
                ("state", "=", "selected"),
            ],
            order="id",
            limit=limit,
        )

    def _add_up(self):
        """Store what the chosen offers cost, and what is asked for."""
        ((cost,),) = self.env["carloan.relief.campaign.line"]._read_group(
            [("campaign_id", "=", self.id), ("state", "=", "selected")],
            [],
            ["cost:sum"],
        )
        cost = cost or 0.0
        # sudo: figures are written by the job and its buttons alone
        self.sudo().write(
            {
                "concession": cost,
                "budget": self.currency_id.round(cost * (1 + self.reserve)),
            }
        )

    def _stop_at_ceilings(self, lines):
        """Leave out the lines that pass a monthly ceiling, in their order.

        :return: the lines that are left
        """
        ceilings_sudo = self._get_ceilings_sudo()
        if not ceilings_sudo or not lines:
            return lines
        left = ceilings_sudo._get_left(self.company_id)
        kinds = [set((line.measures or "").split()) for line in lines]
        takes = [
            [one.measure == "all" or one.measure in kind for one in ceilings_sudo]
            for kind in kinds
        ]
        factor = ceilings_sudo._get_factors(self.company_id, self._get_today())
        more = [
            round(line._to_minor([line.balance])[0] * factor(line.currency_id.id))
            for line in lines
        ]
        stopped = ceilings.admit(left, takes, more).tolist()
        passed = lines.browse()
        for place, one in enumerate(ceilings_sudo):
            over = lines.browse(
                line.id for line, at in zip(lines, stopped, strict=True) if at == place
            )
            over._exclude("ceiling", [f"ceiling.{one.measure}"])
            passed |= over
        return lines - passed

    def _get_ceilings_sudo(self):
        """Return the ceilings of the month."""
        # sudo: ceilings hold whoever asks
        Policy_sudo = self.env["carloan.relief.policy"].sudo()
        return Policy_sudo._find_in_force(
            self.company_id, self._get_today()
        ).ceiling_ids

    def _leave_out(self, lines):
        """Take lines out by hand, which voids what was approved."""
        self.ensure_one()
        if self.state not in OPEN_STATES:
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s is %(state)s: pause it and withdraw the "
                    "request, or stop it.",
                    campaign=self.name,
                    state=self._get_state_label(),
                )
            )
        self._note_editor()
        if self.state != "previewed":
            self._void_approval()
            self._move_to("previewed", OPEN_STATES)
        lines._exclude("by_hand")
        self._add_up()

    def _void_approval(self):
        """Drop what was approved; the approval room does it."""


class CarloanReliefCampaignLine(models.Model):
    _inherit = "carloan.relief.campaign.line"

    def _exclude(self, code, details=()):
        """Leave lines out for a reason that was found later."""
        if self:
            # sudo: lines are written by the job and its buttons alone
            self.sudo().write({"exclusion": code, "details": list(details)})
