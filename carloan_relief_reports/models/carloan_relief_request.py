from odoo import models


class CarloanReliefRequest(models.Model):
    _name = "carloan.relief.request"
    _inherit = ["carloan.relief.request", "carloan.ranked.mixin"]

    _ranked_fields = frozenset({"state"})
