"""Pay online: choose an amount, pay by a provider, see it on the loan."""

import math

from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.carloan_relief.tools.bank.cells import CellError, read_amount
from odoo.addons.payment.controllers.portal import PaymentPortal

from .common import carloan_route
from .loan import LoanPortal

# what Odoo's payment form sends beside the amount
FORM_KEYS = {
    "provider_id",
    "payment_method_id",
    "token_id",
    "flow",
    "tokenization_requested",
    "landing_route",
    "is_validation",
    "access_token",
    "payment_reference",
    "csrf_token",
}


class LoanPayment(LoanPortal, PaymentPortal):
    """The borrower's payments; the amounts are the server's, never the page's."""

    def _get_loan_values(self, loan_sudo):
        """Override to offer payment, and to say what became of the last one."""
        return {
            **super()._get_loan_values(loan_sudo),
            "can_pay": loan_sudo._portal_can_pay(),
            "last_transaction": loan_sudo._portal_last_transaction(),
        }

    @carloan_route("/my/loans/<int:loan_id>/pay")
    def portal_pay(self, loan_id, what="", amount="", **kwargs):
        """Show the amounts that may be paid, and the payment form for one of them."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        if not loan_sudo._portal_can_pay():
            self._tell("warning", loan_sudo._portal_closed_text())
            return self._redirect(f"/my/loans/{loan_id}")
        choices = loan_sudo._portal_pay_choices()
        if what != "other" and what not in choices:
            what = next(iter(choices), "other")
        values = {"choices": choices, "what": what, "refusal": "", "asked": amount}
        try:
            chosen = self._read_pay_amount(loan_sudo, what, amount)
        except UserError as error:
            chosen, values["refusal"] = 0.0, str(error) if amount else ""
        if chosen:
            values.update(self._get_pay_form_values(loan_sudo, what, chosen))
        return request.render(
            "carloan_relief_portal.portal_pay",
            self._page_values("carloan", loan=loan_sudo, chosen=chosen, **values),
        )

    @carloan_route(
        "/my/loans/<int:loan_id>/pay/<any(due, overdue, next, other):what>/transaction",
        type="jsonrpc",
        website=False,
    )
    def portal_pay_transaction(self, loan_id, what, amount=None, **kwargs):
        """Create the transaction of a payment and return how to process it.

        Partner, currency and, but for another amount, the amount are set here.
        """
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._refuse_payment(request.env._("This loan does not exist."))
        if not self._is_form_call(kwargs):
            return self._refuse_payment(
                request.env._("Open the payment page and try again.")
            )
        if not loan_sudo._portal_can_pay():
            raise UserError(loan_sudo._portal_closed_text())
        for name in ("access_token", "payment_reference"):
            kwargs.pop(name, None)  # the session says who pays, the loan for what
        self._validate_transaction_kwargs(kwargs)
        kwargs.update(
            amount=self._read_pay_amount(loan_sudo, what, amount),
            currency_id=loan_sudo.currency_id.id,
            partner_id=request.env.user.partner_id.id,
            landing_route=f"/my/loans/{loan_sudo.id}",
            reference_prefix=loan_sudo.name,
            is_validation=False,
        )
        tx_sudo = self._create_transaction(
            custom_create_values={"carloan_loan_id": loan_sudo.id}, **kwargs
        )
        return tx_sudo._get_processing_values()

    @staticmethod
    def _refuse_payment(reason):
        """Return an answer that the payment form shows instead of going on."""
        return {"error": reason, "state": "error", "state_message": reason}

    @staticmethod
    def _is_form_call(kwargs):
        """Tell whether a call has what the payment form sends, and nothing else."""
        chosen = (kwargs.get("payment_method_id"), kwargs.get("token_id"))
        return (
            set(kwargs) <= FORM_KEYS
            and type(kwargs.get("provider_id")) is int
            and any(type(one) is int for one in chosen)
            and str(kwargs.get("flow")) in ("redirect", "direct", "token")
        )

    def _read_pay_amount(self, loan_sudo, what, amount):
        """Return the amount of a choice; another amount is read and bounded."""
        choices = loan_sudo._portal_pay_choices()
        if what in choices:
            return choices[what]["amount"]
        try:
            # 12,50 is refused: elsewhere it is twelve and a half, here it would be 1250
            number = float(read_amount(str(amount)[:20]))
        except CellError:
            number = math.nan
        return loan_sudo._portal_check_amount(number)

    def _get_pay_form_values(self, loan_sudo, what, amount):
        """Return what Odoo's payment form needs."""
        partner_sudo = request.env.user.partner_id.sudo()
        report = {}
        # sudo: borrowers read no providers, methods or tokens; only those that suit
        # the payment are shown, as in Odoo's own payment pages
        providers_sudo = request.env["payment.provider"].sudo()
        providers_sudo = providers_sudo._get_compatible_providers(
            loan_sudo.company_id.id,
            partner_sudo.id,
            amount,
            currency_id=loan_sudo.currency_id.id,
            report=report,
        )
        methods_sudo = request.env["payment.method"].sudo()
        methods_sudo = methods_sudo._get_compatible_payment_methods(
            providers_sudo.ids,
            partner_sudo.id,
            currency_id=loan_sudo.currency_id.id,
            report=report,
        )
        tokens_sudo = request.env["payment.token"].sudo()
        return {
            "amount": amount,
            "currency": loan_sudo.currency_id,
            "partner_id": partner_sudo.id,
            "providers_sudo": providers_sudo,
            "payment_methods_sudo": methods_sudo,
            "tokens_sudo": tokens_sudo._get_available_tokens(
                providers_sudo.ids, partner_sudo.id
            ),
            "availability_report": report,
            "transaction_route": f"/my/loans/{loan_sudo.id}/pay/{what}/transaction",
            "landing_route": f"/my/loans/{loan_sudo.id}",
            "access_token": "",
            "show_tokenize_input_mapping": self._compute_show_tokenize_input_mapping(
                providers_sudo
            ),
            # the form calls what it pays by this name
            "reference_prefix": loan_sudo.name,
        }
