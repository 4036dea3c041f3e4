from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .carloan_loan_late import LATE_TERMS
from .carloan_loan_terms import TERMS_DATES, TERMS_MONEY, TERMS_PLAIN

# what was signed: changes after the start only by a relief or a correction
SIGNED_FIELDS = {
    *TERMS_PLAIN,
    *TERMS_MONEY,
    *TERMS_DATES,
    *LATE_TERMS,
    "partner_id",
    "product_id",
    "vehicle_id",
    "company_id",
    "import_ref",
}
# what the ledger says: nobody writes it by hand, not even over RPC
LEDGER_FIELDS = {
    "name",
    "state",
    "schedule_id",
    "previous_schedule_id",
    "eir_period",
    "poci",
    "position_date",
    "principal_balance",
    "undue_principal",
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
    "overdue_amount",
    "credit_balance",
    "oldest_due_date",
    "dpd",
    "dpd_original",
    "bucket",
    "cn_class",
    "next_due_date",
    "next_amount",
    "adjustment_balance",
    "allowance_balance",
    "ifrs_stage",
    "ifrs_stage_date",
    "penalty_date",
    "penalty_free_until",
    "suspended_since",
    "resumed_on",
    "resumed_dpd",
}


class CarloanLoan(models.Model):
    """Who may write what on a loan: what was signed and what the ledger says stay."""

    _inherit = "carloan.loan"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to number the loans, one sequence call per company."""
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            # what a form sends along with a new record
            sent = {name: value for name, value in vals.items() if value}
            for name, value in (("name", "/"), ("state", "draft")):
                if sent.get(name) == value:
                    del sent[name]
            self._check_ledger_fields(sent)
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("carloan.loan") or "/"
        return super().create(vals_list)

    def write(self, vals):
        """Override to keep what was signed and what the ledger says out of reach."""
        self._check_ledger_fields(vals)
        signed = SIGNED_FIELDS & set(vals)
        if signed and not self.env.su:
            for loan in self:
                if loan.state != "draft":
                    loan._raise_signed(signed)
        return super().write(vals)

    def _check_ledger_fields(self, vals):
        """Refuse values that only postings may write, empty ones too."""
        forged = LEDGER_FIELDS & set(vals)
        if forged and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s of a loan follow from its entries and cannot be "
                    "written. Use the buttons of the loan.",
                    fields=", ".join(sorted(forged)),
                )
            )

    def _raise_signed(self, names):
        labels = [self._fields[name]._description_string(self.env) for name in names]
        raise UserError(
            self.env._(
                "Loan %(loan)s has been paid out: %(fields)s stay as signed. A change "
                "of terms is a relief request.",
                loan=self.name,
                fields=", ".join(sorted(labels)),
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for loan in self:
            if loan.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._(
                        "Loan %(loan)s is in the books and cannot be deleted.",
                        loan=loan.name,
                    )
                )
