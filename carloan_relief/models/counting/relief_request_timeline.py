"""What happened to a case, one fact a line: when, what, who, from what is stored."""

from datetime import datetime, time

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    timeline = fields.Html(compute="_compute_timeline", sanitize=False)

    @api.depends("state", "step_ids")
    @api.depends_context("lang", "tz", "uid")
    def _compute_timeline(self):
        for request in self:
            facts = request._get_timeline() if isinstance(request.id, int) else []
            request.timeline = facts and self.env["ir.qweb"]._render(
                "carloan_relief.relief_timeline",
                {"facts": [request._format_fact(fact) for fact in facts]},
            )

    def _format_fact(self, fact):
        """Put the moment of a fact in the zone and words of the reader."""
        if fact["timed"]:
            when = format_datetime(self.env, fact["date"], dt_format="short")
        else:
            when = format_date(self.env, fact["date"])
        return {**fact, "when": when}

    def _get_timeline(self):
        """Return the facts of the case in the order they happened.

        :return: list of what ``_make_fact`` makes
        """
        self.ensure_one()
        # sort is stable: facts of the same second stay as their parts name them
        return sorted(self._get_timeline_facts(), key=lambda fact: fact["date"])

    def _get_borrower_timeline(self):
        """Return the facts that the borrower may read, in words for the borrower.

        A fact without such words stays inside the house; staff are the company.

        :return: list of {"date", "timed", "what", "who"}
        """
        self.ensure_one()
        return [
            {
                "date": fact["date"],
                "timed": fact["timed"],
                "what": fact["borrower"],
                "who": self._get_borrower_who(fact["by"]),
            }
            for fact in self._get_timeline()
            if fact["borrower"]
        ]

    def _get_borrower_who(self, user):
        """Return who did something, as the borrower may know it."""
        # sudo: whether a person is the borrower, whoever asks
        if user and user.sudo().partner_id == self.sudo().partner_id:
            return self.env._("You")
        return self.sudo().company_id.name

    # ------------------------------------------------------------------ FACTS
    def _get_timeline_facts(self):
        """Return everything known of the case, in any order.

        Parts of the house add what they store by extending this.
        """
        # sudo: a case tells the same to whoever may read it; amounts, grades and
        # names here stand on its form as well
        self_sudo = self.sudo()
        return [
            *self_sudo._get_step_facts(),
            *self_sudo._get_offer_facts(),
            *self_sudo._get_consent_facts(),
            *self_sudo._get_entry_facts(),
        ]

    @api.model
    def _make_fact(self, code, date, what, user=None, who=None, borrower=False):
        """Return one line of the timeline.

        :param str code: what kind of fact it is
        :param date: moment it happened, or the day if no more is known
        :param str what: in the words of staff
        :param user: res.users who did it; the robot is named as such
        :param str who: a name, where it was no user
        :param borrower: in words for the borrower, False if it is not for them
        """
        robot = self.env.ref("base.user_root")
        if not who and user:
            # sudo: the name alone
            who = self.env._("Automatic") if user == robot else user.sudo().name
        timed = isinstance(date, datetime)
        return {
            "code": code,
            # a day without an hour comes before what happened on it
            "date": date if timed else datetime.combine(date, time.min),
            "timed": timed,
            "what": what,
            "who": who or "",
            "by": user,
            "borrower": borrower,
        }

    def _get_step_facts(self):
        """Return the moves of the case; details are known of its last ones."""
        last = {step.state: step for step in self.step_ids}
        facts, before = [], None
        for step in self.step_ids:
            text = self._get_step_text(step, before, step == last[step.state])
            words = self._get_step_words(step.state, before)
            facts.append(
                self._make_fact(
                    step.state, step.date_begin, text, step.user_id, borrower=words
                )
            )
            before = step.state
        return facts

    def _get_step_text(self, step, before, last):
        """Return what a move was, in the words of staff.

        :param before: state the case came from
        :param bool last: the fields of the case tell of this stay, not a later one
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        label = labels[step.state]
        if step.state == "assessed" and before not in ("submitted", None):
            label = (
                self.env._("Assessed again")
                if before == "assessed"
                else self.env._("Proposal taken back")
            )
        detail = last and self._get_step_details().get(step.state)
        return f"{label}: {detail}" if detail else label

    def _get_step_details(self):
        """Return {state: what the case knows of its last stay there}."""
        channels = dict(self._fields["channel"]._description_selection(self.env))
        ended = dict.fromkeys(
            ("rejected", "declined", "withdrawn", "broken", "undone"),
            self.decline_reason,
        )
        straight = self.env._("straight through, within policy")
        return {
            **ended,
            "draft": channels.get(self.channel),
            "submitted": self.reason_id.name,
            "assessed": self.grade_id
            and self.env._(
                "grade %(grade)s, policy %(policy)s",
                grade=self.grade_id.name,
                policy=self.policy_id.display_name,
            ),
            "to_approve": straight if self.straight_through else False,
            "offered": self.expiry_date
            and self.env._(
                "valid until %(date)s", date=format_date(self.env, self.expiry_date)
            ),
            "accepted": self.signed_by,
            "active": self.offer_id.plan_text,
        }

    def _get_step_words(self, state, before):
        """Return what a move means to the borrower, False if nothing."""
        if state == "assessed" and before != "submitted":
            return False
        return {
            "submitted": self.env._("The request was handed in"),
            "assessed": self.env._("We looked at the situation"),
            "offered": self.env._("Our offer was ready"),
            "accepted": self.env._("The offer was accepted"),
            "active": self.env._("The new plan came into force"),
            "rejected": self.env._("We could not agree to a change"),
            "declined": self.env._("The offer was declined"),
            "withdrawn": self.env._("The request was taken back"),
            "expired": self.env._("The offer expired"),
            "broken": self.env._("The plan was not kept"),
            "undone": self.env._("We took the change back"),
            "cured": self.env._("The plan was kept to its end"),
            "replaced": self.env._("Another plan took its place"),
        }.get(state, False)

    def _get_offer_facts(self):
        """Return the offers that staff set themselves."""
        custom = self.offer_ids.filtered(lambda offer: offer.pick == "custom")
        return [
            self._make_fact(
                "offer",
                offer.create_date,
                self.env._(
                    "Exception worked out: %(plan)s (%(reason)s)",
                    plan=offer.plan_text,
                    reason=offer.exception_reason,
                )
                if offer.is_exception
                else self.env._("Offer worked out: %(plan)s", plan=offer.plan_text),
                offer.create_uid,
            )
            for offer in custom
        ]

    def _get_consent_facts(self):
        """Return the answers of the other parties."""
        given = self.consent_ids.filtered("date")
        labels = dict(given._fields["state"]._description_selection(self.env))
        facts = []
        for consent in given:
            text = self.env._(
                "Consent of %(partner)s: %(state)s.",
                partner=consent.partner_id.display_name,
                state=labels[consent.state],
            )
            facts.append(
                self._make_fact(
                    "consent", consent.date, text, consent.user_id, borrower=text
                )
            )
        return facts

    def _get_entry_facts(self):
        """Return when entries were posted, by their day in the books."""
        groups = self.env["account.move"]._read_group(
            [("carloan_request_id", "=", self.id), ("state", "=", "posted")],
            ["date:day", "create_uid"],
            ["__count", "create_date:max"],
        )
        return [
            self._make_fact(
                "entries",
                made,
                self.env._(
                    "Entries posted: %(count)s, dated %(date)s",
                    count=count,
                    date=format_date(self.env, day),
                ),
                user,
            )
            for day, user, count, made in groups
        ]
