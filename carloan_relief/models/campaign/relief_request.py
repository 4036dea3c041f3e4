"""A request that a campaign began, and what is other about it."""

from odoo import fields, models

from ..relief.relief_request import MOVE_FIELDS

MOVE_FIELDS |= {"relief_campaign_id", "campaign_approved"}


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    relief_campaign_id = fields.Many2one(
        "carloan.relief.campaign",
        "Campaign",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    campaign_approved = fields.Boolean(
        "Approved With Its Campaign",
        readonly=True,
        copy=False,
        help="The offer of the campaign still stands. Whatever else the borrower asks "
        "for takes the normal way.",
    )
