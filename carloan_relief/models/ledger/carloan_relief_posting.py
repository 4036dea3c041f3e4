from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import frozen, relief_events, vat
from ...engine.measures import COMPONENTS

# events of a relief that settle receivables: spread over the oldest first
SETTLING = ("waive", "capitalise")
RELIEF_TERMS = ("annual_rate", "method", "period", "day_count")
RELIEF_MONEY = ("balloon", "fee", "instalment_rounding")


class CarloanLoan(models.Model):
    """A relief in the ledger."""

    _inherit = "carloan.loan"

    def _apply_relief(
        self,
        request,
        revised,
        modification,
        date,
        index=0,
        derecognise=False,
        new_rate=None,
    ):
        """Post a relief and put its schedule in the place of the old one.

        The events are the engine's (`relief_events.of_relief`), each posted once,
        whatever is called how often. The caller holds who may do this and that the
        position is still the one that the offer was computed on.

        :param request: the record that asks for it; its model and id make the keys.
        :param Revised revised: engine result; `modification` of the same loans.
        :param date: day of the entries.
        :param int index: row of this loan in the engine's arrays.
        :param bool derecognise: what is waived on completion leaves the books now and
            is reinstated by a break, instead of being provided for and kept.
        :param float new_rate: of a substantial modification: `modification` is an
            exchange for a new claim with this effective rate per period.
        :return: the moves of the relief, in the order they were posted.
        """
        self.ensure_one()
        key = f"relief:{request._name}:{request.id}"
        # sudo: the relief room has checked who activates; the interest that is
        # suspended stays as it was when the offer was computed, until all is posted
        loan = self.sudo().with_context(carloan_keep_suspension=True)
        loan._lock()
        done = loan.schedule_ids.filtered(lambda s: s.event_key == key)
        if done:
            return loan._find_relief_moves(key)
        loan._check_state("active")
        date = fields.Date.to_date(date)
        loan._check_relief_date(date)
        class_before = loan.cn_class  # the postings below refresh it
        position, _ids = loan._get_positions(date, strict=True)
        position = position.take([0] * len(revised.forgiven))
        common = {"key": key, "date": date, "request": request}
        events = relief_events.of_relief(
            position,
            revised,
            modification,
            index,
            derecognise=derecognise,
            exchange=new_rate is not None,
        )
        loan._post_relief_events(events, **common)
        loan._hold_conditional(position, revised, index, derecognise, **common)
        tax = loan._clear_register(position, revised, index, **common)
        schedule = loan._create_relief_schedule(
            key, request, revised, modification, index, tax
        )
        schedule.cn_class_before = class_before
        if new_rate is not None:
            loan._begin_new_claim(schedule, new_rate)
        ahead = loan._find_claims_ahead()
        schedule._activate()
        loan._collect_again(ahead, schedule, revised.collected[index], **common)
        loan._carry_interest(position, revised, index, schedule, **common)
        self.env["carloan.ledger"]._draft_horizon(loan)
        self.sudo()._refresh_position()
        return self.sudo()._find_relief_moves(key)

    def _begin_new_claim(self, schedule, rate):
        """Note that a schedule is that of a new claim, impaired from its beginning."""
        schedule.write({"exchanged": True, "eir_before": self.eir_period})
        self.write({"eir_period": rate, "poci": True})

    def _end_new_claim(self, schedule):
        """Go back to the claim before the one that a schedule began."""
        if not schedule.exchanged:
            return
        earlier = self.schedule_ids.filtered(
            lambda one: one.exchanged and one.version < schedule.version
        )
        standing = earlier.filtered(lambda one: one.state != "undone")
        self.write({"eir_period": schedule.eir_before, "poci": bool(standing)})

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

    def _post_relief_events(self, events, key, date, request):
        """Post what a relief changes in the books, in the order of the engine."""
        ledger = self.env["carloan.ledger"]
        vals = self._get_relief_vals(request)
        seen = []
        for name, amounts in events:
            event = {
                "loan": self,
                "event": name,
                "key": f"{key}:{name}" + (":2" if name in seen else ""),
                "date": date,
                "amounts": amounts,
                "vals": vals,
            }
            seen.append(name)
            if name in SETTLING:
                # one after the other: the second spreads over what the first left
                due = {c: amounts[c] for c in COMPONENTS}
                event["splits"] = self._spread(due)
            if name == "waive":
                targets = [pair for pairs in event["splits"].values() for pair in pairs]
                event["amounts"] = relief_events.with_vat(
                    amounts, ledger._get_pending_vat(targets)
                )
            ledger._post_events([event])

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

    def _create_relief_schedule(self, key, request, revised, modification, index, tax):
        """Create the schedule of a relief, from what was computed and shown.

        :param int tax: VAT that the interest adjustment bears, minor units
        """
        values = self._prepare_term_vals(revised.terms, index)
        values["event_key"] = key
        values.update(self.schedule_id._get_unearned_link(revised, index))
        values.update(self._get_request_link("carloan.schedule", request))
        return self.env["carloan.schedule"]._create_from_engine(
            self,
            revised.after,
            index,
            "relief",
            unwind=vat.less_tax(modification.unwind, revised.after.principal, tax),
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
            engine_terms=frozen.freeze(terms, index),
        )
        return values

    @staticmethod
    def _get_term(terms, name, index):
        """Return a term as a Python value."""
        value = getattr(terms, name)[index]
        return value.item() if hasattr(value, "item") else value
