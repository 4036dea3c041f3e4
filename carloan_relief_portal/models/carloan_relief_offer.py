from odoo import models


class CarloanReliefOffer(models.Model):
    _inherit = "carloan.relief.offer"

    def _portal_rows(self):
        """Return the frozen rows of the plan with amounts in the currency."""
        self.ensure_one()
        digits = self.currency_id.decimal_places
        money = ("instalment", "principal", "interest", "fee", "balance")
        return [
            {
                name: value / 10**digits if name in money else value
                for name, value in row.items()
            }
            for row in self.rows or ()
        ]

    def _portal_holiday(self):
        """Return the pause in the plan, None when there is none."""
        for measure in self.plan or ():
            if measure["kind"] == "holiday":
                return measure
        return None

    def _portal_figures(self):
        """Return what a borrower compares, read from the rows that will be signed."""
        self.ensure_one()
        rows = self._portal_rows()
        pause = int((self._portal_holiday() or {}).get("instalments", 0))
        level = rows[min(pause, len(rows) - 1)]["instalment"] if rows else 0.0
        return {
            "pause": pause,
            "pause_amount": rows[0]["instalment"] if pause and rows else 0.0,
            "instalment": level,
            "count": len(rows),
            "first_date": rows[0]["due_date"] if rows else False,
            "last_date": rows[-1]["due_date"] if rows else False,
            "interest": sum(row["interest"] for row in rows),
            # what the plan leaves overdue; a low instalment must not hide it
            "due": self._portal_due(self.total_cost, rows),
            "total": self.total_cost,
            "more": self.total_cost - self.request_id.before_total,
        }

    def _portal_due(self, total, rows):
        """Return what is due at once beside the rows of a plan."""
        due = total - sum(row["instalment"] for row in rows)
        return self.currency_id.round(due)

    def _portal_cost(self):
        """Return the cost of credit of the plan as it must be disclosed.

        :return: ``annual_cost`` and ``penalty_rate`` in per cent (None: no yield to
            speak of), amounts, and who takes them
        :rtype: dict
        """
        self.ensure_one()
        cost, late = self._get_cost(), self._get_contingent_cost()
        nominal = cost["nominal"]
        return {
            "annual_cost": None if nominal is None else nominal * 100,
            "principal": cost["principal"],
            "interest": cost["interest"],
            "fees": cost["fees"],
            "due": cost["due_now"],
            "total": cost["total"],
            "taker": self.company_id.name,
            "penalty_rate": late["rate"] * 100,
            "grace_days": late["grace_days"],
        }

    def _portal_words(self):
        """Say in plain sentences what the plan does and what it costs."""
        self.ensure_one()
        words = [self._portal_measure_words(m) for m in self.plan or ()]
        figures = self._portal_figures()
        money = self.currency_id.format
        if not self.currency_id.is_zero(figures["due"]):
            words.append(
                self.env._(
                    "%(amount)s stays overdue and is to be paid at once.",
                    amount=money(figures["due"]),
                )
            )
        if self.currency_id.compare_amounts(figures["more"], 0) > 0:
            words.append(
                self.env._(
                    "In all you pay %(amount)s more than without the change.",
                    amount=money(figures["more"]),
                )
            )
        elif self.currency_id.compare_amounts(figures["more"], 0) < 0:
            words.append(
                self.env._(
                    "In all you pay %(amount)s less than without the change.",
                    amount=money(-figures["more"]),
                )
            )
        return words

    def _portal_measure_words(self, measure):
        """Put one measure into a sentence to the borrower."""
        kind = measure["kind"]
        if kind == "extend":
            return self.env._(
                "Your loan runs %(count)s instalments longer, so each one is smaller.",
                count=measure["instalments"],
            )
        if kind == "holiday":
            return self._portal_holiday_words(measure)
        if kind == "capitalise":
            return self.env._(
                "What is overdue is spread over the coming instalments. It bears "
                "interest from then on."
            )
        if kind == "rate":
            return self.env._(
                "Your interest rate becomes %(rate)s %% a year.",
                rate=f"{float(measure['annual_rate']) * 100:.2f}",
            )
        if kind == "waive":
            text = self._get_measure_text(measure, self.currency_id)
            return self.env._("You no longer owe a part: %(what)s.", what=text)
        return self._get_measure_text(measure, self.currency_id)

    def _portal_holiday_words(self, measure):
        """Tell what a pause means and, above all, that interest goes on."""
        count = measure["instalments"]
        return {
            "pay": self.env._(
                "For %(count)s instalments you pay interest only. Interest goes on "
                "running during the pause.",
                count=count,
            ),
            "capitalise": self.env._(
                "For %(count)s instalments you pay nothing. Interest goes on running "
                "and is added to what you owe.",
                count=count,
            ),
            "defer": self.env._(
                "For %(count)s instalments you pay nothing. Interest goes on running "
                "and is due after the pause.",
                count=count,
            ),
            "waive": self.env._(
                "For %(count)s instalments you pay nothing, and no interest is "
                "charged for them.",
                count=count,
            ),
        }[measure.get("interest", "pay")]
