from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CarloanBureauConsent(models.Model):
    """A person's consent to ask a credit bureau, with what proves it.

    A bureau may be asked only with the person's consent, given for this purpose and
    kept as evidence (credit reporting regulations; PIPL Art. 29 for sensitive data).
    """

    _name = "carloan.bureau.consent"
    _description = "Consent to a bureau inquiry"
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        string="Given on", required=True, default=fields.Date.context_today
    )
    date_until = fields.Date("Valid until", help="Empty: until it is withdrawn.")
    channel = fields.Selection(
        [
            ("paper", "On paper"),
            ("portal", "On the borrower's pages"),
            ("recorded", "By a recorded call"),
        ],
        required=True,
        default="paper",
    )
    text = fields.Text(string="What was agreed to", required=True)
    evidence_ids = fields.Many2many(
        "ir.attachment",
        "carloan_bureau_consent_evidence_rel",
        "consent_id",
        "attachment_id",
        copy=False,
    )
    withdrawn_on = fields.Date(readonly=True, copy=False)

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for consent in self:
            consent.display_name = f"{consent.partner_id.display_name}, {consent.date}"

    @api.constrains("date", "date_until")
    def _check_dates(self):
        today = fields.Date.context_today(self)
        for consent in self:
            until = consent.date_until
            if consent.date > today or (until and until < consent.date):
                raise ValidationError(
                    self.env._(
                        "The consent of %(partner)s is given on %(date)s and valid "
                        "until %(until)s: it cannot be given in the future, nor end "
                        "before it begins.",
                        partner=consent.partner_id.display_name,
                        date=consent.date,
                        until=until or "…",
                    )
                )

    def action_withdraw(self):
        """Note that the person withdrew the consent; reports received stay."""
        self.check_access("write")
        for consent in self:
            if consent.withdrawn_on:
                raise UserError(
                    self.env._(
                        "The consent of %(partner)s was withdrawn on %(date)s already.",
                        partner=consent.partner_id.display_name,
                        date=consent.withdrawn_on,
                    )
                )
        # sudo: the field is written by this button alone
        self.sudo().write({"withdrawn_on": fields.Date.context_today(self)})
        return True

    def write(self, vals):
        """Override: a withdrawal goes through its button, and cannot be taken back."""
        if "withdrawn_on" in vals and not self.env.su:
            raise UserError(
                self.env._(
                    "The consent of %(partner)s of %(date)s is withdrawn by its button "
                    "alone, and for good.",
                    partner=self[:1].partner_id.display_name,
                    date=self[:1].date,
                )
            )
        return super().write(vals)

    def _is_valid(self, day):
        """Tell whether a bureau may be asked on a day."""
        self.ensure_one()
        ended = self.date_until and self.date_until < day
        gone = self.withdrawn_on and self.withdrawn_on <= day
        return self.date <= day and not ended and not gone

    def _find_valid(self, partner, company, day):
        """Return the newest consent of a person that holds on a day."""
        consents = self.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("date", "<=", day),
            ]
        )
        return consents.filtered(lambda consent: consent._is_valid(day))[:1]
