from odoo import api, fields, models

from ..jurisdiction.titles import TITLES

# what each clock measures; the title of its rule says how long
NAMES = {
    "cn.observation": "cn.observation.least",
    "cn.upgrade": "cn.upgrade.least",
    "policy.observation": "policy.observation.least",
}


class CarloanReliefPlanClock(models.Model):
    """One clock of the law that runs on a plan: since when, until when at the least."""

    _name = "carloan.relief.plan.clock"
    _description = "Clock of a Plan"
    _order = "plan_id, id"
    _rec_name = "title"

    plan_id = fields.Many2one(
        "carloan.relief.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    code = fields.Char(required=True)
    title = fields.Char("Clock", compute="_compute_title")
    source = fields.Char("Legal Basis", compute="_compute_source")
    date_start = fields.Date("Runs Since")
    date_earliest = fields.Date("Ends at the Earliest")
    date_end = fields.Date("Ended")
    restart_count = fields.Integer("Restarts")

    _code_uniq = models.UniqueIndex("(plan_id, code)", "A clock runs once on a plan.")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_title(self):
        for clock in self:
            title = TITLES.get(NAMES.get(clock.code, clock.code))
            clock.title = self.env._(title) if title else clock.code  # pylint: disable=translation-not-lazy,prefer-env-translation

    def _compute_source(self):
        for clock in self:
            # a plan older than a rule is measured by its first row
            book = clock.company_id._get_rule_book().since_ever()
            code = NAMES.get(clock.code, clock.code)
            clock.source = book.at(code, clock.date_start or None).source
