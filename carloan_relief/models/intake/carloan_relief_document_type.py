from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

#: steps that a paper may be needed for, in the order of a case
STEPS = [
    ("advice", "Nothing: it only helps"),
    ("approve", "Approval"),
    ("activate", "Activation"),
]
#: who may do without a paper; a manager always may
WAIVERS = [
    ("officer", "Officer"),
    ("approver", "Approver"),
    ("manager", "Manager"),
]


class CarloanReliefDocumentType(models.Model):
    """A paper that a relief request needs, for which hardships and for how long.

    Which papers a lender asks for, for which step and how old they may be are data:
    what is known already and still valid is never asked for again.
    """

    _name = "carloan.relief.document.type"
    _description = "Paper of a Hardship"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable key used by imports and reports.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: for every company."
    )
    description = fields.Text(
        "What to Bring",
        translate=True,
        help="In words the borrower understands: what it is and where to get it.",
    )
    reason_ids = fields.Many2many(
        "carloan.relief.reason",
        "carloan_relief_document_type_reason_rel",
        "type_id",
        "reason_id",
        string="Hardships",
        help="Empty: for every hardship.",
    )
    hardship = fields.Selection(
        [
            ("both", "Temporary and lasting"),
            ("temporary", "Temporary only"),
            ("lasting", "Lasting only"),
        ],
        default="both",
        required=True,
    )
    needed_for = fields.Selection(
        STEPS,
        default="approve",
        required=True,
        help="The step that is refused while the paper is missing or unchecked.",
    )
    valid_days = fields.Integer(
        "Valid for Days",
        help="Days for which an accepted paper counts for later requests of the same "
        "borrower. 0: it is asked for each time.",
    )
    known_from = fields.Selection(
        [
            ("paper", "The same paper, accepted before"),
            ("statement", "A verified financial statement"),
        ],
        "Already Known From",
        default="paper",
        required=True,
    )
    waiver_role = fields.Selection(
        WAIVERS, "Waived by", default="approver", required=True
    )
    in_campaign = fields.Boolean(
        "Asked in Campaigns",
        help="Also asked for when the lender offers a relief on its own accord.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another paper already has this code."
    )
    _valid_positive = models.Constraint(
        "CHECK (valid_days >= 0)", "A paper cannot be valid for less than no days."
    )

    @api.constrains("known_from", "valid_days")
    def _check_valid_days(self):
        """A statement that is never too old would hide a changed household."""
        for kind in self:
            if kind.known_from == "statement" and not kind.valid_days:
                raise ValidationError(
                    self.env._(
                        "%(paper)s is known from a verified statement: enter for how "
                        "many days such a statement counts.",
                        paper=kind.name,
                    )
                )

    @api.model
    def _find_for(self, request):
        """Return the papers that a case needs by its hardship.

        :param request: one case
        """
        hardship = "temporary" if request.temporary else "lasting"
        domain = (
            Domain("company_id", "in", (False, request.company_id.id))
            & Domain("hardship", "in", ("both", hardship))
            & (
                Domain("reason_ids", "=", False)
                | Domain("reason_ids", "in", request.reason_id.ids)
            )
        )
        if request.channel == "campaign":
            domain &= Domain("in_campaign", "=", True)
        return self.search(domain)

    def _get_valid_until(self, day):
        """Return the last day on which a paper of a day counts, False if only once."""
        self.ensure_one()
        return self.valid_days and fields.Date.add(day, days=self.valid_days)
