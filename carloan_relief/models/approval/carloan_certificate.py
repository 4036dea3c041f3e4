from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class CarloanCertificate(models.Model):
    """What a person is certified for, from when, until when, and by whom."""

    _name = "carloan.certificate"
    _description = "Certificate of an employee"
    _inherit = ["mail.thread"]
    _order = "valid_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        "Holder",
        required=True,
        index=True,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    kind_id = fields.Many2one(
        "carloan.certificate.kind", required=True, index=True, tracking=True
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    valid_to = fields.Date(help="Last day; empty: until revoked.", tracking=True)
    given_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    note = fields.Char()
    valid = fields.Boolean(compute="_compute_valid", search="_search_valid")

    _dates_check = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_to >= valid_from)",
        "A certificate cannot end before it begins.",
    )

    @api.depends("user_id", "kind_id")
    def _compute_display_name(self):
        for certificate in self:
            certificate.display_name = (
                f"{certificate.kind_id.name} ({certificate.user_id.name})"
            )

    @api.depends("valid_from", "valid_to")
    def _compute_valid(self):
        today = fields.Date.context_today(self)
        for one in self:
            begun = one.valid_from and one.valid_from <= today
            one.valid = begun and not (one.valid_to and one.valid_to < today)

    @api.model
    def _search_valid(self, operator, value):
        if operator not in ("=", "in"):
            return NotImplemented
        today = fields.Date.context_today(self)
        valid = self._get_valid_domain(today)
        wanted = value if operator == "=" else True in list(value)
        return valid if wanted else ~valid

    @api.model
    def _get_valid_domain(self, day):
        """Return the filter on certificates that hold on a day."""
        ended = Domain("valid_to", "=", False) | Domain("valid_to", ">=", day)
        return Domain("valid_from", "<=", day) & ended

    @api.model
    def _get_holders(self, users, kind, day):
        """Return those of the users who hold a certificate on a day.

        :param users: res.users
        :param kind: carloan.certificate.kind; empty: of whatever kind
        """
        domain = self._get_valid_domain(day) & Domain("user_id", "in", users.ids)
        if kind:
            domain &= Domain("kind_id", "=", kind.id)
        # sudo: whether a colleague may decide must be known whoever asks
        held = self.sudo().search(domain).user_id.ids
        return users.filtered(lambda user: user.id in held)

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Nobody certifies themselves; who gives is who creates."""
        vals_list = [dict(vals) for vals in vals_list]
        if not self.env.su:
            for vals in vals_list:
                vals["given_by_id"] = self.env.uid
        made = super().create(vals_list)
        made._check_not_own()
        return made

    def write(self, vals):
        """Nobody prolongs the own certificate, nor takes another's over."""
        if not self.env.su:
            vals = {**vals, "given_by_id": self.env.uid}
            self._check_not_own()
        res = super().write(vals)
        self._check_not_own()
        return res

    def _check_not_own(self):
        for one in self:
            if not self.env.su and one.user_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "%(user)s may not certify themselves for %(kind)s. Ask another "
                        "manager.",
                        user=one.user_id.name,
                        kind=one.kind_id.name,
                    )
                )
