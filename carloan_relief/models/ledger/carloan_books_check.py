import time

from odoo import api, fields, models

#: Differences kept of one check; the count tells of the rest.
KEPT = 1000


class CarloanBooksCheck(models.Model):
    """A comparison of loans and ledger: when, how long, and what differs."""

    _name = "carloan.books.check"
    _description = "Check the books of car loans"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "checked_on desc, id desc"
    _rec_name = "checked_on"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    checked_on = fields.Datetime(default=fields.Datetime.now, readonly=True)
    loan_count = fields.Integer(string="Loans", readonly=True)
    seconds = fields.Float(string="Took (s)", digits=(8, 1), readonly=True)
    difference_count = fields.Integer(string="Differences", readonly=True)
    line_ids = fields.One2many("carloan.books.check.line", "check_id", readonly=True)
    state = fields.Selection(
        [("agree", "Agree"), ("differ", "Differ")],
        compute="_compute_state",
        store=True,
    )

    @api.depends("difference_count")
    def _compute_state(self):
        for check in self:
            check.state = "differ" if check.difference_count else "agree"

    def _compute_display_name(self):
        for check in self:
            when = fields.Datetime.context_timestamp(self, check.checked_on)
            check.display_name = self.env._(
                "%(company)s, %(date)s",
                company=check.company_id.name,
                date=when.strftime("%Y-%m-%d %H:%M"),
            )

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    @api.model
    def _run(self, company):
        """Compare the loans of a company with its ledger, and keep what was found."""
        start = time.monotonic()
        # sudo: a manager proves the books without reading every entry
        env_sudo = self.sudo().with_company(company).env
        found = env_sudo["carloan.ledger"]._check_books(company)
        check_sudo = env_sudo[self._name].create(
            {
                "company_id": company.id,
                "seconds": time.monotonic() - start,
                "difference_count": len(found),
                "loan_count": env_sudo["carloan.loan"].search_count(
                    [("company_id", "=", company.id), ("state", "!=", "draft")]
                ),
            }
        )
        env_sudo["carloan.books.check.line"].create(
            [check_sudo._prepare_line(difference) for difference in found[:KEPT]]
        )
        return check_sudo.with_env(self.env)

    def _prepare_line(self, difference):
        """Return the values of one difference."""
        links = ("loan_id", "account_id", "instalment_id", "move_id")
        return {
            "check_id": self.id,
            "rule": difference["check"],
            "role": difference.get("role"),
            "expected": difference["expected"],
            "actual": difference["actual"],
            **{name: difference.get(name) for name in links},
        }

    @api.model
    def _cron_check(self):
        """Check the books of each company with loans; tell the accountants."""
        # sudo: the night works for every company
        products = self.env["carloan.product"].sudo()
        for (company,) in products._read_group([], ["company_id"]):
            check = self.sudo().with_company(company)._run(company)
            if check.difference_count:
                check._tell_accountants()
            self.env["ir.cron"]._commit_progress(1)

    def _tell_accountants(self):
        """Give each accountant of the company something to do, and a mail."""
        self.ensure_one()
        group = self.env.ref("account.group_account_manager")
        # sudo: who keeps the books of a company is no secret to the night
        users = group.sudo().all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids and not user.share
        )
        summary = self.env._(
            "%(count)s differences between the car loans and the ledger",
            count=self.difference_count,
        )
        for user in users:
            self.activity_schedule(
                "mail.mail_activity_data_warning", summary=summary, user_id=user.id
            )
        self.message_post(
            body=summary,
            partner_ids=users.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    @api.model
    def action_check(self):
        """Run the comparison for the current company and open its result."""
        self.check_access("read")
        check = self._run(self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": check.id,
            "view_mode": "form",
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Check the books"),
        }
