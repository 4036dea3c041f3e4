from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from ..loan.selections import COMPONENT_SELECTION, ROLE_SELECTION
from .account_move import check_carloan_fields

# what a reversal takes over, so that the sub-ledger follows the ledger
CARLOAN_FIELDS = (
    "carloan_role",
    "carloan_component",
    "carloan_held",
    "carloan_vat_pending",
)
CARLOAN_LINKS = ("carloan_loan_id", "carloan_instalment_id")


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # their company is checked for all items of a batch at once, where they are made
    # (carloan.ledger): the check of the ORM takes a tenth of the time of a posting
    carloan_loan_id = fields.Many2one(
        "carloan.loan",
        string="Car loan",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )
    carloan_instalment_id = fields.Many2one(
        "carloan.instalment",
        string="Car-loan instalment",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )
    carloan_role = fields.Selection(
        ROLE_SELECTION, string="Car-loan role", index="btree_not_null", copy=False
    )
    carloan_component = fields.Selection(
        COMPONENT_SELECTION,
        string="Car-loan component",
        index="btree_not_null",
        copy=False,
    )
    # what the entry says, kept on its items: a query over the items of a whole book
    # need not look up millions of entries
    carloan_event = fields.Selection(
        related="move_id.carloan_event", store=True, precompute=True
    )

    carloan_held = fields.Boolean(
        string="Waived on completion",
        copy=False,
        help="Neither due nor late while the plan is kept, and waived in the end.",
    )
    carloan_vat = fields.Monetary(
        string="VAT within",
        currency_field="currency_id",
        copy=False,
        help="VAT that this receivable includes.",
    )
    carloan_to_allowance = fields.Monetary(
        string="Raised the allowance",
        currency_field="currency_id",
        copy=False,
        help="What of this receivable was no income: the loan was impaired.",
    )
    carloan_vat_pending = fields.Boolean(
        string="VAT on receipt",
        copy=False,
        help="The VAT becomes due when the money comes in.",
    )

    def _auto_init(self):
        """Override of the ORM: the items of books without loans stay as they are.

        It would compute the event of each; those of loans get theirs by a migration.
        """
        if not column_exists(self.env.cr, self._table, "carloan_event"):
            create_column(self.env.cr, self._table, "carloan_event", "varchar")
        return super()._auto_init()

    # the ORM's own returns nothing
    def _add_precomputed_values(self, vals_list):  # pylint: disable=missing-return
        """Override of the ORM: items of ours come with their values.

        The ORM makes a virtual record for each item to find them. What is missing
        here (a field of another addon) it still adds.
        """
        added = [
            self._add_carloan_values(vals)
            if vals.get("carloan_role") and "amount_currency" in vals
            else ()
            for vals in vals_list
        ]
        super()._add_precomputed_values(vals_list)
        for vals, names in zip(vals_list, added, strict=True):
            vals.setdefault("__precomputed__", set()).update(
                self._fields[name] for name in names
            )

    def _add_carloan_values(self, vals):
        """Add what follows from the entry and the balance of an item.

        :return: the names of what was added
        """
        move = self.env["account.move"].browse(vals["move_id"])
        if move.is_storno or vals.get("is_storno"):  # a reversal in red figures
            return ()
        company, balance = move.company_id, vals["balance"]
        added = {
            "journal_id": move.journal_id.id,
            "company_id": company.id,
            "company_currency_id": company.currency_id.id,
            "debit": max(balance, 0.0),
            "credit": max(-balance, 0.0),
            "carloan_event": move.carloan_event,
            "is_storno": False,
            "tax_line_id": False,
            "tax_group_id": False,
        }
        precomputed = (name for name, field in self._fields.items() if field.precompute)
        if any(name not in vals and name not in added for name in precomputed):
            return ()  # the ORM finds the rest, and then all of them, by itself
        vals.update(added)
        return tuple(added)

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: only postings of ours write car-loan fields."""
        for vals in vals_list:
            check_carloan_fields(self.env, vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override of `account`: only postings of ours write car-loan fields."""
        check_carloan_fields(self.env, vals, self)
        return super().write(vals)

    def _compute_totals(self):
        """Override of `account`: an item of ours has no tax, so nothing to add."""
        own = self.filtered(
            lambda line: (
                line.carloan_role
                and line.display_type == "product"
                and not line.tax_ids
            )
        )
        for line in own:
            line.price_subtotal = line.price_total = line.amount_currency
        return super(AccountMoveLine, self - own)._compute_totals()

    def _copy_data_extend_business_fields(self, values):
        """Override of `account` to keep loan and role on the lines of a reversal."""
        result = super()._copy_data_extend_business_fields(values)
        values.update(self._get_carloan_vals())
        return result

    def _prepare_exchange_difference_move_vals(
        self, amounts_list, company=None, exchange_date=None, **kwargs
    ):
        """Override of `account`: a loan's exchange difference belongs to the loan."""
        vals = super()._prepare_exchange_difference_move_vals(
            amounts_list, company=company, exchange_date=exchange_date, **kwargs
        )
        lines = {line.id: line for line in self if line.carloan_loan_id}
        if not vals or not lines:
            return vals
        for command in vals["move_values"]["line_ids"]:
            # the item on the account of the difference settles no line
            for _code, _id, settled in command[2].get("reconciled_lines_ids", ()):
                line = lines.get(settled[0])
                if line:
                    command[2].update(line._get_carloan_vals())
                    command[2]["date_maturity"] = line.date_maturity
        loans = self.carloan_loan_id
        vals["move_values"]["carloan_loan_id"] = loans.id if len(loans) == 1 else False
        return vals

    def _get_carloan_vals(self):
        """Return what says where this item stands in the loans."""
        vals = {name: self[name] for name in CARLOAN_FIELDS}
        vals.update({name: self[name].id for name in CARLOAN_LINKS})
        return vals

    @api.model
    def _create_exchange_difference_moves(self, exchange_diff_values_list):
        """Override of `account`: exchange differences of loans are the system's own."""
        own = any(
            vals["move_values"].get("carloan_loan_id")
            for vals in exchange_diff_values_list
        )
        if not own:
            return super()._create_exchange_difference_moves(exchange_diff_values_list)
        # sudo: only the system writes car-loan fields; whoever matches journal items
        # was allowed to by the rights on them
        moves = super(AccountMoveLine, self.sudo())._create_exchange_difference_moves(
            exchange_diff_values_list
        )
        return moves.sudo(self.env.su)
