from collections import defaultdict

from odoo import models

from ...engine import allocation, relief_events, rest
from ..loan.selections import DUE_ROLES

# what takes an amount out of the register of suspended interest, by destination
REGISTER_EVENTS = {"waived": "waive", "capitalised": "capitalise"}


class CarloanLoan(models.Model):
    """Claims that a relief keeps, and that are due otherwise: held, or carried."""

    _inherit = "carloan.loan"

    # ------------------------------------------------------------------
    # HELD UNTIL COMPLETION
    # ------------------------------------------------------------------

    def _hold_conditional(
        self, position, revised, index, derecognise, key, date, request
    ):
        """Set aside what is waived on completion: neither due nor late until then.

        Recognised claims stay receivables, marked as held (with `derecognise` they
        have left the books); suspended ones move to a register of their own.
        """
        if not derecognise:
            amounts = relief_events.of_destination(
                position, revised, "conditional", index
            )
            lines = [
                vals
                for component, targets in self._spread(amounts).items()
                for line, amount in targets
                for vals in (
                    self._prepare_claim(component, -amount, line),
                    self._prepare_claim(component, amount, line, held=True),
                )
            ]
            self._post_claims("hold", lines, key, date, request)
        hidden = relief_events.in_register(position, revised, index)["conditional"]
        parts = self._take_from_register(hidden)
        self._record_register(parts, -1, "hold", f"{key}:held:out", date, request)
        self._record_register(
            parts, 1, "hold", f"{key}:held:in", date, request, plan_key=key
        )

    def _prepare_claim(self, component, amount, line, held=False, **vals):
        """Return a journal item on the receivable of a line; minor units, + debit."""
        if amount > 0:
            vals.update(self.env["carloan.ledger"]._get_line_shares(line, amount))
        return {
            **self.env["carloan.ledger"]._prepare_line_vals(
                self, DUE_ROLES[component], component, amount
            ),
            "date_maturity": line.date_maturity,
            "carloan_instalment_id": line.carloan_instalment_id.id,
            "carloan_held": held,
            **vals,
        }

    def _post_claims(self, event, lines, key, date, request=None, vals=None):
        """Post journal items that move claims within their receivables."""
        if not lines:
            return self.env["account.move"]
        vals = self._get_relief_vals(request) if request else vals or {}
        return self.env["carloan.ledger"]._post_events(
            [
                {
                    "loan": self,
                    "event": event,
                    "key": f"{key}:{event}",
                    "date": date,
                    "lines": lines,
                    "vals": vals,
                }
            ]
        )

    # ------------------------------------------------------------------
    # CARRIED INTO THE FIRST NEW INSTALMENT
    # ------------------------------------------------------------------

    def _collect_again(self, ahead, schedule, rows, key, date, request=None):
        """Let the instalments of a new schedule collect what the old ones would have.

        :param ahead: the claims, as `_find_claims_ahead` gave them
        :param rows: what each new instalment collects of claims, minor units
        """
        instalments = schedule.instalment_ids.sorted("sequence")
        for line, amount in zip(instalments, rows.tolist(), strict=False):
            if amount:
                line.carried = self._from_minor([amount])[0]
        self._move_claims(*ahead, "again", schedule, key, date, request)

    def _carry_interest(self, position, revised, index, schedule, key, date, request):
        """Let the new instalments collect interest that was owed before.

        It stays a claim, due with them, and is not billed again: they ask for that
        much less (`carried`), so no interest is income twice.
        """
        if not revised.carried["interest"][index]:
            return
        booked = relief_events.of_destination(position, revised, "carried", index)
        hidden = relief_events.in_register(position, revised, index)["carried"]
        self._move_claims(
            self._spread(booked)["interest"],
            self._take_from_register(hidden),
            "carry",
            schedule,
            key,
            date,
            request,
        )

    def _move_claims(self, targets, parts, name, schedule, key, date, request):
        """Move claims of interest to the instalments that collect them, in turn.

        :param targets: [(open line, minor units)] in the books
        :param parts: rows of the register
        """
        if not targets and not parts:
            return
        slots = self._find_room(schedule)
        lines = []
        for old, amount in targets:
            lines.append(self._prepare_claim("interest", -amount, old))
            lines += [
                self._prepare_claim(
                    "interest",
                    part,
                    old,
                    date_maturity=new.due_date,
                    carloan_instalment_id=new.id,
                )
                for new, part in self._fill(slots, amount)
            ]
        self._post_claims("carry", lines, f"{key}:{name}", date, request)
        out, back = f"{key}:{name}:out", f"{key}:{name}:in"
        self._record_register(parts, -1, "carry", out, date, request)
        moved = [
            {**row, "instalment": new, "due_date": new.due_date, **share}
            for row in parts
            for new, share in self._fill_register(slots, row)
        ]
        self._record_register(moved, 1, "carry", back, date, request)

    def _find_room(self, schedule):
        """Return [[instalment, minor units]]: what each still has to be given."""
        collecting = schedule.instalment_ids.filtered("carried").sorted("sequence")
        lines, parts = self._find_claims_ahead(collecting)
        given = dict.fromkeys(collecting, 0)
        for line, amount in lines:
            given[line.carloan_instalment_id] += amount
        for row in parts:
            given[row["instalment"]] += row["amount"]
        wanted = self._to_minor(collecting.mapped("carried"))
        return [
            [line, amount - given[line]]
            for line, amount in zip(collecting, wanted, strict=True)
        ]

    def _find_claims_ahead(self, instalments=None):
        """Return the claims that coming instalments collect: open lines and register.

        :param instalments: of these; by default of those to come
        :return: ([(line, minor units)], [register row])
        """
        if instalments is None:
            instalments = self.schedule_id.instalment_ids.filtered(
                lambda line: line.carried and line.state in ("planned", "drafted")
            )
        if not instalments:
            return [], []
        lines = self.env["carloan.ledger"]._get_open_lines(self)
        lines = lines.filtered(
            lambda line: (
                line.carloan_instalment_id in instalments
                and line.carloan_component == "interest"
                and line.amount_residual_currency > 0
            )
        )
        # each in the currency of its loan
        amounts = [
            line.carloan_loan_id._to_minor([line.amount_residual_currency])[0]
            for line in lines
        ]
        parts = [
            row
            for row in self.env["carloan.memo"]._get_balances(self)
            if row["instalment"] in instalments and row["component"] == "interest"
        ]
        return list(zip(lines, amounts, strict=True)), parts

    def _read_claims_ahead(self, rows, as_of):
        """Override: read what was carried into instalments still to come."""
        by_id = {row["id"]: row for row in rows}
        # sudo: what is owed is known whoever asks
        collecting = (
            self.env["carloan.instalment"]
            .sudo()
            .search(
                [
                    ("loan_id", "in", list(by_id)),
                    ("schedule_id.state", "=", "active"),
                    ("carried", "!=", 0.0),
                    "|",
                    ("state", "!=", "billed"),
                    ("due_date", ">", as_of),
                ]
            )
        )
        lines, parts = collecting.loan_id._find_claims_ahead(collecting)
        booked, hidden = defaultdict(int), defaultdict(int)
        for line, amount in lines:
            booked[line.carloan_loan_id] += amount
        for part in parts:
            hidden[part["loan"]] += part["amount"]
        for loan, coming in collecting.grouped("loan_id").items():
            claimed, row = booked[loan] + hidden[loan], by_id[loan.id]
            row["claimed"] = claimed
            row["overdue_interest"] += row["ahead_interest"] - claimed
            row["suspended_interest"] += row["ahead_suspended"] - hidden[loan]
            asked = sum(loan._to_minor(coming.mapped("carried")))
            left = rest.still_asked(row["unpaid"], row["carried"], asked - claimed)
            row["unpaid"], row["carried"] = map(int, left)

    @staticmethod
    def _fill(slots, amount):
        """Put an amount into the instalments that still have room, in turn."""
        result = []
        for slot in slots:
            part = min(slot[1], amount)
            if part:
                slot[1] -= part
                amount -= part
                result.append((slot[0], part))
        return result

    def _fill_register(self, slots, row):
        """Put a row of the register into the instalments that still have room."""
        ledger = self.env["carloan.ledger"]
        return [
            (new, ledger._get_share(row, part))
            for new, part in self._fill(slots, row["amount"])
        ]

    # ------------------------------------------------------------------
    # REGISTER
    # ------------------------------------------------------------------

    def _clear_register(self, position, revised, index, key, date, request):
        """Take out of the register what a relief waives or adds to the principal.

        :return: VAT within what joins the principal, which is due now, minor units
        """
        hidden = relief_events.in_register(position, revised, index)
        for name, event in REGISTER_EVENTS.items():
            parts = self._take_from_register(hidden[name])
            self._record_register(parts, -1, event, f"{key}:memo:{name}", date, request)
        tax = sum(part["vat"] for part in parts)  # of the last: what is capitalised
        self.env["carloan.ledger"]._post_events(
            [
                {
                    "loan": self,
                    "event": "capitalise",
                    "key": f"{key}:capitalise:vat",
                    "date": date,
                    "amounts": {"suspended_vat": tax},
                    "vals": self._get_relief_vals(request),
                }
            ]
        )
        return tax

    def _take_from_register(self, amounts, kind="suspended"):
        """Return the parts of the register that amounts by component take, by age."""
        balances = self.env["carloan.memo"]._get_balances(self, (kind,))
        result = []
        for component, amount in amounts.items():
            rows = [row for row in balances if row["component"] == component]
            if not amount or not rows:
                continue
            shares = allocation.allocate(
                [amount],
                [[row["amount"] for row in rows]],
                [[component] * len(rows)],
                [list(range(len(rows)))],
            )[0].tolist()
            get_share = self.env["carloan.ledger"]._get_share
            result += [
                {**row, **get_share(row, share)}
                for row, share in zip(rows, shares, strict=True)
                if share
            ]
        return result

    def _record_register(
        self, parts, sign, event, key, date, request=None, plan_key=None
    ):
        """Add parts to a register, or take them out (`sign` -1).

        :param plan_key: of the relief whose register of what it holds is meant
        """
        link = self._get_request_link("carloan.memo", request) if request else {}
        vals_list = self.env["carloan.ledger"]._prepare_memo_vals(
            {
                "loan": self,
                "kind": "held" if plan_key else "suspended",
                "memo_event": event,
                "key": key,
                "date": date,
                "parts": parts,
                "sign": sign,
                "memo_vals": {**link, "plan_key": plan_key},
            }
        )
        return self.env["carloan.memo"]._record(vals_list)
