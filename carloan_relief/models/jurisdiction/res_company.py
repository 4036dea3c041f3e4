from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    carloan_jurisdiction_id = fields.Many2one(
        "carloan.jurisdiction",
        string="Law of Its Car Loans",
        domain="[('is_law', '=', True)]",
        compute="_compute_carloan_jurisdiction_id",
        store=True,
        readonly=False,
        help="Clocks, notices and caps of reliefs follow the rules of this law.",
    )

    @api.depends("country_id")
    def _compute_carloan_jurisdiction_id(self):
        Jurisdiction = self.env["carloan.jurisdiction"]
        for company in self:
            company.carloan_jurisdiction_id = (
                company.carloan_jurisdiction_id
                or Jurisdiction._get_for_country(company.country_id)
            )

    @api.model
    def _set_carloan_jurisdiction(self):
        """Give companies older than the addon the law of their country."""
        companies = self.search([("carloan_jurisdiction_id", "=", False)])
        companies._compute_carloan_jurisdiction_id()

    def _get_rule_book(self):
        """Return the engine's book of rules as this company has entered it.

        :rtype: engine.rules.Book
        """
        return self.env["carloan.jurisdiction.rule"]._get_book(self[:1])
