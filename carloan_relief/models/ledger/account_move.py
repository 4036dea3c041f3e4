from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..loan.selections import EVENT_SELECTION

# what a reversal takes over, so that it belongs to what it reverses
REVERSED_FIELDS = (
    "carloan_loan_id",
    "carloan_instalment_id",
    "carloan_request_id",
    "carloan_event",
)

# what a person may undo from the entry
RELIEF_EVENTS = (
    "waive",
    "capitalise",
    "forgive",
    "modify",
    "exchange",
    "carry",
    "hold",
    "reinstate",
)
UNDOABLE_EVENTS = (
    "repay",
    "refund",
    "bill",
    "penalty",
    "fee",
    "write_off",
    "prepay",
    "repossession",
    "sale",
    *RELIEF_EVENTS,
)


def check_carloan_fields(env, vals, records=()):
    """Refuse car-loan fields from anybody but the system.

    :param records: that would be written; an emptied field counts as a changed one
    :raise AccessError: otherwise a loan could be paid by a few words over RPC
    """
    if env.su:
        return
    forged = [
        name
        for name in vals
        if name.startswith("carloan_")
        and (vals[name] or any(record[name] for record in records))
    ]
    if forged:
        raise AccessError(
            env._(
                "%(fields)s of an entry are written by the loan itself. Use the "
                "buttons of the loan, or register a payment.",
                fields=", ".join(sorted(forged)),
            )
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    carloan_loan_id = fields.Many2one(
        "carloan.loan",
        string="Car loan",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="restrict",
    )
    carloan_instalment_id = fields.Many2one(
        "carloan.instalment",
        string="Car-loan instalment",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="restrict",
    )
    carloan_event = fields.Selection(
        EVENT_SELECTION, string="Car-loan event", copy=False, readonly=True
    )
    carloan_event_key = fields.Char(
        string="Car-loan event key", copy=False, readonly=True
    )

    carloan_schedule_before_id = fields.Many2one(
        "carloan.schedule", compute="_compute_carloan_schedules", compute_sudo=True
    )
    carloan_schedule_after_id = fields.Many2one(
        "carloan.schedule", compute="_compute_carloan_schedules", compute_sudo=True
    )
    carloan_instalments_before = fields.One2many(
        "carloan.instalment", compute="_compute_carloan_schedules", compute_sudo=True
    )
    carloan_instalments_after = fields.One2many(
        "carloan.instalment", compute="_compute_carloan_schedules", compute_sudo=True
    )

    carloan_comparison = fields.Html(
        string="Before and after",
        compute="_compute_carloan_schedules",
        compute_sudo=True,
        sanitize=False,
    )

    carloan_can_undo = fields.Boolean(compute="_compute_carloan_can_undo")

    _carloan_event_key_uniq = models.UniqueIndex(
        "(company_id, carloan_event_key) WHERE carloan_event_key IS NOT NULL",
        "This car-loan event is already in the ledger.",
    )

    @api.depends("carloan_event")
    def _compute_show_reset_to_draft_button(self):
        """Override of `account`: no button for what is refused anyway."""
        result = super()._compute_show_reset_to_draft_button()
        self.filtered("carloan_event").show_reset_to_draft_button = False
        return result

    @api.depends("state", "carloan_event", "reversed_entry_id", "reversal_move_ids")
    def _compute_carloan_can_undo(self):
        """Offer to undo what the loan can undo, and what is not undone yet."""
        for move in self:
            move.carloan_can_undo = (
                move.state == "posted"
                and move.carloan_event in UNDOABLE_EVENTS
                and not move.reversed_entry_id
                and "posted" not in move.reversal_move_ids.mapped("state")
                and (move.carloan_event != "repay" or bool(move.origin_payment_id))
            )

    def action_carloan_undo(self):
        """Open the window that asks when and why this event is undone."""
        self.ensure_one()
        context = {"default_move_id": self.id}
        if self.carloan_event in RELIEF_EVENTS and self.carloan_request_id:
            # an entry of a relief is undone with all of the relief
            context = {"default_request_id": self.carloan_request_id.id}
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.undo",
            "view_mode": "form",
            "target": "new",
            "context": context,
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Undo"),
        }

    @api.depends("carloan_event", "carloan_event_key", "carloan_instalment_id")
    def _compute_carloan_schedules(self):
        """Find the schedules that a relief replaced and made, for its entries and
        for the bills of its new instalments."""
        keys = {move: move._get_carloan_relief_key() for move in self}
        schedules = self.env["carloan.schedule"].search(
            [("event_key", "in", [key for key in keys.values() if key])]
        )
        after_by_key = {schedule.event_key: schedule for schedule in schedules}
        for move, key in keys.items():
            after = after_by_key.get(key, schedules.browse())
            move.carloan_schedule_before_id = after.before_id
            move.carloan_schedule_after_id = after
            move.carloan_comparison = after.comparison
            move.carloan_instalments_before = after._get_replaced_instalments()
            move.carloan_instalments_after = after.instalment_ids

    def _get_carloan_relief_key(self):
        """Return the key of the relief that an entry is part of, or bills."""
        if self.carloan_event == "bill":
            schedule = self.carloan_instalment_id.schedule_id
            return schedule.event_key if schedule.reason == "relief" else False
        key = self.reversed_entry_id.carloan_event_key or self.carloan_event_key or ""
        # relief:<model>:<id>, then what the entry is within the relief
        return ":".join(key.split(":")[:3]) if key.startswith("relief:") else False

    def _post(self, soft=True):
        """Override of `account`: the one gate through which loan entries pass.

        Our billing, an accountant's button and Odoo's own auto-post job all come
        through here, so whoever posts an entry, the loan learns of it.
        """
        self._respect_carloan_lock_dates(soft)
        self.env["carloan.ledger"]._before_post(self, soft)
        self.env["carloan.ledger"]._convert_drafts(self)
        if all(move.carloan_event for move in self):
            self = self._rank_carloan_partners()  # noqa: PLW0642
        dates = {move: move.date for move in self.filtered("carloan_event")}
        posted = super()._post(soft)
        self._note_carloan_moved(dates)
        loan_moves = posted.filtered("carloan_event")
        if loan_moves:
            self.env["carloan.ledger"]._after_post(loan_moves)
        return posted

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: only postings of ours write car-loan fields."""
        for vals in vals_list:
            check_carloan_fields(self.env, vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override of `account`: only postings of ours write car-loan fields."""
        check_carloan_fields(self.env, vals, self)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_carloan_draft(self):
        """Let an instalment whose draft is deleted be drafted again."""
        # sudo: an accountant may delete a draft and writes no instalment
        lines = self.sudo().carloan_instalment_id
        lines.filtered(lambda line: line.state == "drafted").write({"state": "planned"})

    def button_cancel(self):
        """Override of `account`: a cancelled bill would never be billed."""
        drafts = self.filtered(lambda m: m.carloan_event and m.state == "draft")
        if drafts:
            raise UserError(
                self.env._(
                    "%(move)s is a coming entry of loan %(loan)s and cannot be "
                    "cancelled. A relief replaces it; a deleted one is made again.",
                    move=drafts[0].ref or drafts[0].display_name,
                    loan=drafts[0].carloan_loan_id.name or "",
                )
            )
        return super().button_cancel()

    def button_draft(self):
        """Override of `account`: a posted loan entry is reversed, never reopened."""
        for move in self.filtered("carloan_event"):
            if move.state == "posted":
                raise UserError(
                    self.env._(
                        "%(move)s belongs to loan %(loan)s. An entry of a loan is "
                        "never edited once posted: reverse it instead.",
                        move=move.name,
                        loan=move.carloan_loan_id.name or "",
                    )
                )
        return super().button_draft()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override of `account` to carry the loan over to the reversal.

        Only a repayment is reversed by itself: bills and relief also change the
        schedule, so undoing one of them takes more than an entry.
        """
        default_values_list = default_values_list or [{} for _move in self]
        for move, values in zip(self, default_values_list, strict=True):
            if not move.carloan_event:
                if move.carloan_loan_id:
                    # an exchange difference that Odoo takes back with its matching
                    values["carloan_loan_id"] = move.carloan_loan_id.id
                continue
            undo = self.env.su and self.env.context.get("carloan_undo")
            if not undo:
                move._check_carloan_reversible(values.get("date"))
            values["date"] = move._get_carloan_reversal_date(values.get("date"))
            values.update(
                carloan_event_key=f"reverse:{move.id}",
                **{
                    name: move._fields[name].convert_to_write(move[name], move)
                    for name in REVERSED_FIELDS
                    if name in move._fields
                },
            )
        if self.carloan_loan_id or any(move.carloan_event for move in self):
            # sudo: car-loan fields are written by the system alone; that the user may
            # make entries at all is checked first
            self.env["account.move"].check_access("create")
            reversals = super(AccountMove, self.sudo())._reverse_moves(
                default_values_list, cancel=cancel
            )
            return reversals.sudo(self.env.su)
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def _check_carloan_reversible(self, date):
        """Refuse to reverse what is no repayment, is undone, or is a reversal."""
        if self.carloan_event != "repay":
            self._raise_carloan_not_reversible()
        # sudo: whoever may reverse an entry need not see the loan
        loan_sudo = self.sudo().carloan_loan_id
        loan_sudo._check_undo_date(self, date or fields.Date.context_today(self))
        if self.reversed_entry_id:
            why = self.env._("it took a repayment back: enter that one again")
            loan_sudo._raise_not_undone(self, why)
        loan_sudo._check_own_repayment(self)

    def _raise_carloan_not_reversible(self):
        """Raise the message about an entry that is part of more than itself."""
        events = dict(self._fields["carloan_event"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(move)s (“%(event)s” of loan %(loan)s) is part of a change of the "
                "loan and cannot be reversed by itself: the schedule would no longer "
                "equal the books. Press Undo on this entry instead.",
                move=self.name,
                event=events.get(self.carloan_event, ""),
                loan=self.carloan_loan_id.name or self.ref or "",
            )
        )
