"""What proves a consent, and what it means when there is none."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CarloanReliefConsent(models.Model):
    _inherit = "carloan.relief.consent"

    state = fields.Selection(
        selection_add=[("waived", "Gone on without")],
        ondelete={"waived": "set default"},
    )
    document_id = fields.Many2one(
        "carloan.document", "Paper", readonly=True, help="What the person agreed to."
    )
    request_state = fields.Selection(
        related="request_id.state", string="State of the Request"
    )
    signed_on = fields.Datetime(related="document_id.signed_on", string="Signed On")
    reason = fields.Char(readonly=True, help="Why it was refused, or gone on without.")
    effect_text = fields.Text("What It Means", compute="_compute_effect_text")

    @api.depends("role", "state", "request_id.offer_id")
    @api.depends_context("lang")
    def _compute_effect_text(self):
        for consent in self:
            consent.effect_text = consent._get_effect_text()

    def _is_missing(self):
        """Override: a manager may go on without a guarantor."""
        return super()._is_missing() and self.state != "waived"

    # ------------------------------------------------------------------ EFFECT
    def _get_effect_text(self):
        """Say what the change means for the person, with and without consent."""
        self.ensure_one()
        if self.role == "co_borrower":
            return self.env._(
                "A co-borrower owes the whole debt and is a party of the contract: "
                "without this consent it is not changed, and the plan cannot begin."
            )
        if self.role == "mortgagor":
            return self.env._(
                "The mortgage secures the debt as it was agreed: without the "
                "mortgagor's written consent what the change adds is not secured, and "
                "the plan does not begin."
            )
        return self._get_guarantor_text()

    def _get_guarantor_text(self):
        """Say what a guarantor is liable for: article 695 where it is the law."""
        # sudo: figures of the case, told to whom they bind
        request_sudo = self.request_id.sudo()
        if request_sudo.company_id.carloan_jurisdiction_id.code != "cn":
            return self.env._(
                "Without this consent the guarantor may not be bound by the change: "
                "ask a lawyer before the plan begins."
            )
        more = request_sudo.offer_id.total_cost - request_sudo.before_total
        if request_sudo.currency_id.compare_amounts(more, 0) > 0:
            liable = self.env._(
                "The change makes the debt heavier by %(amount)s. Without written "
                "consent the guarantor is not liable for that part.",
                amount=request_sudo.currency_id.format(more),
            )
        else:
            liable = self.env._(
                "The change does not make the debt heavier. Without written consent "
                "the guarantor is liable for the changed debt."
            )
        period = self.env._(
            "Due dates change: without written consent the period of the guarantee "
            "stays as it was agreed (Civil Code, article 695)."
        )
        return f"{liable} {period}"

    # ------------------------------------------------------------------- PAPER
    def _issue_paper(self):
        """Return the paper of each consent, made and printed now if it was not."""
        for consent in self:
            consent._check_answerable()
            if not consent.document_id or consent.document_id.sudo().void_on:
                # sudo: papers and consents are written by the system alone
                consent_sudo = consent.sudo()
                consent_sudo.document_id = consent_sudo._make_paper()
        papers_sudo = self.document_id.sudo()
        papers_sudo._print()
        return papers_sudo

    def _make_paper(self):
        """Return a document of what the person is asked to agree to."""
        self.ensure_one()
        template = self.env["carloan.document.template"]
        template = template._get_in_force(
            "consent", self.company_id, self.company_id._get_carloan_day()
        )
        lang = template._get_text(self.partner_id.lang)._get_render_lang()
        spoken = self.with_context(lang=lang)
        roles = dict(self._fields["role"]._description_selection(spoken.env))
        extra = {
            "party_role": roles.get(self.role, ""),
            "party_effect": spoken._get_effect_text(),
        }
        return self.request_id._issue_document("consent", self.partner_id, extra)

    def _forget_paper(self):
        """Ask anew: what was signed belongs to a proposal that is void."""
        # sudo: consents are closed to forms
        self.sudo().write({"document_id": False, "reason": False, "user_id": False})

    def _check_answerable(self):
        """Refuse an answer when there is nothing to answer to."""
        for consent in self:
            request = consent.request_id
            if request.state not in ("to_approve", "offered", "accepted"):
                raise UserError(
                    self.env._(
                        "%(partner)s can answer for request %(request)s only once "
                        "there is a proposal and until it is active.",
                        partner=consent.partner_id.display_name,
                        request=request.name,
                    )
                )

    def _check_scan_rule(self):
        """Refuse a consent on paper without its scan, where the house keeps scans."""
        for company in self.company_id:
            if company._get_rule_value(
                "policy.evidence.scan", company._get_carloan_day()
            ):
                raise UserError(
                    self.env._(
                        "A consent on paper needs the scan of what was signed: press "
                        "Signed on Paper on the Consents page and add it."
                    )
                )

    def _sign_paper(self, method, signed_by, **facts):
        """Record a consent in writing with what proves it.

        :param str method: link or paper, as of ``carloan.document._sign``
        """
        self.ensure_one()
        paper_sudo = self._issue_paper()
        paper_sudo._sign(method, signed_by, **facts)
        self._decide("given", "paper" if method == "paper" else "portal")

    # ----------------------------------------------------------------- ACTIONS
    def action_print(self):
        """Download the paper to be signed."""
        self.request_id._check_staff("officer")
        self.ensure_one()
        return self._issue_paper().sudo(False).action_open()

    def action_record(self):
        """Open the window that records an answer on paper."""
        self.ensure_one()
        self.request_id._check_staff("officer")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer of %(name)s", name=self.partner_id.display_name),
            "res_model": "carloan.relief.paper",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_request_id": self.request_id.id,
                "default_consent_id": self.id,
            },
        }

    def _waive(self, reason):
        """Go on without a guarantor: a manager's decision, told with its effect."""
        self.ensure_one()
        self.request_id._check_staff("manager")
        self._check_answerable()
        if self.role != "guarantor":
            raise UserError(
                self.env._(
                    "%(partner)s is no guarantor: the contract cannot be changed "
                    "without this consent.",
                    partner=self.partner_id.display_name,
                )
            )
        if self.env.user in self.request_id._get_deciders():
            raise AccessError(
                self.env._(
                    "%(user)s proposed or approved %(request)s: another manager "
                    "decides to go on without the guarantor.",
                    user=self.env.user.name,
                    request=self.request_id.name,
                )
            )
        self._decide("waived", False, reason=reason)
        self.request_id._log(
            self.env._(
                "Gone on without the guarantor %(partner)s: %(reason)s. %(effect)s",
                partner=self.partner_id.display_name,
                reason=reason,
                effect=self.effect_text,
            )
        )
