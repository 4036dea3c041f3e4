from odoo import api, fields, models

STAFF = (
    "carloan_relief.group_officer,carloan_relief.group_approver,"
    "carloan_relief.group_risk_analyst,carloan_relief.group_auditor"
)


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    risk_lgd = fields.Float(
        string="Loss given default",
        digits=(8, 6),
        compute="_compute_risk_expected",
        groups=STAFF,
    )
    risk_prepayment = fields.Float(
        string="Repaid ahead within a year",
        digits=(8, 6),
        compute="_compute_risk_expected",
        groups=STAFF,
    )
    risk_redefault = fields.Float(
        string="Default again within a year",
        digits=(8, 6),
        compute="_compute_risk_expected",
        groups=STAFF,
        help="Of the plan in force, as its offer was valued; 0 without a plan.",
    )
    risk_expected_source = fields.Text(
        string="Where these come from", compute="_compute_risk_expected", groups=STAFF
    )

    @api.depends("assessment_id", "state")
    @api.depends_context("lang")
    def _compute_risk_expected(self):
        """Look up the tables in force for what the latest assessment saw."""
        today = fields.Date.context_today(self)
        # sudo: tables and policies are read for the figures alone
        for loan in self.sudo():
            loan.risk_lgd = loan.risk_prepayment = loan.risk_redefault = 0.0
            loan.risk_expected_source = False
            if loan.assessment_id and loan.state == "active":
                loan._set_risk_expected(today)

    def _set_risk_expected(self, today):
        expected = self.env["carloan.risk.expected"]
        facts = expected._get_facts(self.assessment_id)
        lgd, policy = expected._get_lgd(self, facts, today)
        ahead, table = expected._get_prepayment(self.company_id, facts, today)
        request = self.request_ids.filtered(lambda r: r.state == "active")[:1]
        self.risk_lgd = 0.0 if lgd is None else float(lgd[0])
        self.risk_prepayment = float(ahead[0])
        self.risk_redefault = request.offer_id.pd_relief
        none = self.env._("none in force")
        lines = [
            self.env._(
                "Loss: provisioning policy %(policy)s.",
                policy=policy.display_name or none,
            ),
            self.env._("Repaid ahead: table %(t)s.", t=table.display_name or none),
        ]
        if request:
            lines.append(
                self.env._(
                    "Default again: plan of request %(request)s, table %(t)s.",
                    request=request.name,
                    t=request.redefault_table_id.display_name or none,
                )
            )
        self.risk_expected_source = "\n".join(lines)
