from odoo import fields, models
from odoo.exceptions import UserError

from ..loan.selections import CN_CLASS_SELECTION, STAGE_SELECTION


class CarloanProvision(models.Model):
    """What one loan needed on a day, and every figure that proves it.

    Written by the run, never by hand: expected loss = exposure x PD x LGD, plus the
    manual share of the exposure; charge = expected loss - allowance before.
    """

    _name = "carloan.provision"
    _description = "Loss allowance of a loan"
    _order = "date desc, id desc"
    _check_company_auto = True

    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    product_id = fields.Many2one("carloan.product", readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    state = fields.Selection(
        [("posted", "Posted"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="posted",
    )
    stage = fields.Selection(STAGE_SELECTION, required=True, readonly=True)
    stage_before = fields.Selection(STAGE_SELECTION, readonly=True)
    dpd = fields.Integer("Days past due", readonly=True, aggregator="max")
    cn_class = fields.Selection(
        CN_CLASS_SELECTION, string="Five-grade class", readonly=True
    )
    pd12 = fields.Float(
        "PD, twelve months", digits=(8, 6), readonly=True, aggregator="avg"
    )
    pd = fields.Float(
        "PD of the stage",
        digits=(8, 6),
        readonly=True,
        aggregator="avg",
        help="Twelve months in stage 1, the remaining term in stage 2, certain in "
        "stage 3.",
    )
    months = fields.Integer("Months left", readonly=True, aggregator="avg")
    ltv = fields.Float(
        "Loan-to-value",
        digits=(8, 4),
        readonly=True,
        aggregator="avg",
        help="0: the value of the vehicle is not known.",
    )
    lgd = fields.Float(
        "Loss given default", digits=(8, 6), readonly=True, aggregator="avg"
    )
    overlay_rate = fields.Float(
        "Manual share", digits=(8, 6), readonly=True, aggregator="avg"
    )
    ead = fields.Monetary("Exposure", readonly=True)
    ecl = fields.Monetary("Expected loss", readonly=True)
    before = fields.Monetary("Allowance before", readonly=True)
    charge = fields.Monetary(
        readonly=True, help="Raises the allowance; below zero it is a release."
    )
    policy_id = fields.Many2one(
        "carloan.provision.policy", readonly=True, index=True, ondelete="restrict"
    )
    assessment_id = fields.Many2one(
        "carloan.risk.assessment", readonly=True, ondelete="set null"
    )
    overlay_id = fields.Many2one(
        "carloan.provision.overlay", readonly=True, ondelete="restrict"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    undo_move_id = fields.Many2one("account.move", string="Undone by", readonly=True)

    _once = models.UniqueIndex(
        "(loan_id, date) WHERE state = 'posted'",
        "The allowance of this loan is set for this day already.",
    )

    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.loan_id.name} {item.date}"

    def action_view_entry(self):
        """Open the entry of this provision."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": (self.undo_move_id or self.move_id).id,
        }

    def action_undo(self):
        """Take these provisions back, each with an entry of its own.

        :raise UserError: when a later one stands on it, or the allowance is used
        """
        self.check_access("read")
        self.env["carloan.loan"]._check_may_post()
        # sudo: an accountant posts, and writes no provision by hand
        own_sudo = self.sudo().filtered(lambda item: item.state == "posted")
        own_sudo.loan_id._lock()
        for item in own_sudo:
            item._check_last()
        events = [item._prepare_undo_event() for item in own_sudo]
        ledger_sudo = self.env["carloan.ledger"].sudo()
        moves = ledger_sudo._post_events(events).grouped("carloan_event_key")
        for item, event in zip(own_sudo, events, strict=True):
            item.write({"state": "undone", "undo_move_id": moves.get(event["key"])})
        own_sudo.loan_id._restore_stage()
        return True

    def _check_last(self):
        """Refuse to undo what a later provision was computed on."""
        later = self.search(
            [
                ("loan_id", "=", self.loan_id.id),
                ("state", "=", "posted"),
                ("date", ">", self.date),
            ],
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "The allowance of loan %(loan)s of %(date)s cannot be undone: that "
                    "of %(later)s was computed on it. Undo that one first.",
                    loan=self.loan_id.name,
                    date=self.date,
                    later=later.date,
                )
            )
        allowance = self.loan_id._get_allowance()
        if self.currency_id.compare_amounts(self.charge, allowance) > 0:
            raise UserError(
                self.env._(
                    "The allowance of loan %(loan)s of %(date)s cannot be undone: only "
                    "%(left)s of %(charge)s is left, the rest has been used. Undo what "
                    "used it first.",
                    loan=self.loan_id.name,
                    date=self.date,
                    left=allowance,
                    charge=self.charge,
                )
            )

    def _get_undo_date(self):
        """Return its own day; a company that books nothing of a closed period later
        by itself gets today, which is said on the loan."""
        journal = self.product_id.journal_id
        locks = self.company_id._get_violated_lock_dates(self.date, False, journal)
        if not locks or self.company_id.sudo().carloan_locked_policy == "next_open":
            return self.date
        today = fields.Date.context_today(self)
        self.loan_id._message_log(
            body=self.env._(
                "The allowance of %(date)s lies in a closed period: it is taken back "
                "on %(today)s.",
                date=self.date,
                today=today,
            )
        )
        return today

    def _prepare_undo_event(self):
        """Return the event that takes this provision back."""
        loan = self.loan_id
        return {
            "loan": loan,
            "event": "provision",
            "key": f"provision:undo:{self.id}",
            "date": self._get_undo_date(),
            "amounts": {"charge": -loan._to_minor([self.charge])[0]},
            "ref": self.env._(
                "%(loan)s - Loss allowance of %(date)s undone",
                loan=loan.name,
                date=self.date,
            ),
        }
