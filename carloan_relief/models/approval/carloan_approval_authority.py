"""What of the authority of each tier a record takes, with what was decided before."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import authority
from .carloan_authority_limit import MONEY


class CarloanApprovalMixin(models.AbstractModel):
    _inherit = "carloan.approval.mixin"

    authority_table = fields.Html(
        "Authority", compute="_compute_authority_table", sanitize=False
    )

    @api.model
    def _sum_amounts(self, requests_sudo, measure):
        """Return what cases use of authority together; days past due do not add up."""
        if measure == "dpd":
            return 0
        return sum(one._get_case_amounts()[measure] for one in requests_sudo)

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
                windows[months] = self._get_like_cases(months)
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
                    "%(record)s passes the authority of the highest tier "
                    "(%(tier)s). A manager raises its limits or adds a tier above it "
                    "under Car Loans > Configuration > Approval Tiers, or the offer "
                    "gives up less.",
                    record=self.display_name,
                    tier=last_sudo.name,
                )
            )

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_authority_table(self):
        for record in self:
            rows = []
            if isinstance(record.id, int) and record._has_amounts():
                rows = record._prepare_authority_rows()
            record.authority_table = rows and self.env["ir.qweb"]._render(
                "carloan_relief.authority_table",
                {"rows": [record._format_authority(row) for row in rows]},
            )

    def _has_amounts(self):
        """Whether there is anything yet that takes of an authority."""
        return True

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
