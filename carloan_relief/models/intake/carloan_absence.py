from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..relief.relief_request import OPEN_STATES


class CarloanAbsence(models.Model):
    """Days on which a member of staff takes up no case."""

    _name = "carloan.absence"
    _description = "Absence of Staff"
    _order = "date_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        "Who",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    date_from = fields.Date(
        "First Day", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date("Last Day", required=True)
    note = fields.Char()
    open_count = fields.Integer("Open Requests", compute="_compute_open_count")

    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)", "An absence cannot end before it begins."
    )

    @api.depends("user_id", "date_from", "date_to")
    def _compute_display_name(self):
        for absence in self:
            absence.display_name = (
                f"{absence.user_id.name or ''} {absence.date_from}..{absence.date_to}"
            )

    @api.depends("user_id")
    def _compute_open_count(self):
        counts = dict(
            self.env["carloan.relief.request"]._read_group(
                [("user_id", "in", self.user_id.ids), ("state", "in", OPEN_STATES)],
                ["user_id"],
                ["__count"],
            )
        )
        for absence in self:
            absence.open_count = counts.get(absence.user_id, 0)

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Override: one enters the own absence; a manager anybody's."""
        made = super().create(vals_list)
        made._check_owner()
        return made

    def write(self, vals):
        """Override: neither take over nor hand on the absence of another."""
        self._check_owner()
        res = super().write(vals)
        self._check_owner()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_own(self):
        self._check_owner()

    def _check_owner(self):
        if self.env.su or self.env.user.has_group("carloan_relief.group_manager"):
            return
        others = self.user_id - self.env.user
        if others:
            raise AccessError(
                self.env._(
                    "%(user)s may not enter or change the absence of %(others)s. They "
                    "do it themselves, or a manager does.",
                    user=self.env.user.name,
                    others=", ".join(others.mapped("name")),
                )
            )

    # ---------------------------------------------------------------- ACTIONS
    def action_hand_over(self):
        """Give the open requests of whoever is absent today to their teams."""
        self.ensure_one()
        self.check_access("write")
        self._check_owner()
        if self.user_id not in self._find_absent(self.user_id):
            raise UserError(
                self.env._(
                    "%(user)s is not absent today: cases are handed over on the first "
                    "day of the absence. Until then a manager reassigns them one by "
                    "one.",
                    user=self.user_id.name,
                )
            )
        # sudo: the cases of the absent person, all teams; the owner was checked
        requests_sudo = (
            self.env["carloan.relief.request"]
            .sudo()
            .search([("user_id", "=", self.user_id.id), ("state", "in", OPEN_STATES)])
        )
        requests_sudo._assign_by_load()
        left = len(requests_sudo.filtered(lambda one: one.user_id == self.user_id))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": self.env._(
                    "%(count)s requests were handed over, %(left)s found nobody.",
                    count=len(requests_sudo) - left,
                    left=left,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _find_absent(self, users):
        """Return who of some users is away today.

        Counted are absences entered here, leaves of the person's working calendar
        (which Odoo's own time off writes), and approved delegations.
        """
        today = fields.Date.context_today(self)
        now = fields.Datetime.now()
        away = Domain("date_from", "<=", today) & Domain("date_to", ">=", today)
        who = Domain("user_id", "in", users.ids)
        # sudo: that somebody is away, not why
        absences_sudo = self.sudo().search(who & away)
        delegations_sudo = (
            self.env["carloan.approval.delegation"]
            .sudo()
            .search(who & away & Domain("state", "=", "approved"))
        )
        leaves_sudo = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id.user_id", "in", users.ids),
                    ("date_from", "<=", now),
                    ("date_to", ">", now),
                ]
            )
        )
        absent = absences_sudo.user_id | delegations_sudo.user_id
        return (absent | leaves_sudo.resource_id.user_id).with_env(self.env)
