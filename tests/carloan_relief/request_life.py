"""The life of a request told line by line, and a walker that lives it.

A line says when, who does what, and where the case is then (``->``), or which words
the refusal says (``!!``):

    06-22 09:00  officer     submit          ->  submitted
    06-22 09:05  officer     accept          !!  possible only from
"""

import re
from datetime import date, datetime

from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .common_relief import TODAY, ReliefCase

LINE = re.compile(
    r"(?:(?P<year>\d{4})-)?(?P<day>\d\d-\d\d) (?P<time>[\d:]{5,8})\s+"
    r"(?P<who>\w+)\s+(?P<verb>\w+) ?(?P<what>.*?)\s+(?P<end>->|!!)\s+(?P<then>.+)"
)
WAIVE = {"kind": "waive", "component": "interest", "percent": 50}
#: Plans that staff set, by the name the lines use.
PLANS = {
    "longer": [{"kind": "extend", "instalments": 6}],
    "easy start": [
        {"kind": "extend", "instalments": 6},
        {"kind": "capitalise", "components": ["principal", "interest"]},
    ],
    "cheaper": [{"kind": "rate", "annual_rate": 0.062}],
    "waiver": [WAIVE | {"when": "now"}],
    "later waiver": [
        WAIVE | {"when": "on_completion"},
        {"kind": "capitalise", "components": ["principal", "interest"]},
    ],
    "new start": [{"kind": "capitalise", "components": ["principal", "interest"]}],
    "haircut": [{"kind": "forgive_principal", "percent": 10}],
    "holiday": [{"kind": "holiday", "instalments": 3, "interest": "capitalise"}],
    "beyond the law": [{"kind": "extend", "instalments": 36}],
}


class RequestLife(ReliefCase):
    """One late loan; every life begins with it anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # drafts of coming bills are not what these lives are about
        cls.company.carloan_draft_horizon = 0
        cls.manager_2 = cls._user("r_manager_2", "carloan_relief.group_manager")
        # who acts in a line; the robot is the system
        cls.people = {
            "officer": cls.officer,
            "approver": cls.approver,
            "second": cls.approver_2,
            "manager": cls.manager,
            "accountant": cls.accountant,
            "robot": cls.env.ref("base.user_root"),
        }

    def live(self, story, request=None, loan=None):
        """Live through a story and prove that each line left its step.

        :return: the request
        """
        self.request = request or self.Request
        self.of_loan = loan or self.loan
        steps = [(s.state, s.date_begin) for s in self.request.sudo().step_ids]
        for line in filter(None, map(str.strip, story.splitlines())):
            found = LINE.fullmatch(line)
            self.assertTrue(found, f"no line of a life: {line}")
            year = found["year"] or TODAY[:4]
            when = datetime.fromisoformat(f"{year}-{found['day']} {found['time']}")
            with self.subTest(line=line), freeze_time(when):
                steps += self._live_line(found, when)
        recorded = [(s.state, s.date_begin) for s in self.request.sudo().step_ids]
        self.assertEqual(recorded, steps)
        return self.request

    def _live_line(self, line, when):
        """Live one line; return the steps it must have left."""
        act = getattr(self, f"do_{line['verb']}")
        user, before = self.people[line["who"]], self._count()
        if line["end"] == "!!":
            with self.assertRefused(line["then"], UserError):
                act(user, line["what"])
            self.assertEqual(self._count(), before)
            return []
        act(user, line["what"])
        self.env.invalidate_all()
        *passed, state = re.split(r",\s*", line["then"])
        self.assertEqual(self.request.sudo().state, state)
        new = self._count() - before
        return [(name, when) for name in [*passed, state]] if new else []

    def _count(self):
        return len(self.request.sudo().step_ids)

    # ---------------------------------------------------------------- THE CASE
    def do_ask(self, user, channel):
        """The case is opened: at the counter unless a channel is named."""
        self.request = self._draft(
            loan=self.of_loan, user=user, channel=channel or "counter"
        )

    def do_submit(self, user, _what):
        self.request.with_user(user).action_submit()

    def do_assess(self, user, grade):
        """Assess, under the rule of a grade if one is named."""
        self.request.with_user(user).action_assess()
        if grade:
            self._set_grade(self.request, grade)

    def do_choose(self, user, plan):
        """Set a plan and propose it; what breaks policy gets a reason."""
        request = self.request.with_user(user)
        request._add_custom_offer(
            PLANS[plan], "Lost half of the income"
        ).action_choose()

    def do_insist(self, user, plan):
        """Set a plan without saying why."""
        self.request.with_user(user)._add_custom_offer(PLANS[plan])

    def do_propose(self, user, _what):
        self.request.with_user(user).action_request_approval()

    def do_approve(self, user, _what):
        self._approve(self.request, user)

    def do_refuse(self, user, why):
        self._reject(self.request, user, why)

    def do_reject(self, user, why):
        self.request.with_user(user).action_reject(why)

    def do_withdraw(self, user, why):
        self.request.with_user(user).action_withdraw(why)

    def do_decline(self, user, why):
        self.request.with_user(user).action_decline(why)

    def do_expire(self, user, _what):
        """What the nightly job does with each offer that ran out."""
        self.request.with_user(user)._expire()

    def do_reopen(self, user, _what):
        self.request.with_user(user).action_reopen()

    def do_change(self, user, reason):
        """The hardship turns out to be another one."""
        kind = self.env.ref(f"carloan_relief.relief_reason_{reason}")
        self.request.with_user(user).write({"reason_id": kind.id})

    def do_await(self, user, papers):
        self.request.with_user(user)._await_papers(papers)

    def do_receive(self, user, _what):
        self.request.with_user(user).action_papers_received()

    def do_consent(self, user, _what):
        consents = self.request.consent_ids
        if not self._keeps_scans():
            consents.with_user(user).action_give()
            return
        for consent in consents:
            self._sign_on_paper(self.request, user, consent)

    def do_object(self, user, _what):
        self.request.consent_ids.with_user(user).action_refuse()

    def do_accept(self, user, _what):
        if self._keeps_scans():
            self._sign_on_paper(self.request, user)
        else:
            self.request.with_user(user).action_accept()

    def _keeps_scans(self):
        """Whether the house keeps scans of what is signed on paper by now."""
        today = self.company._get_carloan_day()
        return self.company._get_rule_value("policy.evidence.scan", today)

    def do_activate(self, user, _what):
        self.request.with_user(user).action_activate()

    def do_backdate(self, user, day):
        """The plan holds from an earlier day on."""
        self.request.with_user(user).action_activate_dated(
            f"{TODAY[:4]}-{day}", "Told us late"
        )

    def do_cure(self, user, _what):
        self.request.with_user(user).action_cure()

    def do_break(self, user, why):
        self.request.with_user(user).action_break(why)

    def do_undo(self, user, how):
        """Undo the relief; ``bills`` undoes the bills since as well."""
        self.request.with_user(user)._undo(
            date.today(), "Wrong loan", cascade=how == "bills"
        )

    # ------------------------------------------------------------ THE WORLD
    def do_tighten(self, user, _what):
        """A new version of the policy comes into force: three instalments at most."""
        policy = self.env["carloan.relief.policy"]._find_in_force(
            self.company, date.today()
        )
        action = policy.with_user(user).action_new_version()
        draft = policy.browse(action["res_id"]).with_user(user)
        draft.rule_ids.write({"max_extend": 3})
        draft.with_user(self.manager_2).action_approve()
        draft.with_user(self.manager_2).action_put_in_force()

    def do_night(self, _user, _what):
        """The night bills what is due and looks at the plan."""
        self._bill(date.today())
        self.of_loan._refresh_position()
        if self.request.state == "active":
            self.request.sudo().relief_plan_ids._follow(date.today())
        self.env.invalidate_all()

    def do_pay(self, _user, amount):
        """The borrower pays: an amount, or what is overdue."""
        self.of_loan._refresh_position()
        due = float(amount) if amount else self.of_loan.overdue_amount
        self._pay(self.of_loan, due, date.today())

    # ----------------------------------------------------------- WHAT IT LEFT
    def entries(self):
        """Return {event: amount} of what the relief posted."""
        result = {}
        for move in self.request.sudo().move_ids:
            amount = sum(line.debit for line in move.line_ids)
            event = move.carloan_event
            result[event] = round(result.get(event, 0.0) + amount, 2)
        return result
