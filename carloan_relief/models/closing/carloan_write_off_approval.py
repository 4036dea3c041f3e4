from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanWriteOff(models.Model):
    """Approval by as many persons, and of such a role, as the amount asks for."""

    _inherit = "carloan.write.off"

    amount = fields.Monetary(
        string="To be written off",
        compute="_compute_amount",
        compute_sudo=True,
        help="What is owed now: in the books, held until a plan is completed or not, "
        "and suspended beside them.",
    )
    tier_id = fields.Many2one(
        "carloan.write.off.tier",
        string="Authority",
        compute="_compute_tier_id",
        compute_sudo=True,
    )
    approval_ids = fields.Many2many(
        "res.users",
        "carloan_write_off_approval_rel",
        "write_off_id",
        "user_id",
        string="Approvals",
        # who left since has approved all the same
        context={"active_test": False},
        readonly=True,
        copy=False,
    )

    @api.depends("loan_id", "state")
    def _compute_amount(self):
        for case in self:
            case.amount = case._get_amount()

    def _get_amount(self):
        """Return what is to be written off as the books stand now."""
        loan = self.loan_id
        if not loan:
            return 0.0
        held = sum(loan._find_held_lines().mapped("amount_residual_currency"))
        return loan.undue_principal + loan.overdue_amount + held

    @api.depends("amount", "date", "company_id")
    def _compute_tier_id(self):
        Tier = self.env["carloan.write.off.tier"]
        for case in self:
            case.tier_id = case.company_id and Tier._get_for(
                case.company_id, case.date, case._get_company_amount()
            )

    def _get_company_amount(self):
        """Return the amount in the currency of the company."""
        company = self.company_id
        return self.currency_id._convert(
            self.amount, company.currency_id, company, self.date
        )

    def _get_approval_roles(self, tier=None):
        """Return the roles that still have to approve, in turn.

        :param tier: the row that decides, that of the books as they stand now if empty
        """
        tier_sudo = (tier or self.tier_id).sudo()  # the same for all who look
        if not tier_sudo:
            raise UserError(
                self.env._(
                    "Nobody has the authority to write off %(amount)s of loan "
                    "%(loan)s. A manager adds a row under Car Loans > Configuration > "
                    "Authority to Write Off.",
                    amount=self.amount,
                    loan=self.loan_id.name,
                )
            )
        return tier_sudo._get_roles()[len(self.approval_ids) :]

    def action_approve(self):
        """Approve the write-off; what is large takes a second person."""
        for case in self:
            roles = case._get_approval_roles() or ["approver"]
            case._check_roles(*case._get_allowed(roles[0]))
            case._check_case_state("to_approve")
            case._check_other_than(case.proposer_id | case.approval_ids)
            case._check_evidence()
            # sudo: decisions are written by the buttons alone
            case.sudo().approval_ids += self.env.user
            if not case._get_approval_roles():
                case._set_approved()
            else:
                case._ask_second()
        return True

    @staticmethod
    def _get_allowed(role):
        """Return the roles that may act as one: a manager is an approver, too."""
        return ("approver", "manager") if role == "approver" else (role,)

    def _ask_second(self):
        """Note the first approval; a second person has to look as well."""
        # sudo: approvers read cases of teams they are not in
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        self.sudo()._message_log(
            body=self.env._(
                "Approved by %(user)s; %(tier)s asks for a second person.",
                user=self.env.user.name,
                tier=self.sudo().tier_id.name,
            )
        )

    def _set_approved(self):
        self._set_state(
            "approved", self.env._("Write-off approved."), decider_id=self.env.uid
        )
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def _check_authority(self, claim):
        """Refuse what is beyond the authority that approved it.

        :param float claim: what was written off: penalties of the last days are in it
        """
        company = self.company_id
        amount = self.currency_id._convert(
            claim, company.currency_id, company, self.date
        )
        Tier = self.env["carloan.write.off.tier"]
        tier_sudo = Tier._get_for(company, self.date, amount)
        if self._get_approval_roles(tier_sudo):
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s is %(amount)s by now: %(tier)s asks for "
                    "another approval. Reject it, and propose anew.",
                    case=self.name,
                    loan=self.loan_id.name,
                    amount=claim,
                    tier=tier_sudo.name,
                )
            )
