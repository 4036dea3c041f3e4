from odoo import fields, models

#: Who works with borrowers: to others, these facts are closed.
STAFF = ",".join(
    f"carloan_relief.group_{role}"
    for role in ("officer", "approver", "risk_analyst", "auditor")
)


class ResPartner(models.Model):
    """What keeps a borrower out of offers that nobody asked for."""

    _inherit = "res.partner"

    carloan_no_offers = fields.Boolean(
        "No Unasked Offers",
        tracking=True,
        groups=STAFF,
        help="The borrower asked not to be written to about offers. Letters on the "
        "loan itself go on.",
    )
    carloan_offers_consent_on = fields.Date(
        "Consent to Offers",
        tracking=True,
        groups=STAFF,
        help="Day on which the borrower agreed to be sent offers; empty: never, or "
        "taken back.",
    )
    carloan_deceased_on = fields.Date("Deceased On", tracking=True, groups=STAFF)
