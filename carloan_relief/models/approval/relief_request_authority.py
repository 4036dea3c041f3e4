"""What of the authority of each tier a case takes, with all else of the borrower."""

from odoo import api, fields, models

from ...engine import measures
from ..relief.relief_ceiling import IN_PROCESS
from ..relief.relief_request import MOVE_FIELDS

USED = ("active", "cured", "broken", "replaced")
# columns worked out from the loan, the offer and the reviews, on which it depends who
# has to approve: a column that is read only in forms can be written over RPC
MOVE_FIELDS |= {
    "partner_id",
    "currency_id",
    "concession",
    "is_exception",
    "added_instalments",
    "principal_forgiven",
    "assessed_dpd",
    "validation_status",
}


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    principal_forgiven = fields.Monetary(
        compute="_compute_principal_forgiven",
        store=True,
        help="Principal that the proposed offer gives up.",
    )
    assessed_dpd = fields.Integer(
        "Days Past Due When Assessed",
        compute="_compute_assessed_dpd",
        store=True,
        aggregator="avg",
    )

    @api.depends("offer_id.plan", "position")
    def _compute_principal_forgiven(self):
        for request in self:
            if not request.offer_id or not request.position:
                request.principal_forgiven = 0.0
                continue
            revised = measures.apply(
                request._get_position(),
                request._get_engine_plans(request.offer_id.plan),
            )
            (request.principal_forgiven,) = request._from_minor(revised.forgiven)

    @api.depends("as_of")
    def _compute_assessed_dpd(self):
        for request in self:
            request.assessed_dpd = request.loan_id.dpd if request.as_of else 0

    # ---------------------------------------------------------------- AMOUNTS
    def _get_case_amounts(self):
        """Return what each case uses of authority, money in the company's currency."""
        self.ensure_one()
        company = self.company_id
        day = self.as_of or fields.Date.context_today(self)

        def convert(amount):
            return self.currency_id._convert(amount, company.currency_id, company, day)

        return {
            "concession": convert(self.concession),
            "principal": convert(self.principal_forgiven),
            "instalments": self.added_instalments,
            "dpd": self.assessed_dpd,
            "count": 1,
        }

    def _get_like_cases(self, months):
        """Return the other cases of the borrower: (used within a window, in process).

        :param int months: how long a relief counts after it became active
        """
        self.ensure_one()
        borrower = self.sudo().partner_id.commercial_partner_id
        begin = fields.Datetime.subtract(fields.Datetime.now(), months=months)
        # sudo: the other cases count, whoever may read them
        others_sudo = self.sudo().search(
            [
                ("partner_id", "child_of", borrower.id),
                ("company_id", "=", self.company_id.id),
                ("id", "!=", self.id),
                ("state", "in", IN_PROCESS + USED),
            ]
        )
        process_sudo = others_sudo.filtered(lambda one: one.state in IN_PROCESS)
        used_sudo = (others_sudo - process_sudo).filtered(
            lambda one: one.date_active and one.date_active >= begin
        )
        return used_sudo, process_sudo

    def _get_cumulative_concession(self, months):
        """Return the concession of this and the other cases of the borrower."""
        cases = self._get_like_cases(months)
        others = sum(self._sum_amounts(part, "concession") for part in cases)
        return self._get_case_amounts()["concession"] + others

    def _has_amounts(self):
        """Override: a case without an offer takes nothing."""
        return bool(self.offer_id)

    @api.depends("offer_id", "state", "concession")
    def _compute_authority_table(self):
        """Override: the table follows the offer as well."""
        return super()._compute_authority_table()
