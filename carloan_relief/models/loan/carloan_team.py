from odoo import fields, models


class CarloanTeam(models.Model):
    _name = "carloan.team"
    _description = "Car-loan team"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one("res.users", string="Leader", check_company=True)
    member_ids = fields.Many2many(
        "res.users",
        "carloan_team_member_rel",
        "team_id",
        "user_id",
        string="Members",
        check_company=True,
        help="Officers of the team see the loans and requests of the team.",
    )
