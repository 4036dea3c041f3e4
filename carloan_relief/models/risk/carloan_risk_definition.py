from odoo import fields, models

from ...engine.risk import labels


class CarloanRiskPolicy(models.Model):
    """What counts as a default: models learn it, and are judged by it."""

    _inherit = "carloan.risk.policy"

    bad_missed = fields.Integer(
        string="Missed instalments in a row",
        default=3,
        tracking=True,
        help="So many in a row are a default. A month skipped by a borrower who paid "
        "ahead is not missed; in a month of relief the clock stands still. 0: not "
        "looked at.",
    )
    bad_dpd = fields.Integer(
        string="More days past due than",
        tracking=True,
        help="90 is usual where the ledger counts the days. An imported history counts "
        "them from balances and is often off. 0: not looked at.",
    )
    bad_charge_off = fields.Boolean(
        string="A write-off is a default", default=True, tracking=True
    )
    bad_horizon = fields.Integer(
        string="Within months",
        default=12,
        tracking=True,
        help="Models predict a default within so many months.",
    )

    _bad_rule = models.Constraint(
        "CHECK (bad_missed >= 0 AND bad_dpd >= 0 AND bad_horizon BETWEEN 1 AND 60"
        " AND (bad_missed > 0 OR bad_dpd > 0 OR bad_charge_off))",
        "A default needs at least one rule, and a horizon of 1 to 60 months.",
    )

    def _get_default_rule(self, **changes):
        """Return the definition as the engine takes it.

        :param changes: fields of ``labels.Default`` that stand instead of the policy's
        """
        self.ensure_one()
        rule = {
            "missed": self.bad_missed,
            "dpd": self.bad_dpd,
            "charge_off": self.bad_charge_off,
            "horizon": self.bad_horizon,
        }
        return labels.Default(**{**rule, **changes})
