"""What of the authority of each tier a case takes, with all else of the borrower."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import authority, measures
from ..relief.relief_ceiling import IN_PROCESS
from ..relief.relief_request import MOVE_FIELDS
from .carloan_authority_limit import MONEY

USED = ("active", "cured", "broken")
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
    authority_table = fields.Html(
        "Authority", compute="_compute_authority_table", sanitize=False
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

    def _get_borrower_cases(self, months):
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

    @api.model
    def _sum_amounts(self, requests_sudo, measure):
        """Return what cases use of authority together; days past due do not add up."""
        if measure == "dpd":
            return 0
        return sum(one._get_case_amounts()[measure] for one in requests_sudo)

    def _get_cumulative_concession(self, months):
        """Return the concession of this and the other cases of the borrower."""
        cases = self._get_borrower_cases(months)
        others = sum(self._sum_amounts(part, "concession") for part in cases)
        return self._get_case_amounts()["concession"] + others

    # -------------------------------------------------------------- STANDING
    def _prepare_authority_rows(self, tiers_sudo=None):
        """Return how the case stands to each limit, as plain rows.

        :param tiers_sudo: tier.definition; those of the company by default
        """
        self.ensure_one()
        # sudo: a case stands to its limits the same, whoever asks
        self = self.sudo()
        if tiers_sudo is None:
            tiers_sudo = self.env["tier.definition"]._get_tiers(
                self._name, self.company_id
            )
        limits_sudo = tiers_sudo.carloan_limit_ids
        if not limits_sudo:
            return []
        case, windows = self._get_case_amounts(), {}
        columns = {"limit": [], "used": [], "in_process": [], "case": []}
        for limit_sudo in limits_sudo:
            months = limit_sudo.window_months
            if months not in windows:
                windows[months] = self._get_borrower_cases(months)
            used, process = (
                self._sum_amounts(part, limit_sudo.measure) for part in windows[months]
            )
            row = (limit_sudo.most, used, process, case[limit_sudo.measure])
            for column, amount in zip(columns.values(), row, strict=True):
                column.append(amount)
        return self._stand(limits_sudo, columns)

    def _stand(self, limits_sudo, columns):
        """Let the engine say what is left; numbers without decimals pass alike."""
        company_sudo = self.company_id.sudo()
        factor = 10**company_sudo.currency_id.decimal_places
        # a stored amount is a rounded decimal: round() undoes the error of the float
        found = authority.standing(
            *([round(value * factor) for value in part] for part in columns.values())
        )
        return [
            {
                "tier": limit_sudo.definition_id.id,
                "tier_name": limit_sudo.definition_id.name,
                "measure": limit_sudo.measure,
                "months": limit_sudo.window_months,
                **{name: columns[name][at] for name in columns},
                "available": int(found.available[at]) / factor,
                "exceeded": bool(found.exceeded[at]),
            }
            for at, limit_sudo in enumerate(limits_sudo)
        ]

    def _get_exceeded_tiers(self, tiers_sudo):
        """Return the ids of the tiers whose authority the case passes."""
        rows = self._prepare_authority_rows(tiers_sudo)
        return {row["tier"] for row in rows if row["exceeded"]}

    # ------------------------------------------------------------------ TIERS
    def evaluate_tier(self, tier):
        """Override of `base_tier_validation`: what passes a tier's limits climbs."""
        if not self or super().evaluate_tier(tier):
            return self
        before_sudo = tier._get_before(self.company_id)
        if before_sudo and self._get_exceeded_tiers(before_sudo):
            return self
        return self.browse()

    def _get_required_tiers(self):
        """Return the tiers that the case needs as it stands now."""
        self.ensure_one()
        tiers_sudo = self.env["tier.definition"]._get_tiers(self._name, self.company_id)
        return tiers_sudo.filtered(lambda tier: bool(self.evaluate_tier(tier)))

    def _check_top_authority(self):
        """Refuse what passes the authority of the last tier, too."""
        self.ensure_one()
        # sudo: reviews are closed to everybody but the approval
        last_sudo = self.sudo().review_ids.sorted("sequence")[-1:].definition_id
        if last_sudo and self.sudo()._get_exceeded_tiers(last_sudo):
            raise UserError(
                self.env._(
                    "Request %(request)s passes the authority of the highest tier "
                    "(%(tier)s). A manager raises its limits or adds a tier above it "
                    "under Car Loans > Configuration > Approval Tiers, or the offer "
                    "gives up less.",
                    request=self.name,
                    tier=last_sudo.name,
                )
            )

    # ------------------------------------------------------------------ TABLE
    @api.depends("offer_id", "state", "concession")
    @api.depends_context("lang")
    def _compute_authority_table(self):
        for request in self:
            rows = []
            if request.offer_id and isinstance(request.id, int):
                rows = request._prepare_authority_rows()
            request.authority_table = rows and self.env["ir.qweb"]._render(
                "carloan_relief.authority_table",
                {"rows": [request._format_authority(row) for row in rows]},
            )

    def _format_authority(self, row):
        """Put the numbers of a row in words of the reader."""
        limits = self.env["carloan.authority.limit"]._fields["measure"]
        labels = dict(limits._description_selection(self.env))
        currency = self.company_id.currency_id
        names = ("limit", "used", "in_process", "case", "available")
        money = row["measure"] in MONEY
        return {
            **row,
            "label": labels[row["measure"]],
            **{
                name: currency.format(row[name]) if money else f"{row[name]:g}"
                for name in names
            },
        }
