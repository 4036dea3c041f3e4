from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    carloan_answer_days = fields.Integer(
        string="Working days until a request is assessed",
        default=3,
        help="Told to the borrower as the day by which an officer has looked at it.",
    )
    carloan_activate_days = fields.Integer(
        string="Working days until a signed plan is active",
        default=2,
        help="Told to the borrower as the day by which the new schedule holds.",
    )
    carloan_remind_days = fields.Integer(
        string="Days before expiry to remind of an offer",
        default=3,
        help="One reminder goes out so many days before the offer expires.",
    )
    carloan_link_remind_days = fields.Integer(
        string="Days before its end to remind of a link to consent",
        default=4,
        help="A co-borrower or guarantor who has not answered is reminded once, so "
        "many days before the link ends.",
    )
    carloan_paper_mb = fields.Integer(
        string="Largest paper (MB)",
        default=10,
        help="A larger upload on the portal is refused with a message.",
    )
    carloan_paper_count = fields.Integer(
        string="Most papers per request",
        default=20,
        help="How many papers a borrower may hand in with one request.",
    )
    carloan_draft_days = fields.Integer(
        string="Days an unsent application is kept",
        default=90,
        help="What a borrower typed and never sent is deleted after so many days.",
    )

    _carloan_portal_positive = models.Constraint(
        "CHECK (carloan_answer_days > 0 AND carloan_activate_days > 0"
        " AND carloan_remind_days >= 0 AND COALESCE(carloan_link_remind_days, 0) >= 0"
        " AND carloan_paper_mb BETWEEN 1 AND 100"
        " AND carloan_paper_count > 0 AND carloan_draft_days > 0)",
        "Days, sizes and counts of the borrower's portal are above zero, and a paper "
        "is at most 100 MB.",
    )
