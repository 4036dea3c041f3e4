"""One difficulty, one case: what else the borrower has asked for."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..relief.relief_request import OPEN_STATES


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    sibling_text = fields.Text(
        "Open on Other Loans", compute="_compute_sibling_text", compute_sudo=True
    )
    previous_text = fields.Char(
        "Request Before", compute="_compute_previous_text", compute_sudo=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: name the case that is open already, and who has it."""
        self._check_none_open(
            [
                vals.get("loan_id")
                for vals in vals_list
                if vals.get("state", "draft") in OPEN_STATES
            ]
        )
        return super().create(vals_list)

    @api.model
    def _check_none_open(self, loan_ids):
        """Refuse a second open case of a loan; an index stops what comes at once."""
        # sudo: a case of another team counts as well
        found_sudo = self.sudo().search(
            [("loan_id", "in", loan_ids), ("state", "in", OPEN_STATES)], limit=1
        )
        if found_sudo:
            raise UserError(
                self.env._(
                    "Loan %(loan)s already has an open relief request: %(request)s "
                    "(%(state)s, officer %(user)s). Continue that one, or have it "
                    "withdrawn first.",
                    loan=found_sudo.loan_id.name,
                    request=found_sudo.name,
                    state=found_sudo._get_state_label(),
                    user=found_sudo.user_id.name or "-",
                )
            )

    def _submit(self):
        """Override: a hardship that is no longer on the list is not a reason."""
        if self.state == "draft" and self.reason_id and not self.reason_id.active:
            raise UserError(
                self.env._(
                    "Request %(request)s names a hardship that is no longer used: "
                    "%(reason)s. Choose one of the list, then submit it.",
                    request=self.name,
                    reason=self.reason_id.name,
                )
            )
        return super()._submit()

    @api.depends("partner_id", "loan_id")
    def _compute_sibling_text(self):
        """Name the open cases of the same borrower, all loans of this company."""
        domain = (
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "in", OPEN_STATES)
        )
        groups = self.search(domain, order="id").grouped(
            lambda one: (one.partner_id, one.company_id)
        )
        for request in self:
            others = groups.get((request.partner_id, request.company_id), self.browse())
            others -= request._origin
            request.sibling_text = "\n".join(
                self.env._(
                    "%(request)s on loan %(loan)s: %(state)s, officer %(user)s",
                    request=other.name,
                    loan=other.loan_id.name,
                    state=other._get_state_label(),
                    user=other.user_id.name or "-",
                )
                for other in others
                if other.loan_id != request.loan_id
            )

    @api.depends("loan_id")
    def _compute_previous_text(self):
        """Name the last closed case of the loan and how it ended."""
        closed = self.search(
            [
                ("loan_id", "in", self.loan_id.ids),
                ("state", "not in", OPEN_STATES),
            ],
            order="id",
        )
        by_loan = {one.loan_id: one for one in closed}
        for request in self:
            last = by_loan.get(request.loan_id)
            if not last or last == request._origin:
                request.previous_text = False
                continue
            request.previous_text = self.env._(
                "%(request)s of %(date)s: %(state)s",
                request=last.name,
                date=fields.Date.to_string(last.create_date),
                state=last._get_state_label(),
            )
