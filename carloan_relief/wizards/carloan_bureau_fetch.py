from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanBureauFetch(models.TransientModel):
    """Ask the credit bureau about a person, with the person's consent."""

    _name = "carloan.bureau.fetch"
    _description = "Inquiry at a credit bureau"

    partner_id = fields.Many2one("res.partner", string="Person", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    provider_name = fields.Char(string="Provider", compute="_compute_provider_name")
    consent_id = fields.Many2one(
        "carloan.bureau.consent",
        compute="_compute_consent_id",
        help="The newest consent that holds today.",
    )

    @api.depends("company_id")
    def _compute_provider_name(self):
        names = dict(self.env["carloan.bureau.provider"]._get_selection())
        for wizard in self:
            wizard.provider_name = names.get(wizard.company_id.carloan_bureau_provider)

    @api.depends("partner_id", "company_id")
    def _compute_consent_id(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            wizard.consent_id = self.env["carloan.bureau.consent"]._find_valid(
                wizard.partner_id, wizard.company_id, today
            )

    def action_fetch(self):
        """Ask, store what comes, and open it."""
        self.ensure_one()
        reports = self.env["carloan.bureau.report"]
        reports.check_access("create")
        if self.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "You do not work in %(company)s at the moment. Choose it in the "
                    "list of companies first.",
                    company=self.company_id.display_name,
                )
            )
        report = self.env["carloan.bureau.provider"]._request_report(
            self.partner_id, self.consent_id, self.company_id
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.bureau.report",
            "res_id": report.id,
            "view_mode": "form",
        }
