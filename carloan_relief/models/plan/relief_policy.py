"""What a policy asks of a plan once it is in force."""

from odoo import fields, models


class CarloanReliefPolicy(models.Model):
    _inherit = "carloan.relief.policy"

    plan_missed_days = fields.Integer(
        "Missed After (Days)",
        help="A payment made in full so many days after its due date still counts as "
        "made on time. 0: every late payment is missed and restarts an observation.",
    )
    plan_first_days = fields.Integer(
        "First Payment Watched (Days)",
        default=3,
        help="So many days after its due date an unpaid first payment is put before "
        "the officer.",
    )
    plan_trial_days = fields.Integer(
        "Trial Payment Late (Days)",
        default=30,
        help="A trial fails once one of its payments is later than this.",
    )
    plan_pause_months = fields.Integer(
        "Pause After a Failed Trial (Months)",
        default=6,
        help="So long no new request is taken in for the loan. 0: no pause.",
    )
    plan_breach_count = fields.Integer(
        "Missed Payments That Breach",
        default=2,
        help="So many payments missed and not made up for breach a plan. 0: any.",
    )
    plan_breach_days = fields.Integer(
        "Days Past Due That Breach",
        default=60,
        help="More days past due than this breach a plan. 0: days do not count.",
    )
    plan_grace_days = fields.Integer(
        "Grace After the Notice (Days)",
        default=14,
        help="Days after the notice of a breach within which the borrower may make up "
        "for it. The plan breaks when they are over.",
    )
    plan_breaks_alone = fields.Boolean(
        "Breaks by Itself",
        default=True,
        help="On: the night breaks a plan when the grace is over. Off: a manager is "
        "asked to decide.",
    )
    plan_completes = fields.Selection(
        [
            ("observation", "The observation is left"),
            ("end", "Nothing is owed any more"),
        ],
        "Completed When",
        default="observation",
        required=True,
        help="When a plan counts as kept: what is waived on completion is waived then.",
    )
    plan_review_days = fields.Integer(
        "Review Before the End (Days)",
        default=30,
        help="So many days before an observation may end the officer is asked whether "
        "the difficulty of the borrower is over.",
    )
    plan_broken_activity_id = fields.Many2one(
        "mail.activity.plan",
        "Steps After a Break",
        domain="[('res_model', '=', 'carloan.relief.request')]",
        help="Empty: those that come with the product.",
    )
    plan_failed_activity_id = fields.Many2one(
        "mail.activity.plan",
        "Steps After a Failed Trial",
        domain="[('res_model', '=', 'carloan.relief.request')]",
        help="Empty: those that come with the product.",
    )

    _plan_check = models.Constraint(
        "CHECK (plan_missed_days >= 0 AND plan_first_days >= 0"
        " AND plan_trial_days >= 0 AND plan_pause_months >= 0"
        " AND plan_breach_count >= 0 AND plan_breach_days >= 0"
        " AND plan_grace_days >= 0 AND plan_review_days >= 0)",
        "Days, months and numbers of payments of a plan cannot be negative.",
    )
