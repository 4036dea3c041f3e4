from odoo import fields, models
from odoo.exceptions import UserError

# the order in which the components of a relief are posted: what is waived cannot be
# capitalised any more, and what is forgiven is no part of the new schedule
RELIEF_TERMS = ("annual_rate", "method", "period", "day_count")
RELIEF_MONEY = ("balloon", "fee", "instalment_rounding")


class CarloanLoan(models.Model):
    """A relief in the ledger."""

    _inherit = "carloan.loan"

    def _apply_relief(self, request, revised, modification, date, index=0):
        """Post a relief and put its schedule in the place of the old one.

        Waive, then capitalise, then forgive, then the gain or loss; each event once,
        whatever is called how often. The caller holds who may do this and that the
        position is still the one that the offer was computed on.

        :param request: the record that asks for it; its model and id make the keys.
        :param Revised revised: engine result; `modification` of the same loans.
        :param date: day of the entries.
        :param int index: row of this loan in the engine's arrays.
        :return: the moves of the relief, in the order they were posted.
        """
        self.ensure_one()
        key = f"relief:{request._name}:{request.id}"
        loan = self.sudo()  # the relief room has checked who activates
        loan._lock()
        done = loan.schedule_ids.filtered(lambda s: s.event_key == key)
        if done:
            return loan._find_relief_moves(key)
        loan._check_state("active")
        date = fields.Date.to_date(date)
        loan._check_relief_date(date)
        class_before = loan.cn_class  # the postings below refresh it
        loan._post_relief_events(key, request, revised, modification, date, index)
        schedule = loan._create_relief_schedule(
            key, request, revised, modification, index
        )
        schedule.cn_class_before = class_before
        schedule._activate()
        self.env["carloan.ledger"]._draft_horizon(loan)
        loan._refresh_position()
        return loan._find_relief_moves(key)

    def _find_relief_moves(self, key):
        """Return the moves of a relief, by its key."""
        Move = self.env["account.move"].sudo()
        return Move.search(
            [
                ("carloan_loan_id", "=", self.id),
                ("carloan_event_key", "=like", f"{key}:%"),
            ],
            order="id",
        )

    def _check_relief_date(self, date):
        """Refuse a relief that would lie before what is already billed."""
        later = self.schedule_id.instalment_ids.filtered(
            lambda line: line.state == "billed" and line.due_date > date
        )
        if later:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: the relief is dated %(date)s, but the instalment "
                    "due %(due)s is already billed. Date the relief on or after "
                    "that day.",
                    loan=self.name,
                    date=date,
                    due=max(later.mapped("due_date")),
                )
            )

    def _post_relief_events(self, key, request, revised, modification, date, index):
        """Post what a relief changes in the books, in the order of the law."""
        ledger = self.env["carloan.ledger"]
        common = {"loan": self, "date": date, "vals": self._get_relief_vals(request)}
        for event in ("waive", "capitalise"):
            amounts = revised.waived if event == "waive" else revised.capitalised
            amounts = {name: int(values[index]) for name, values in amounts.items()}
            # posted one after the other: the second spreads over what the first left
            ledger._post_events(
                [
                    {
                        **common,
                        "event": event,
                        "key": f"{key}:{event}",
                        "amounts": amounts,
                        "splits": self._spread(amounts),
                    }
                ]
            )
        totals = {
            "forgive": {"principal": int(revised.forgiven[index])},
            "modify": {"loss": int(modification.loss[index])},
        }
        ledger._post_events(
            [
                {**common, "event": event, "key": f"{key}:{event}", "amounts": amounts}
                for event, amounts in totals.items()
            ]
        )

    def _get_relief_vals(self, request):
        """Return what links the moves of a relief to their request."""
        vals = {"ref": f"{self.name} - {request.display_name}"}
        vals.update(self._get_request_link("account.move", request))
        return vals

    def _get_request_link(self, model, request):
        """Return the link of a record to its request, by the field made for it."""
        return {
            name: request.id
            for name in ("carloan_request_id", "request_id")
            if (field := self.env[model]._fields.get(name))
            and field.comodel_name == request._name
        }

    def _create_relief_schedule(self, key, request, revised, modification, index):
        """Create the schedule of a relief, from what was computed and shown."""
        values = self._prepare_term_vals(revised.terms, index)
        values["event_key"] = key
        values.update(self._get_request_link("carloan.schedule", request))
        return self.env["carloan.schedule"]._create_from_engine(
            self,
            revised.after,
            index,
            "relief",
            unwind=modification.unwind,
            **values,
        )

    def _prepare_term_vals(self, terms, index=0):
        """Return the terms of one loan as values of its schedule."""
        values = {name: self._get_term(terms, name, index) for name in RELIEF_TERMS}
        for name in RELIEF_MONEY:
            values[name] = self._from_minor([getattr(terms, name)[index]])[0]
        values.update(
            due_day=int(terms.due_day[index]),
            date_from=terms.start_date[index].astype("datetime64[D]").item(),
        )
        return values

    @staticmethod
    def _get_term(terms, name, index):
        """Return a term as a Python value."""
        value = getattr(terms, name)[index]
        return value.item() if hasattr(value, "item") else value
