from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanReliefConsent(models.Model):
    """Consent of a co-borrower, guarantor or mortgagor to a changed contract.

    Without it the guarantor is not bound by a heavier debt, so a request cannot
    become active while one is missing.
    """

    _name = "carloan.relief.consent"
    _description = "Relief Consent"
    _order = "request_id, id"
    _check_company_auto = True

    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    party_id = fields.Many2one("carloan.loan.party", ondelete="restrict")
    partner_id = fields.Many2one("res.partner", required=True)
    role = fields.Selection(related="party_id.role", store=True)
    state = fields.Selection(
        [("pending", "Pending"), ("given", "Given"), ("refused", "Refused")],
        default="pending",
        required=True,
        readonly=True,
    )
    date = fields.Datetime(readonly=True)
    method = fields.Selection(
        string="Form of Consent",
        selection=[
            ("paper", "Signed on paper"),
            ("portal", "Portal"),
            ("phone", "Recorded call"),
        ],
        readonly=True,
    )
    user_id = fields.Many2one("res.users", "Recorded By", readonly=True)

    _party_uniq = models.Constraint(
        "UNIQUE (request_id, party_id)", "Each party consents once to a request."
    )

    @api.depends("partner_id", "role")
    @api.depends_context("lang")
    def _compute_display_name(self):
        roles = dict(self._fields["role"]._description_selection(self.env))
        for consent in self:
            role = roles.get(consent.role)
            name = consent.partner_id.display_name
            consent.display_name = f"{name} ({role})" if role else name

    def _is_missing(self):
        """Whether the plan must wait for this consent."""
        return self.state != "given"

    def action_give(self):
        """Record a consent signed on paper at the counter."""
        self.request_id._check_staff("officer")
        self._check_scan_rule()
        self._decide("given", "paper")

    def action_refuse(self):
        """Record that the party refused."""
        self.request_id._check_staff("officer")
        self._decide("refused", "paper")

    def _decide(self, state, method, **facts):
        """Store the answer of a party, with what proves it, and log it."""
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
            # sudo: answers are written by this method only, never by a form
            consent.sudo().write(
                {
                    "state": state,
                    "method": method,
                    "date": fields.Datetime.now(),
                    "user_id": self.env.uid,
                    **facts,
                }
            )
            request._log(
                self.env._(
                    "Consent of %(partner)s: %(state)s.",
                    partner=consent.partner_id.display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        state
                    ],
                )
            )
