from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Set by the buttons alone; a form or an RPC call may not.
MOVE_FIELDS = {"name", "state", "deadline", "channel", "asked_on", "answered_on"}
OPEN = ("asked", "taken")


class CarloanRiskReview(models.Model):
    """A borrower asks that a person looks at a decision again: who, by when, with what
    outcome. The right follows a decision made by a model (PIPL art. 24, GDPR art. 22).
    """

    _name = "carloan.risk.review"
    _description = "Human review of a decision"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Reference", readonly=True, copy=False)
    loan_id = fields.Many2one(
        "carloan.loan",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="loan_id.partner_id", string="Borrower", store=True, index=True
    )
    company_id = fields.Many2one(related="loan_id.company_id", store=True, index=True)
    request_id = fields.Many2one(
        "carloan.relief.request",
        string="Relief request",
        index="btree_not_null",
        check_company=True,
        domain="[('loan_id', '=', loan_id)]",
        ondelete="restrict",
        help="Empty: the review is of the grade alone.",
    )
    assessment_id = fields.Many2one(
        "carloan.risk.assessment",
        string="Assessment in question",
        compute="_compute_assessment_id",
        store=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("asked", "Asked for"),
            ("taken", "Being reviewed"),
            ("answered", "Answered"),
            ("withdrawn", "Withdrawn"),
        ],
        default="asked",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    channel = fields.Selection(
        [("staff", "Staff"), ("portal", "Portal")],
        default="staff",
        required=True,
        readonly=True,
    )
    reason = fields.Text(string="What the borrower says", required=True, tracking=True)
    asked_on = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now, copy=False
    )
    deadline = fields.Date(string="Answer by", readonly=True, copy=False)
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Reviewer",
        copy=False,
        tracking=True,
        domain="[('share', '=', False)]",
        help="A person who had no part in the decision.",
    )
    outcome = fields.Selection(
        [("upheld", "The decision stands"), ("changed", "The decision is changed")],
        copy=False,
        tracking=True,
    )
    explanation = fields.Text(
        string="Answer to the borrower",
        copy=False,
        tracking=True,
        help="In plain words: what was looked at, and why it stands or changes.",
    )
    answered_on = fields.Datetime(readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(loan_id, COALESCE(request_id, 0)) WHERE state IN ('asked', 'taken')",
        "A review of this decision is under way already: wait for its answer.",
    )

    @api.depends("loan_id", "request_id")
    def _compute_assessment_id(self):
        for review in self:
            # sudo: the record alone, whatever the one who asks may read
            review_sudo = review.sudo()
            review.assessment_id = (
                review_sudo.request_id.assessment_id
                or review_sudo.loan_id.assessment_id
            )

    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for review in self:
            done = fields.Date.to_date(review.answered_on) or today
            open_or_done = review.state != "withdrawn"
            review.is_late = open_or_done and done > (review.deadline or today)

    def _search_is_late(self, operator, value):
        """Find reviews that are open past their day; answered ones are not late now."""
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        late = [("state", "in", OPEN), ("deadline", "<", today)]
        return late if True in value else ["!", "&", *late]

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Number the review and set the day by which it is answered."""
        self.check_access("create")  # who may not, learns of no other review
        self._check_none_open(vals_list)
        if not self.env.su:
            # said here in full: a default of the context would fill what is left out
            start = {
                **dict.fromkeys(MOVE_FIELDS, False),
                "state": "asked",
                "channel": "staff",
                "asked_on": fields.Datetime.now(),
            }
            vals_list = [{**vals, **start} for vals in vals_list]
        reviews = super().create(vals_list)
        for review in reviews:
            # sudo: number and deadline are closed to users
            review.sudo().write(
                {
                    "name": self.env["ir.sequence"]
                    .with_company(review.company_id)
                    .next_by_code("carloan.risk.review"),
                    "deadline": review._get_deadline(),
                }
            )
            review._check_reviewer()
        return reviews

    def _check_none_open(self, vals_list):
        """Refuse a second review of a decision; an index stops what comes at once."""
        loan_ids = [vals.get("loan_id") for vals in vals_list]
        self.env["carloan.loan"].browse(loan_ids).check_access("read")
        # sudo: a review by another team counts as well
        open_sudo = self.sudo().search(
            [("loan_id", "in", loan_ids), ("state", "in", OPEN)]
        )
        asked = {(v.get("loan_id"), v.get("request_id") or False) for v in vals_list}
        for review in open_sudo:
            if (review.loan_id.id, review.request_id.id) in asked:
                raise UserError(
                    self.env._(
                        "Loan %(loan)s: review %(review)s of this decision is under "
                        "way (reviewer %(user)s, answer by %(day)s). Answer that one, "
                        "or withdraw it first.",
                        loan=review.loan_id.name,
                        review=review.name,
                        user=review.user_id.name or "-",
                        day=review.deadline,
                    )
                )

    def write(self, vals):
        """Leave moves to the buttons, and what was answered as it is."""
        if not self.env.su:
            if MOVE_FIELDS & set(vals):
                raise AccessError(
                    self.env._(
                        "%(fields)s of a review are set by its buttons, not by writing "
                        "them.",
                        fields=", ".join(sorted(MOVE_FIELDS & set(vals))),
                    )
                )
            if set(vals) - {"message_follower_ids", "activity_ids"}:
                self._check_state(*OPEN)
        result = super().write(vals)
        if "user_id" in vals:
            self._check_reviewer()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "A review that a borrower asked for stays on file. Press Withdraw when "
                "the borrower takes it back."
            )
        )

    def _get_deadline(self):
        """Return the last day to answer, by the working hours of the company.

        The day on which it is asked for does not count.
        """
        company = self.company_id.sudo()  # sudo: working hours of the company
        calendar = company.resource_calendar_id
        zone = timezone(calendar.tz or "UTC")
        asked = utc.localize(self.asked_on).astimezone(zone)
        # sudo: the days are policy data
        policies = self.env["carloan.risk.policy"].sudo()
        days = policies._get_in_force(company, asked.date()).review_days
        after = zone.localize(
            datetime.combine(asked.date() + timedelta(days=1), time.min)
        )
        last = calendar and calendar.plan_days(days, after, compute_leaves=True)
        return last.date() if last else asked.date() + timedelta(days=days)

    # ------------------------------------------------------------------
    # WHO
    # ------------------------------------------------------------------

    def _get_deciders(self):
        """Return the users who had a part in the decision under review."""
        # sudo: who may not review must be known whatever the user may read
        review_sudo = self.sudo()
        request_sudo = review_sudo.request_id
        override_sudo = review_sudo.assessment_id.override_id
        return (
            request_sudo.user_id
            | request_sudo.proposer_id
            | request_sudo.approver_ids
            | override_sudo.proposer_id
            | override_sudo.approver_id
        )

    def _check_reviewer(self):
        """Refuse a reviewer who decided, is a party, or has no role for it."""
        for review in self.filtered("user_id"):
            user_sudo = review.user_id.sudo()  # sudo: roles and house of a colleague
            loan_sudo = review.sudo().loan_id
            parties = loan_sudo.partner_id | loan_sudo.party_ids.partner_id
            house = parties.commercial_partner_id
            decided = review.user_id in review._get_deciders()
            related = user_sudo.partner_id.commercial_partner_id in house
            able = user_sudo.has_groups(
                "carloan_relief.group_approver,carloan_relief.group_risk_analyst"
            )
            if decided or related or not able:
                raise UserError(
                    self.env._(
                        "%(user)s cannot review %(review)s: the reviewer is an "
                        "approver, an analyst or a manager who had no part in the "
                        "decision and is no party of the loan. Choose another person.",
                        user=review.user_id.name,
                        review=review.name or review.loan_id.name,
                    )
                )

    def _check_state(self, *states):
        for review in self:
            if review.state not in states:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Review %(review)s is %(state)s already. Reload the page.",
                        review=review.name,
                        state=labels[review.state],
                    )
                )

    # ------------------------------------------------------------------
    # MOVES
    # ------------------------------------------------------------------

    def action_take(self):
        """Take the review: who presses becomes the reviewer."""
        self.check_access("write")
        self.lock_for_update()
        self._check_state("asked")
        self.user_id = self.env.user
        self.sudo().state = "taken"  # sudo: closed to users; checked above
        return True

    def action_answer(self):
        """Give the answer to the borrower: the outcome, and why, in plain words."""
        self.check_access("write")
        self.lock_for_update()
        self._check_state("taken")
        for review in self:
            review._check_answer()
            # sudo: closed to users; reviewer and content were checked
            review.sudo().write(
                {"state": "answered", "answered_on": fields.Datetime.now()}
            )
            review._tell_borrower()
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def _check_answer(self):
        if self.user_id != self.env.user:
            raise UserError(
                self.env._(
                    "%(user)s reviews %(review)s and gives the answer. Ask them, or "
                    "have the review given to you.",
                    user=self.user_id.name,
                    review=self.name,
                )
            )
        self._check_reviewer()
        if not self.outcome or not (self.explanation or "").strip():
            raise UserError(
                self.env._(
                    "Review %(review)s needs an outcome and an answer to the borrower: "
                    "enter both, then press Answer.",
                    review=self.name,
                )
            )

    def action_withdraw(self):
        """Close the review because the borrower took it back."""
        self.check_access("write")
        self._check_state(*OPEN)
        self.sudo().state = "withdrawn"  # sudo: closed to users; checked above
        return True

    def action_override(self):
        """Open a grade set by hand for the loan, as the review found."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.risk.override",
            "view_mode": "form",
            "context": {
                "default_loan_id": self.loan_id.id,
                "default_reason": self.explanation or self.reason,
            },
        }

    def _tell_borrower(self):
        """Tell the borrower by mail that there is an answer, and what it is."""
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        # sudo: the borrower's address
        self.sudo().message_post(
            body=self.env._(
                "A person has looked at the decision on loan %(loan)s again. "
                "%(outcome)s. %(explanation)s",
                loan=self.loan_id.sudo().name,
                outcome=labels[self.outcome],
                explanation=self.explanation,
            ),
            subject=self.env._("Answer to your review %(name)s", name=self.name),
            partner_ids=self.sudo().partner_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    @api.model
    def _cron_remind(self):
        """Each night: whoever is to answer, or a manager, hears of late reviews."""
        # sudo: the night works for every company
        late = self.sudo().search([("is_late", "=", True)])
        managers = self.env.ref("carloan_relief.group_manager").sudo().all_user_ids
        for review in late.filtered(lambda review: not review.activity_ids):
            own = managers.filtered(lambda u, r=review: r.company_id in u.company_ids)
            person = review.user_id or own[:1]
            if person:
                review.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=person.id,
                    date_deadline=review.deadline,
                    summary=self.env._("The borrower waits for the review"),
                )
