from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..loan.carloan_loan_guard import LEDGER_FIELDS

# written by what happens in the cases, by no form and no RPC call
LEDGER_FIELDS |= {"dunning_stop", "dunning_stop_since", "penalty_stop"}


class CarloanLoan(models.Model):
    """What an open case or a plan in force keeps from being done to a loan."""

    _inherit = "carloan.loan"

    dunning_stop = fields.Boolean(
        "Collection Stopped",
        readonly=True,
        copy=False,
        index=True,
        help="A relief is in force, or the law protects the borrower while a case is "
        "open: nobody demands money until the plan ends or breaks.",
    )
    dunning_stop_since = fields.Date(
        "Collection Stopped Since", readonly=True, copy=False
    )
    penalty_stop = fields.Boolean(
        "No Penalty While the Plan Is Kept", readonly=True, copy=False
    )
    enforcement_stayed = fields.Boolean(
        compute="_compute_enforcement_stayed",
        search="_search_enforcement_stayed",
        help="Repossession, write-off or both are not allowed at present.",
    )
    stay_text = fields.Char(
        "Why Enforcement Is Stayed", compute="_compute_enforcement_stayed"
    )

    # ------------------------------------------------------------------ STAY
    @api.depends("request_ids.stay_from", "request_ids.stay_until")
    def _compute_enforcement_stayed(self):
        cases = self._find_staying()
        for loan in self:
            loan.enforcement_stayed = loan in cases
            loan.stay_text = loan in cases and loan._get_stay_text(cases[loan])

    @api.model
    def _search_enforcement_stayed(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: the law protects whoever looks
        Request = self.env["carloan.relief.request"].sudo()
        ids = Request.search(self._get_staying_domain()).loan_id.ids
        return Domain("id", "in" if True in value else "not in", ids)

    @api.model
    def _get_staying_domain(self):
        """Return which cases stay enforcement today, company by company."""
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("stay_from", "<=", company._get_carloan_day())
            & (
                Domain("stay_until", "=", False)
                | Domain("stay_until", ">=", company._get_carloan_day())
            )
            # sudo: the search is limited by the rules on loans
            for company in self.env["res.company"].sudo().search([])
        )

    def _find_staying(self):
        """Return {loan: the case that stays enforcement}, by one query."""
        # sudo: a case of another team protects the borrower all the same
        cases_sudo = (
            self.env["carloan.relief.request"]
            .sudo()
            .search(
                self._get_staying_domain() & Domain("loan_id", "in", self.ids),
                order="id",
            )
        )
        return {case.loan_id.with_env(self.env): case for case in cases_sudo}

    def _get_stay_text(self, case_sudo):
        """Return why and until when enforcement is stayed."""
        if case_sudo.stay_until:
            until = fields.Date.to_string(case_sudo.stay_until)
        else:
            until = self.env._("the borrower was told a decision")
            if case_sudo.clock_due:
                until = self.env._(
                    "the borrower was told a decision, due on %(date)s",
                    date=fields.Date.to_string(case_sudo.clock_due),
                )
        return self.env._(
            "Request %(request)s stays enforcement since %(since)s until %(until)s "
            "(%(law)s).",
            request=case_sudo.name,
            since=fields.Date.to_string(case_sudo.stay_from),
            until=until,
            law=case_sudo.protection_id.source,
        )

    def _check_not_stayed(self, step):
        """Refuse a step against the borrower that the law stays.

        :param str step: of ``carloan_relief_protection.STEPS``
        """
        for loan, case_sudo in self._find_staying().items():
            if case_sudo.protection_id._stays(step):
                raise UserError(
                    self.env._(
                        "Loan %(loan)s: this step is not allowed now. %(reason)s "
                        "Decide the request and tell the borrower first.",
                        loan=loan.name,
                        reason=loan._get_stay_text(case_sudo),
                    )
                )

    # --------------------------------------------------------------- DUNNING
    def _sync_dunning_stop(self):
        """Stop collection of these loans, or let it go on, as their cases say."""
        # sudo: written by the system alone, whoever moves a case
        for loan_sudo in self.sudo():
            days = {
                case: day
                for case in loan_sudo.request_ids
                if (day := case._get_stop_day())
            }
            plans = [case for case in days if case.state in case._get_plan_states()]
            free = any(case.protection_id.stop_penalty for case in plans)
            loan_sudo._set_dunning_stop(min(days.values(), default=False), free)

    def _set_dunning_stop(self, since, free):
        """Write what changed; days without penalty are not charged later."""
        vals = {
            "dunning_stop": bool(since),
            "dunning_stop_since": since,
            "penalty_stop": free,
        }
        changed = {name: value for name, value in vals.items() if self[name] != value}
        if changed.get("penalty_stop") is False:
            day = self.company_id._get_carloan_day()
            changed.update(penalty_date=day, penalty_free_until=day)
        if changed:
            self.write(changed)
