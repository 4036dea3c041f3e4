from odoo import Command, api, models
from odoo.exceptions import UserError

from .account_specs import CURRENCY_ROLES

# what Odoo would work out, record by record, to say the same of every entry of ours:
# none is an invoice, has a tax or concerns a product
GIVEN_MOVE = {"fiscal_position_id": False, "always_tax_exigible": True}
GIVEN_LINE = {
    "display_type": "product",
    "quantity": 1.0,
    "price_unit": 0.0,
    "product_uom_id": False,
    "tax_ids": False,
    "sequence": 100,
}


class CarloanLedger(models.AbstractModel):
    """Loans in a foreign currency: entries in both currencies.

    The loan is owed in its own currency (`amount_currency`); the books of the company
    keep each entry at the rate of its day (`balance`). What lies between two days is
    an exchange difference, which Odoo posts when it matches the two.
    """

    _inherit = "carloan.ledger"

    # ------------------------------------------------------------------
    # NEW ENTRIES
    # ------------------------------------------------------------------

    def _convert_moves(self, vals_list):
        """Return values of moves with their journal items in both currencies."""
        for vals in vals_list:
            self._check_line_companies(vals)
        rates = {}  # many entries of a night are of the same day
        return [self._convert_move(vals, rates) for vals in vals_list]

    def _check_line_companies(self, vals):
        """Refuse items of loans or instalments of another company than the entry's."""
        lines = [command[2] for command in vals["line_ids"]]
        for model, name in (
            ("carloan.loan", "carloan_loan_id"),
            ("carloan.instalment", "carloan_instalment_id"),
        ):
            ids = {line[name] for line in lines if line.get(name)}
            records = self.env[model].sudo().browse(ids)
            if any(one.company_id.id != vals["company_id"] for one in records):
                raise UserError(
                    self.env._(
                        "%(record)s belongs to another company than its entry: "
                        "nothing was posted.",
                        record=", ".join(records[:3].mapped("display_name")),
                    )
                )

    def _convert_move(self, vals, rates):
        """Return the values of one move, its items converted at its date.

        With them goes whatever Odoo would otherwise compute: half of its time.
        """
        lines = [command[2] for command in vals["line_ids"]]
        company = self.env["res.company"].browse(vals["company_id"])
        currency_ids = {line["currency_id"] for line in lines if "currency_id" in line}
        currency = self.env["res.currency"].browse(currency_ids)
        currency = currency or company.currency_id
        key = (company, currency, vals["date"])
        if key not in rates:
            rates[key] = self._get_rate(*key)
        lines = self._convert_lines(lines, currency, company, rates[key])
        if currency != company.currency_id:
            vals = {**vals, "currency_id": currency.id}
        return {
            **GIVEN_MOVE,
            **vals,
            "line_ids": [Command.create({**GIVEN_LINE, **line}) for line in lines],
        }

    @api.model
    def _get_rate(self, company, currency, date):
        """Return what one unit of a loan's currency is worth in the books on a day.

        :raise UserError: where nobody entered a rate: Odoo would take 1 in silence
        """
        if currency == company.currency_id:
            return 1.0
        if not self._has_rate(company, currency):
            raise UserError(
                self.env._(
                    "There is no exchange rate of %(currency)s in %(company)s, so an "
                    "entry of %(date)s cannot be converted. Enter one under "
                    "Accounting > Configuration > Currencies.",
                    currency=currency.name,
                    company=company.display_name,
                    date=date,
                )
            )
        return currency._get_conversion_rate(
            currency, company.currency_id, company=company, date=date
        )

    def _has_rate(self, company, currency):
        """Whether a rate between the two currencies was ever entered."""
        Rate = self.env["res.currency.rate"].sudo()  # a rate is no secret
        domain = [
            ("currency_id", "in", (currency | company.currency_id).ids),
            ("company_id", "in", (False, company.root_id.id)),
        ]
        return bool(Rate.search_count(domain, limit=1))

    def _convert_lines(self, lines, currency, company, rate, total=0.0):
        """Return journal items in both currencies that add up to `total`.

        :param lines: values whose `balance` is in `currency`
        :param float total: sum of the balances, in the currency of the company. What
            rounding leaves goes to the largest item.
        """
        books = company.currency_id
        converted = [
            {
                **line,
                "currency_id": currency.id,
                "amount_currency": line["balance"],
                "balance": books.round(line["balance"] * rate),
            }
            for line in lines
        ]
        if currency != books and converted:
            rest = total - sum(line["balance"] for line in converted)
            largest = max(converted, key=lambda line: abs(line["balance"]))
            largest["balance"] = books.round(largest["balance"] + rest)
        return converted

    def _get_foreign_lines(self, loans):
        """Return the unsettled balance-sheet items of loans in a foreign currency.

        Matching principal lent with principal due lets Odoo book the exchange
        difference of each instalment, so that nothing stays when the loan is repaid.
        """
        foreign = loans.filtered(
            lambda loan: loan.currency_id != loan.company_id.currency_id
        )
        if not foreign:
            return self.env["account.move.line"]
        lines = self._get_open_lines(foreign, CURRENCY_ROLES)
        return lines.filtered("account_id.reconcile")

    # ------------------------------------------------------------------
    # DRAFTS
    # ------------------------------------------------------------------

    def _convert_drafts(self, moves):
        """Convert draft bills anew: the rate of their day came after they were made."""
        for move in moves:
            if (
                move.state == "draft"
                and move.carloan_event == "bill"
                and not move.reversed_entry_id
                and move.currency_id != move.company_id.currency_id
            ):
                self._convert_draft(move)

    def _convert_draft(self, move):
        """Write the balances of one draft at the rate of its date."""
        currency, company = move.currency_id, move.company_id
        rate = self._get_rate(company, currency, move.date)
        lines = [{"id": x.id, "balance": x.amount_currency} for x in move.line_ids]
        converted = self._convert_lines(lines, currency, company, rate)
        # sudo: whoever may post the bill may let it be converted
        move.sudo().with_context(skip_invoice_sync=True).write(
            {
                "line_ids": [
                    Command.update(line["id"], {"balance": line["balance"]})
                    for line in converted
                ]
            }
        )
