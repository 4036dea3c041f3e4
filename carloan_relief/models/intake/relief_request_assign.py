"""Who works on a case: found by team, presence and load; changed by those in charge."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import assignment
from ..relief.relief_request import MOVE_FIELDS, OPEN_STATES

CASE = "carloan_relief.mail_activity_relief_case"
#: who works on a case: changed by those in charge once it was handed in
OWNER_FIELDS = {"user_id", "team_id"}
MOVE_FIELDS |= {"date_assigned"}


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    date_assigned = fields.Datetime("Assigned On", readonly=True, copy=False)
    officer_absent = fields.Boolean(compute="_compute_officer_absent")

    @api.depends("user_id", "state")
    def _compute_officer_absent(self):
        absent = self.env["carloan.absence"]._find_absent(self.user_id)
        for request in self:
            request.officer_absent = (
                request.state in OPEN_STATES and request.user_id in absent
            )

    # ------------------------------------------------------------------ MOVES
    def _submit(self):
        """Override: a case that is handed in has somebody who works on it."""
        res = super()._submit()
        self._assign_on_submit()
        return res

    def _request_approval(self):
        """Override: the case is in the hands of the approvers."""
        res = super()._request_approval()
        # sudo: whoever proposes ends the task of the one it was given to
        self.sudo().activity_feedback([CASE])
        return res

    def _close(self, state, allowed, reason=None):
        """Override: nobody works on a closed case."""
        res = super()._close(state, allowed, reason)
        # sudo: the task may be another person's
        self.sudo().activity_unlink([CASE])
        return res

    def write(self, vals):
        """Override: once handed in, a case changes hands by those in charge."""
        changes = not self.env.su and OWNER_FIELDS & set(vals)
        if changes:
            self._check_may_assign(vals)
        before = {request: request.user_id for request in self} if changes else {}
        res = super().write(vals)
        for request, user in before.items():
            if request.user_id != user:
                request._check_fit(request.user_id)
                request._note_assigned()
        return res

    # ------------------------------------------------------------- ASSIGNMENT
    def _assign_on_submit(self):
        """Leave the case with who has it, if the team says so and they may."""
        self.ensure_one()
        # sudo: team and officer are read whoever hands the case in
        self_sudo = self.sudo()
        user_sudo = self_sudo.user_id
        keeps = self_sudo.team_id.assign_mode != "load"
        if keeps and self_sudo._filter_fit(user_sudo, present=True):
            self_sudo._note_assigned()
        else:
            self_sudo._assign_by_load()

    def _assign_by_load(self):
        """Give cases to the members of their teams who are there and have least.

        A case that nobody may take stays where it is, and says so.
        """
        # sudo: load and teams are counted whoever asks
        self_sudo = self.sudo()
        pools = [request_sudo._get_pool() for request_sudo in self_sudo]
        people_sudo = self_sudo.env["res.users"].union(*pools)
        absent = self.env["carloan.absence"]._find_absent(people_sudo)
        people_sudo -= absent.sudo()
        allowed = []
        for request_sudo, pool in zip(self_sudo, pools, strict=True):
            fit = request_sudo._filter_fit(pool & people_sudo)
            allowed.append([user in fit for user in people_sudo])
        load, rank = people_sudo._get_case_load(excluded=self_sudo)
        chosen = assignment.spread(load, allowed, rank)
        for request_sudo, index in zip(self_sudo, chosen.tolist(), strict=True):
            if index == assignment.NOBODY:
                request_sudo._note_unassigned()
            else:
                request_sudo.user_id = people_sudo[index]
                request_sudo._note_assigned()

    def _get_pool(self):
        """Return who might take a case: its team, else every team of the company."""
        self.ensure_one()
        if self.team_id:
            return self.team_id.member_ids
        teams = self.env["carloan.team"].search(
            [("company_id", "=", self.company_id.id)]
        )
        return teams.member_ids

    def _filter_fit(self, users, present=False):
        """Return who of some users may work on this case: officers of its company
        who are not related to it.

        :param bool present: and who are there today
        """
        self.ensure_one()
        fit = users.filtered(
            lambda user: user.active
            and not user.share
            and user.has_group("carloan_relief.group_officer")
            and self.company_id in user.company_ids
            and not self._is_related(user)
        )
        if present and fit:
            fit -= self.env["carloan.absence"]._find_absent(fit)
        return fit

    def _check_fit(self, user):
        """Refuse an officer who may not work on the case."""
        self.ensure_one()
        # sudo: groups and companies of a colleague
        if user and not self._filter_fit(user.sudo()):
            raise UserError(
                self.env._(
                    "%(user)s cannot work on %(request)s: it takes an officer of "
                    "%(company)s who is not related to the borrower. Choose another.",
                    user=user.name,
                    request=self.name,
                    company=self.company_id.name,
                )
            )

    def _check_may_assign(self, vals):
        """A manager or the leader of the team assigns; an officer takes what is free.

        While a case is a draft whoever writes it may say who will have it.
        """
        if self.env.user.has_group("carloan_relief.group_manager"):
            return
        for request in self:
            leads = request.team_id.user_id == self.env.user
            if request.state == "draft" or leads:
                continue
            if not request.user_id and vals == {"user_id": self.env.uid}:
                continue
            raise AccessError(
                self.env._(
                    "%(user)s may not give %(request)s to somebody else: a manager or "
                    "the leader of the team does. Ask one of them.",
                    user=self.env.user.name,
                    request=request.name,
                )
            )

    def _note_assigned(self):
        """Put the case on the list of the one who has it now."""
        self.ensure_one()
        # sudo: tasks of colleagues are kept by the case
        self_sudo = self.sudo()
        self_sudo.activity_unlink([CASE])
        self_sudo.date_assigned = fields.Datetime.now()
        user_sudo = self_sudo.user_id
        working = self.state in ("submitted", "assessed")
        if user_sudo and working and user_sudo != self.env.user:
            self_sudo.activity_schedule(CASE, user_id=user_sudo.id)
            self._log(self.env._("Assigned to %(user)s.", user=user_sudo.name))

    def _note_unassigned(self):
        """Tell those in charge that a case found nobody."""
        self.ensure_one()
        note = self.env._(
            "Nobody who may work on it is present: a manager or the leader of the team "
            "assigns it."
        )
        self._log(note)
        leader_sudo = self.sudo().team_id.user_id
        if leader_sudo:
            self.sudo().activity_schedule(CASE, summary=note, user_id=leader_sudo.id)

    # ---------------------------------------------------------------- ACTIONS
    def action_assign_by_load(self):
        """Give the chosen cases to whoever has least to do."""
        self.check_access("write")
        self._check_may_assign({"user_id": False})
        for request in self:
            if request.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "Request %(request)s is %(state)s: only open requests are "
                        "assigned. Leave it out of the selection.",
                        request=request.name,
                        state=request._get_state_label(),
                    )
                )
        self._assign_by_load()
        return True

    def action_take(self):
        """Take a case that nobody has."""
        for request in self:
            request._check_staff("officer")
            request._lock()
            request.invalidate_recordset(["user_id"])
            if request.user_id:
                raise UserError(
                    self.env._(
                        "%(user)s has %(request)s already. Reload the page.",
                        user=request.user_id.name,
                        request=request.name,
                    )
                )
            request.user_id = self.env.user
        return True
