from odoo import api, fields, models

GUARDED_MODELS = ("carloan.relief.request", "carloan.relief.campaign")


class TierDefinition(models.Model):
    _inherit = "tier.definition"

    carloan_sla_hours = fields.Float(
        "Decide Within (Working Hours)",
        help="How long a reviewer of this tier may take, in working hours of the "
        "calendar. It sets the deadline of the review and of the activity in the "
        "reviewer's inbox; 0 sets none.",
    )
    carloan_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        help="Hours and holidays the deadline is counted in; empty: those of the "
        "company.",
    )
    carloan_remind_hours = fields.Float(
        "Remind Before (Working Hours)",
        default=2.0,
        help="So long before the deadline whoever has not decided is reminded once; 0: "
        "no reminder.",
    )
    carloan_escalate = fields.Boolean(
        "Escalate",
        default=True,
        help="After the deadline the people of the next tier are told, once.",
    )
    carloan_approvals = fields.Integer(
        "Approvals Needed",
        default=1,
        help="How many of its members must approve: more than one makes a committee, "
        "of which each member decides once.",
    )
    carloan_refusal = fields.Selection(
        [
            ("single", "One refusal"),
            ("blocked", "So many refusals that the approvals cannot be reached"),
        ],
        "Ended By",
        default="single",
        required=True,
    )
    requires_certificate = fields.Boolean(
        "Certified Staff Only",
        help="Only who holds a certificate that is valid on the day may decide.",
    )
    certificate_kind_id = fields.Many2one(
        "carloan.certificate.kind", "Certificate", help="Empty: of whatever kind."
    )
    carloan_limit_ids = fields.One2many(
        "carloan.authority.limit", "definition_id", "Authority"
    )

    _carloan_hours_check = models.Constraint(
        "CHECK (COALESCE(carloan_approvals, 1) >= 1"
        " AND COALESCE(carloan_sla_hours, 0) >= 0"
        " AND COALESCE(carloan_remind_hours, 0) >= 0)",
        "A tier needs one approval at least, and hours are not negative.",
    )

    @api.model
    def _get_tier_validation_model_names(self):
        return [
            *super()._get_tier_validation_model_names(),
            *GUARDED_MODELS,
        ]

    def _get_tiers(self, model, company):
        """Return the tiers of a model in a company, the first to decide first."""
        # sudo: which tiers there are does not depend on who asks
        return self.sudo().search(
            [("model", "=", model), ("company_id", "in", [False, company.id])],
            order="sequence desc, id",
        )

    def _get_next(self, company):
        """Return the tier above this one, whether a case needs it or not."""
        self.ensure_one()
        tiers_sudo = self._get_tiers(self.model, company)
        return tiers_sudo.filtered(lambda tier: tier.sequence < self.sequence)[:1]

    def _get_before(self, company):
        """Return the tier that decides before this one."""
        self.ensure_one()
        tiers_sudo = self._get_tiers(self.model, company)
        return tiers_sudo.filtered(lambda tier: tier.sequence > self.sequence)[-1:]

    def _get_people(self, request_sudo):
        """Return who belongs to the tier: by name, by group or by a field of a case."""
        self.ensure_one()
        # sudo: members of a group are closed to most staff
        self_sudo = self.sudo()
        people = {
            "individual": self_sudo.reviewer_id,
            "group": self_sudo.reviewer_group_id,
            "field": request_sudo[self_sudo.reviewer_field_id.name or "id"],
        }[self_sudo.review_type]
        if not isinstance(people, models.BaseModel):
            return self_sudo.env["res.users"]
        # implied members too: a manager is an approver
        return people.all_user_ids if people._name == "res.groups" else people
