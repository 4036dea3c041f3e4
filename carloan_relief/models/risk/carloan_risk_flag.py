from odoo import api, fields, models
from odoo.exceptions import ValidationError

KINDS = [("bankrupt", "Bankrupt"), ("fraud", "Fraud suspected")]


class CarloanRiskFlag(models.Model):
    """A fact of a borrower that no probability should outweigh, with its dates."""

    _name = "carloan.risk.flag"
    _description = "Risk flag of a borrower"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Borrower",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(KINDS, required=True, tracking=True)
    date_from = fields.Date(
        string="Since",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    date_to = fields.Date(
        string="Until", tracking=True, help="Last day on which it held; empty: open."
    )
    known_on = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="Since when the lender knows: assessments as of an earlier day leave it "
        "out.",
    )
    reason = fields.Text(required=True, help="What it rests on: court, file, report.")

    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A flag cannot end before it begins.",
    )

    @api.depends("partner_id", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for flag in self:
            flag.display_name = f"{flag.partner_id.display_name}, {labels[flag.kind]}"

    @api.constrains("date_from", "known_on")
    def _check_dates(self):
        today = fields.Date.context_today(self)
        for flag in self:
            if max(flag.date_from, flag.known_on) > today:
                raise ValidationError(
                    self.env._(
                        "The flag of %(partner)s begins on %(date)s, in the future. "
                        "Enter the day on which it began, or wait for it.",
                        partner=flag.partner_id.display_name,
                        date=max(flag.date_from, flag.known_on),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Override to have the borrower's loans assessed anew."""
        flags = super().create(vals_list)
        flags._queue_assessment()
        return flags

    def write(self, vals):
        """Override to have the borrower's loans assessed anew."""
        result = super().write(vals)
        if {"kind", "date_from", "date_to", "known_on", "partner_id"} & set(vals):
            self._queue_assessment()
        return result

    def _queue_assessment(self):
        queue = self.env["carloan.risk.queue"]
        for company, flags in self.grouped("company_id").items():
            queue._add_partners(flags.partner_id, "flag", company)
