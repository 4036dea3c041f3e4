from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...engine import settlement


class CarloanWriteOff(models.Model):
    """A loan leaves the books because nothing can be expected of it any more.

    The claim survives (账销案存): it stands in the memo register and is pursued.
    """

    _name = "carloan.write.off"
    _description = "Write-off of a car loan"
    _inherit = ["carloan.closing.mixin"]
    _closing_sequence = "carloan.write.off"
    _closing_undo = "write_off_id"
    # they stand still once the case is with the approver
    _closing_facts = frozenset(
        ("loan_id", "date", "scope", "part_amount", "evidence_type_ids", "reason")
    )
    _closing_guarded = frozenset(
        (
            "principal",
            "interest",
            "fee",
            "penalty",
            "claim",
            "allowance",
            "charge",
            "vat_pending",
            "approval_ids",
        )
    )

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("done", "Written off"),
            ("rejected", "Rejected"),
            ("undone", "Undone"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    date = fields.Date(
        string="Day of the write-off",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    reason = fields.Text(help="Why nothing more can be expected, in a few words.")
    scope = fields.Selection(
        [("whole", "The whole claim"), ("part", "A part of the principal not yet due")],
        string="Write off",
        required=True,
        default="whole",
        tracking=True,
    )
    part_amount = fields.Monetary(string="Principal to write off", tracking=True)
    evidence_type_ids = fields.Many2many(
        "carloan.evidence.type",
        string="Grounds",
        domain="[('company_id', 'in', (False, company_id)), ('valid_from', '<=', date),"
        " '|', ('valid_to', '=', False), ('valid_to', '>=', date)]",
        help="Each ground brings its papers to the checklist.",
    )
    line_ids = fields.One2many(
        "carloan.write.off.line", "write_off_id", string="Evidence"
    )
    approver_id = fields.Many2one(
        "res.users",
        string="To be approved by",
        tracking=True,
        domain="[('share', '=', False), ('id', '!=', uid)]",
        help="Gets the activity; any other approver may decide as well.",
    )
    missing = fields.Text(
        string="Still missing", compute="_compute_missing", compute_sudo=True
    )
    dpd = fields.Integer(related="loan_id.dpd")
    principal = fields.Monetary(readonly=True, copy=False)
    interest = fields.Monetary(readonly=True, copy=False)
    fee = fields.Monetary(readonly=True, copy=False)
    penalty = fields.Monetary(readonly=True, copy=False)
    claim = fields.Monetary(
        string="Written off", readonly=True, copy=False, help="What survives as claim."
    )
    allowance = fields.Monetary(
        string="Allowance held", readonly=True, copy=False, help="Just before."
    )
    charge = fields.Monetary(
        string="Charged to profit and loss",
        readonly=True,
        copy=False,
        help="What the allowance was short of; negative where it was too much.",
    )
    vat_pending = fields.Monetary(
        string="VAT that never fell due",
        readonly=True,
        copy=False,
        help="VAT within the claim that waited for the money: no loss, and due with "
        "what is recovered. VAT declared when it was billed stays declared.",
    )
    recovered = fields.Monetary(compute="_compute_recovered", store=True)
    balance = fields.Monetary(
        string="Written off, not recovered", compute="_compute_recovered", store=True
    )
    suspended = fields.Monetary(
        string="Suspended interest and penalties",
        compute="_compute_owed",
        compute_sudo=True,
        help="Owed beside what is written off: it was out of the books before, and "
        "stays in its own register.",
    )
    owed = fields.Monetary(
        string="Still owed",
        compute="_compute_owed",
        compute_sudo=True,
        help="What is written off and not recovered, with what is suspended.",
    )

    _done_uniq = models.UniqueIndex(
        "(loan_id) WHERE state IN ('draft', 'to_approve', 'approved')"
        " OR state = 'done' AND scope = 'whole'",
        "This loan has a write-off already: open that one.",
    )

    # ------------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------------

    @api.depends(
        "loan_id", "date", "evidence_type_ids", "line_ids.attachment_ids", "state"
    )
    def _compute_missing(self):
        for case in self:
            open_case = case.state in ("draft", "to_approve", "approved")
            case.missing = "\n".join(case._get_missing()) if open_case else False

    @api.depends("state", "claim", "loan_id.memo_ids.amount", "loan_id.memo_ids.kind")
    def _compute_recovered(self):
        """Read from the register what came in, and what is still owed.

        What came in pays the claims of a loan in the order they were written off.
        """
        for case in self:
            loan = case.loan_id
            lines = loan.memo_ids.filtered(lambda x: x.kind == "written_off")
            done = loan.write_off_ids.filtered(lambda x: x.state == "done")
            done = done.sorted(lambda x: x._origin.id)
            came_in, left = settlement.recovered(
                loan._to_minor(done.mapped("claim")),
                sum(loan._to_minor(lines.mapped("amount"))),
            )
            parts = zip(
                *(loan._from_minor(x.tolist()) for x in (came_in, left)), strict=True
            )
            found = dict(zip(done._origin.ids, parts, strict=True))
            case.recovered, case.balance = found.get(case._origin.id, (0.0, 0.0))

    @api.depends("balance", "state", "scope", "loan_id.suspended_balance")
    def _compute_owed(self):
        """Add what is suspended: the borrower owes it as what was written off."""
        for case in self:
            over = case.state in self._closing_over
            whole = case.scope == "whole" and not over
            case.suspended = case.loan_id.suspended_balance if whole else 0.0
            done = case.state == "done"
            case.owed = case.balance + case.suspended if done else 0.0

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override to put the papers of the grounds on the checklist."""
        cases = super().create(vals_list)
        cases._make_checklist()
        return cases

    def _get_live_domain(self):
        """Override: after a part of its principal, a loan may lose more of it."""
        part = Domain("state", "=", "done") & Domain("scope", "=", "part")
        return super()._get_live_domain() & ~part

    def write(self, vals):
        """Override to keep the checklist current."""
        result = super().write(vals)
        if "evidence_type_ids" in vals:
            self._make_checklist()
        return result

    @api.constrains("approver_id", "proposer_id")
    def _check_approver(self):
        for case in self:
            if case.approver_id and case.approver_id == case.proposer_id:
                raise ValidationError(
                    self.env._(
                        "%(case)s: %(user)s proposes it and cannot approve it too. "
                        "Choose another approver.",
                        case=case.name,
                        user=case.approver_id.name,
                    )
                )

    def _make_checklist(self):
        """Keep a line for each paper of the grounds, documents at hand stay."""
        for case in self:
            papers = case.evidence_type_ids.paper_ids
            gone = case.line_ids.filtered(lambda line, p=papers: line.paper_id not in p)
            new = papers - case.line_ids.paper_id
            # sudo: the list follows the grounds, nobody makes its lines by hand
            case.sudo().line_ids = [
                *(Command.delete(line.id) for line in gone),
                *(Command.create({"paper_id": paper.id}) for paper in new),
            ]

    # ------------------------------------------------------------------
    # EVIDENCE
    # ------------------------------------------------------------------

    def _get_missing(self):
        """Return in words what this case lacks; empty when it may be proposed."""
        self.ensure_one()
        if not self.evidence_type_ids:
            return [self.env._("No ground is chosen")]
        amount = self._get_company_amount()
        missing = []
        for ground in self.evidence_type_ids:
            missing += ground._get_unmet(self.date, self._get_dpd(), amount)
        for line in self.line_ids:
            if line.required and not line.attachment_ids:
                missing.append(
                    self.env._(
                        "%(ground)s: the document “%(paper)s”",
                        ground=line.type_id.name,
                        paper=line.paper_id.name,
                    )
                )
        return missing

    def _get_dpd(self):
        """Return how late the loan was on the day of the write-off.

        Nothing is in the books after that day (`_check_closing_date`), so the days
        since then are all that it became later.
        """
        loan = self.loan_id
        since = (loan.position_date or self.date) - self.date
        return max(loan.dpd - max(since.days, 0), 0)

    def _check_evidence(self):
        """Refuse a write-off whose evidence is not complete."""
        missing = self.sudo()._get_missing()  # sudo: the list is the same for all
        if missing:
            raise UserError(
                self.env._(
                    "Loan %(loan)s cannot be written off yet. Missing: %(missing)s. "
                    "Add it on the Evidence page, then go on.",
                    loan=self.loan_id.name,
                    missing="; ".join(missing),
                )
            )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_submit(self):
        """Propose the write-off; the approver gets an activity."""
        self._check_roles("officer", "manager")
        for case in self:
            case._check_case_state("draft")
            case._check_evidence()
            case._set_state(
                "to_approve",
                self.env._("Write-off proposed as of %(date)s.", date=case.date),
                proposer_id=self.env.uid,
            )
            case._ask_approver()
        return True

    def _ask_approver(self):
        """Put the case on the list of whoever is to decide."""
        approver = self.approver_id or self.sudo().team_id.user_id
        if not approver or approver == self.proposer_id:
            return
        self.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=approver.id,
            summary=self.env._("Approve the write-off of %s", self.loan_id.name),
        )

    def action_reject(self):
        """Reject the write-off: the loan stays in the books."""
        self._check_roles("approver", "manager")
        for case in self:
            case._check_case_state("to_approve", "approved")
            case._set_state(
                "rejected", self.env._("Write-off rejected."), decider_id=self.env.uid
            )
            case.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def action_write_off(self):
        """Take the loan out of the books: who neither proposed nor approved does."""
        self._check_roles("manager", "accountant")
        for case in self:
            case._check_case_state("approved")
            case._check_other_than(
                case.proposer_id | case.decider_id | case.approval_ids
            )
            case._check_evidence()
            amounts = case._post()
            case._check_authority(amounts["claim"])
            case._set_state(
                "done",
                self.env._(
                    "Written off: the claim survives in the memo register and goes on "
                    "being pursued."
                ),
                poster_id=self.env.uid,
                **amounts,
            )
        return True

    def _post(self):
        """Take the loan out of the books; return the amounts that the case keeps."""
        return self.loan_id._write_off(self, self.date)

    def _find_undo_blocker(self):
        """Return in words what stands on this write-off; empty when nothing does."""
        self.ensure_one()
        return self.loan_id._find_write_off_blocker(self)

    def _undo_entries(self, date, reason):
        """Put the loan back into the books as it stood."""
        return self.loan_id._undo_write_off(self, date, reason)
