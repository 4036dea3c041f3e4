from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.carloan_relief.engine import limits, measures

OVERDUE = ("principal", "interest", "fee", "penalty")


class CarloanLoan(models.Model):
    _name = "carloan.loan"
    _inherit = ["carloan.loan", "carloan.borrower.mixin"]

    _borrower_fields = frozenset(
        {
            "annual_rate",
            "balloon",
            "company_id",
            "credit_balance",
            "currency_id",
            "dpd",
            "due_day",
            "fee",
            "first_due_date",
            "instalment_ids",
            "instalments",
            "method",
            "name",
            "next_amount",
            "next_due_date",
            "next_payment",
            "next_payment_date",
            "oldest_due_date",
            "overdue_amount",
            "overdue_fee",
            "overdue_interest",
            "overdue_penalty",
            "overdue_principal",
            "partner_id",
            "period",
            "position_date",
            "principal",
            "principal_balance",
            "product_id",
            "request_ids",
            "schedule_id",
            "start_date",
            "state",
            "undue_principal",
            "vehicle_id",
        }
    )

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kwargs
    ):
        """Override of `portal`: messages too are for signed-in borrowers alone.

        Each mail to a borrower carries these tokens, and they never expire: with them
        a forwarded mail would read the messages and write in the borrower's name.
        """
        return super()._get_thread_with_access(thread_id, **kwargs)

    def _portal_payments(self):
        """Payments that reached the loan, the newest first."""
        self.ensure_one()
        return self.payment_ids.filtered(
            lambda payment: payment.state in ("in_process", "paid")
        ).sorted("date", reverse=True)

    def _portal_print_statement(self, date_from, date_to):
        """Print the statement of account for a period, as a PDF.

        :raise UserError: for a period that ends before it begins
        """
        self.ensure_one()
        self._get_statement(date_from, date_to)
        reports = self.env["ir.actions.report"].with_company(self.company_id)
        data = {
            "date_from": fields.Date.to_string(date_from),
            "date_to": fields.Date.to_string(date_to),
        }
        return reports._render_qweb_pdf(
            "carloan_relief.statement_report", self.ids, data=data
        )[0]

    # ---------------------------------------------------------------- WHAT IF
    def _portal_plan(self, extend=0, holiday=0, capitalise=False):
        """Return the measures a borrower wishes for, in the engine's JSON form."""
        plan = []
        if extend:
            plan.append({"kind": "extend", "instalments": extend})
        if holiday:
            interest = self._portal_box()["holiday_interest"]
            plan.append(
                {"kind": "holiday", "instalments": holiday, "interest": interest}
            )
        if capitalise:
            components = ["interest", "fee", "penalty"]
            plan.append({"kind": "capitalise", "components": components})
        return plan

    def _portal_box(self):
        """Return how far a borrower may go on the what-if page.

        It is the box of the rule for the loan's grade, cut to what the law leaves of
        the term. Waivers and rate cuts are the lender's to give and are not in it.

        :raise UserError: when no policy is in force
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        grade = self.risk_grade_id or self._assess(today).grade_id
        policy = self.env["carloan.relief.policy"]._get_in_force(self.company_id, today)
        rule = policy._get_rule(grade, self)
        position, _loan_ids = self._get_positions(today)
        before = measures.apply(position, measures.Plans.from_dicts([[]]))
        now = self._portal_summary(before.before, self._get_overdue(position), 0)
        box = rule._prepare_box(self, position, now["instalment"])
        room = max(int(box["max_term"]) - int(position.instalments[0]), 0)
        return {
            "position": position,
            "now": now,
            "limits": box,
            "max_extend": min(int(box["max_extend"]), room),
            "max_holiday": min(int(box["max_holiday"]), room),
            "room": room,
            "may_capitalise": bool(box["may_capitalise"] and now["overdue"]),
            "holiday_interest": box["holiday_interest"][0],
        }

    def _get_overdue(self, position):
        """Return the overdue amount of one position in minor units."""
        return sum(int(position.overdue(name)[0]) for name in OVERDUE)

    def _portal_summary(self, schedule, overdue, holiday):
        """Return what a borrower compares, in minor units.

        :param int overdue: what stays due beside the schedule
        :param int holiday: rows at the start in which instalments pause
        """
        rows = schedule.rows(0)
        level = rows[min(holiday, len(rows) - 1)] if rows else {"instalment": 0}
        return {
            "pause": rows[0]["instalment"] if rows and holiday else 0,
            "instalment": level["instalment"],
            "count": len(rows),
            "last_date": rows[-1]["due_date"] if rows else False,
            "overdue": overdue,
            "interest": sum(row["interest"] for row in rows),
            "total": sum(row["instalment"] for row in rows) + overdue,
        }

    def _portal_what_if(self, extend=0, holiday=0, capitalise=False):
        """Answer one what-if by the engine, inside the borrower's box.

        :return: box, figures now and then, and the limits that the wish breaks
        :rtype: dict
        """
        box = self._portal_box()
        plan = self._portal_plan(extend, holiday, capitalise)
        revised = self._portal_revise(box, plan)
        left = revised.remaining_overdue.values()
        stays_due = sum(int(amounts[0]) for amounts in left)
        then = self._portal_summary(revised.after, stays_due, holiday)
        broken = limits.breaches(
            plan,
            box["limits"],
            float(box["position"].annual_rate[0]),
            int(box["position"].instalments[0]),
            then["instalment"],
        )
        if extend + holiday > box["room"]:
            broken.append("max_term")
        labels = self.env["carloan.relief.offer"]._get_limit_labels()
        more = then["interest"] - box["now"]["interest"]
        return {
            "box": box,
            "plan": plan,
            "now": self._portal_money(box["now"]),
            "then": self._portal_money(then),
            "more_interest": self._from_minor([more])[0],
            "broken": [labels[code] for code in sorted(set(broken))],
        }

    def _portal_revise(self, box, plan):
        """Return the loan under a plan, by the computation that makes real offers.

        :raise UserError: for what no plan can hold; the policy's own limits are shown
            beside the figures instead
        """
        if not box["now"]["count"]:
            raise UserError(
                self.env._(
                    "All instalments of this loan are due already: there is none left "
                    "to change. Ask for relief, and we look for another way."
                )
            )
        try:
            return measures.apply(box["position"], measures.Plans.from_dicts([plan]))
        except ValueError as error:
            raise UserError(
                self.env._(
                    "This change is too large to be worked out: %(left)s instalments "
                    "are left. Try smaller numbers.",
                    left=box["now"]["count"],
                )
            ) from error

    def _portal_money(self, summary):
        """Return a summary with its amounts in the loan's currency."""
        names = ("pause", "instalment", "overdue", "interest", "total")
        amounts = self._from_minor([summary[name] for name in names])
        return {**summary, **dict(zip(names, amounts, strict=True))}
