from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import rules

# what may change all the same once cases rest on a protection
FREE = {"valid_to", "source", "confirmed", "message_follower_ids"}
STEPS = {"repossession": "stay_repossession", "write_off": "stay_write_off"}


class CarloanReliefProtection(models.Model):
    """What a hardship case protects a borrower from, under one law."""

    _name = "carloan.relief.protection"
    _description = "Protection of Borrowers in Hardship"
    _inherit = ["mail.thread"]
    _order = "jurisdiction_id, valid_from desc, id desc"
    _rec_name = "jurisdiction_id"

    jurisdiction_id = fields.Many2one(
        "carloan.jurisdiction", required=True, ondelete="restrict", index=True
    )
    valid_from = fields.Date(
        tracking=True, help="Notices from this day on. Empty: since ever."
    )
    valid_to = fields.Date(tracking=True, help="Last day; empty: still in force.")
    source = fields.Char(required=True, tracking=True, help="Legal basis in words.")
    confirmed = fields.Boolean(
        "Confirmed by Text",
        tracking=True,
        help="Off: from general knowledge of the rule, to be checked against the "
        "official text before anyone relies on it legally.",
    )
    stay_from = fields.Selection(
        [("notice", "Notice of hardship"), ("submitted", "Complete application")],
        "Enforcement Stayed From",
        tracking=True,
        help="Empty: a case stays no step.",
    )
    stay_repossession = fields.Boolean("No Repossession", default=True, tracking=True)
    stay_write_off = fields.Boolean("No Write-off", tracking=True)
    stay_after_code = fields.Char(
        "Days After a Refusal",
        tracking=True,
        help="Code of the rule that says how long after a refusal. Empty: the stay "
        "ends with the refusal.",
    )
    stay_repeat_code = fields.Char(
        "Repeated Notice",
        tracking=True,
        help="Code of the rule within which another notice on materially the same "
        "ground gives no stay. Empty: each notice does.",
    )
    dunning_stop_from = fields.Selection(
        [
            ("notice", "Notice of hardship"),
            ("submitted", "Complete application"),
            ("active", "Plan in force"),
        ],
        "Collection Stops From",
        default="active",
        required=True,
        tracking=True,
        help="Until the plan ends or breaks, or the case ends without one.",
    )
    stop_penalty = fields.Boolean(
        "No Penalty While a Plan Is Kept",
        tracking=True,
        help="Penalty interest is not charged for the days of the plan, and not "
        "later for them.",
    )

    _dates_check = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from)",
        "A protection cannot end before it begins.",
    )
    _day_uniq = models.UniqueIndex(
        "(jurisdiction_id, COALESCE(valid_from, '0001-01-01'))",
        "This law already has a protection from the same day: change that one.",
    )

    @api.constrains("stay_after_code", "stay_repeat_code")
    def _check_codes(self):
        """Refuse a code that is not in the book of rules."""
        book = self.env["carloan.jurisdiction.rule"]._get_book()
        for row in self:
            for code in filter(None, (row.stay_after_code, row.stay_repeat_code)):
                try:
                    book.at(code)
                except rules.RuleError as error:
                    raise ValidationError(
                        self.env._(
                            "Protection under %(law)s: %(code)s is not in the book of "
                            "rules. Open Configuration > Rules of Law and Policy, and "
                            "take its code from there.",
                            law=row.jurisdiction_id.name,
                            code=code,
                        )
                    ) from error

    def write(self, vals):
        """Override to keep what cases were protected under."""
        if set(vals) - FREE:
            # sudo: cases of every team rest on it
            Request = self.env["carloan.relief.request"].sudo()
            if Request.search_count([("protection_id", "in", self.ids)], limit=1):
                raise UserError(
                    self.env._(
                        "Cases rest on the protection under %(law)s: it stays as it "
                        "is. Enter its last day, and make a new row from then on.",
                        law=", ".join(self.jurisdiction_id.mapped("name")),
                    )
                )
        return super().write(vals)

    @api.model
    def _get_of(self, company):
        """Return what the law of a company protects from, the newest first."""
        # sudo: what the law protects from does not depend on who asks
        return self.sudo().search(
            [("jurisdiction_id", "=", company.carloan_jurisdiction_id.id)]
        )

    def _at(self, day):
        """Return which of these is in force on a day, or none."""
        return self.filtered(
            lambda row: (
                (not row.valid_from or row.valid_from <= day)
                and (not row.valid_to or day <= row.valid_to)
            )
        )[:1]

    def _stays(self, step):
        """Tell whether a step is stayed while a case is open."""
        return bool(self.stay_from and self[STEPS[step]])
