"""What happened in a case on which day, for the clocks of the law."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..relief.relief_request import MOVE_FIELDS, OPEN_STATES

MOVE_FIELDS |= {
    "dpd_submitted",
    "info_asked_on",
    "info_received_on",
    "clock_ids",
}
# what a clock runs from, or is met by, besides the moves of the case
CLOCK_FACTS = {"notice_date", "loan_id", "info_asked_on", "info_received_on"}
ORAL_CHANNELS = ("phone", "counter")


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    notice_date = fields.Date(
        "Notice of Hardship",
        compute="_compute_notice_date",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
        help="Day on which the borrower first said to us, in writing or by mouth, that "
        "they cannot pay. Clocks of the law run from it: it can be moved to an earlier "
        "day, never to a later one.",
    )
    notice_form = fields.Selection(
        [("written", "In writing"), ("oral", "By mouth")],
        "Form of Notice",
        compute="_compute_notice_form",
        store=True,
        readonly=False,
        help="A notice by mouth counts like one in writing: note what was said.",
    )
    dpd_submitted = fields.Integer(
        "Days Past Due When Submitted", readonly=True, copy=False
    )
    info_asked_on = fields.Date("Information Asked For On", readonly=True, copy=False)
    info_received_on = fields.Date("Information Received On", readonly=True, copy=False)
    clock_ids = fields.One2many(
        "carloan.clock", "request_id", "Statutory Clocks", readonly=True, copy=False
    )
    clock_due = fields.Date("Next Statutory Day", compute="_compute_clock")
    clock_days = fields.Integer("Days to the Statutory Day", compute="_compute_clock")
    clock_missed = fields.Char("Statutory Clocks Missed", compute="_compute_clock")
    asks_information = fields.Boolean(
        "Law Knows a Question for Information", compute="_compute_asks_information"
    )

    # --------------------------------------------------------------- COMPUTE
    @api.depends("loan_id")
    def _compute_notice_date(self):
        """A case older than the clocks gave notice on the day it was made."""
        for request in self:
            company = request.loan_id.company_id or request.env.company
            made = request._origin.create_date
            request.notice_date = request.notice_date or company._get_carloan_day(made)

    @api.depends("channel")
    def _compute_notice_form(self):
        for request in self:
            oral = request.channel in ORAL_CHANNELS
            request.notice_form = "oral" if oral else "written"

    @api.depends("clock_ids.state", "clock_ids.due_date")
    def _compute_clock(self):
        """Show the next day by which we must act, and what was missed."""
        # sudo: whoever reads the case may know what the law asks of it
        for request, request_sudo in zip(self, self.sudo(), strict=True):
            must = request_sudo.clock_ids.filtered(lambda clock: clock.nature == "act")
            running = must.filtered(lambda clock: clock.state == "running")
            first = running.sorted("due_date")[:1]
            request.clock_due = first.due_date
            request.clock_days = first.days_left
            missed = must.filtered(lambda clock: clock.state == "missed")
            request.clock_missed = ", ".join(missed.mapped("display_name"))

    @api.depends("company_id")
    def _compute_asks_information(self):
        Kind = self.env["carloan.clock.kind"].sudo()  # sudo: law is no secret
        for company, items in self.grouped("company_id").items():
            methods = Kind._get_for(company).mapped("method")
            items.asks_information = "hardship" in methods

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Override to start the clocks of each case on the day it is made."""
        vals_list = [
            {**vals, "notice_date": vals.get("notice_date") or self._get_day_now(vals)}
            for vals in vals_list
        ]
        requests = super(CarloanReliefRequest, self._without_forged_defaults()).create(
            vals_list
        )
        requests = requests.with_env(self.env)
        requests._check_notice_day()
        requests._sync_clocks()
        return requests

    def write(self, vals):
        """Override: a notice is moved to an earlier day only, and clocks follow."""
        if {"notice_date", "notice_form", "new_ground"} & set(vals) and not self.env.su:
            self._check_basis_open()
        if "notice_date" in vals and not self.env.su:
            self._check_notice_earlier(fields.Date.to_date(vals["notice_date"]))
        result = super().write(vals)
        if CLOCK_FACTS & set(vals):
            self._check_notice_day()
            self._sync_clocks()
        return result

    def _without_forged_defaults(self):
        """Return the model without defaults of the context for what the moves write."""
        if self.env.su:
            return self
        forged = {f"default_{name}" for name in MOVE_FIELDS}
        kept = {k: v for k, v in self.env.context.items() if k not in forged}
        return self.with_env(self.env(context=kept))

    def _get_day_now(self, vals):
        """Return today in the company of the loan of a case to be made."""
        # sudo: the company alone; who may open a case is checked by its creation
        loan_sudo = self.env["carloan.loan"].sudo().browse(vals.get("loan_id"))
        return (loan_sudo.company_id or self.env.company)._get_carloan_day()

    def _check_notice_earlier(self, day):
        """Refuse to move a notice to a later day, or to empty it."""
        for request in self:
            if not day or (request.notice_date and day > request.notice_date):
                raise UserError(
                    self.env._(
                        "Request %(request)s: notice of hardship was given on "
                        "%(date)s. Clocks of the law run from it, so it can only be "
                        "moved to an earlier day.",
                        request=request.name,
                        date=fields.Date.to_string(request.notice_date),
                    )
                )

    def _check_notice_day(self):
        """Refuse a notice that is still to come."""
        for request in self:
            today = request.company_id._get_carloan_day()
            if request.notice_date and request.notice_date > today:
                raise UserError(
                    self.env._(
                        "Request %(request)s: a notice of %(date)s is still to come. "
                        "Enter the day on which the borrower told us.",
                        request=request.name,
                        date=fields.Date.to_string(request.notice_date),
                    )
                )

    # ----------------------------------------------------------------- MOVES
    def _move_to(self, state, allowed, **vals):
        """Override to note how late the loan was when it was handed in."""
        if state == "submitted":
            # sudo: the position of the loan, whoever hands the case in
            vals.setdefault("dpd_submitted", self.sudo().loan_id.dpd)
        result = super()._move_to(state, allowed, **vals)
        self._sync_clocks()
        return result

    def _sync_clocks(self):
        """Bring the clocks of these cases up to date."""
        self.env["carloan.clock"]._sync(self)

    # ----------------------------------------------------------------- FACTS
    def _get_clock_facts(self):
        """Return {event: [date or False] of these cases} for the clocks of the law.

        Days are those of the company. Extended by what else starts or ends a clock.
        """
        told = [request._get_refusal_day() for request in self]
        offered = self._get_days("date_decided")
        accepted = self._get_days("date_accepted")
        return {
            "notice": [request.notice_date for request in self],
            "submitted": self._get_days("date_submitted"),
            "asked": [request.info_asked_on for request in self],
            "informed": [request.info_received_on for request in self],
            "assessed": self._get_days("date_assessed"),
            "offered": offered,
            "refused": told,
            "told": _first(offered, told),
            "answered": _first(accepted, told),
            "active": self._get_days("date_active"),
            "ended": [request._get_withdrawn_day() for request in self],
            "overdue": [request.dpd_submitted > 0 for request in self],
        }

    def _get_days(self, name):
        """Return the day of a moment in the company of each case, False if none."""
        return [
            request[name] and request.company_id._get_carloan_day(request[name])
            for request in self
        ]

    def _get_refusal_day(self):
        """Return the day on which the borrower was told of a refusal, or False."""
        self.ensure_one()
        refused = self.state == "rejected" and self.date_closed
        return refused and self.company_id._get_carloan_day(refused)

    def _get_withdrawn_day(self):
        """Return the day from which nothing is owed to the borrower, or False."""
        self.ensure_one()
        gone = self.state in ("withdrawn", "undone") and self.date_closed
        return gone and self.company_id._get_carloan_day(gone)

    # --------------------------------------------------------------- ACTIONS
    def action_information_asked(self):
        """Note that the law's question for information went out today."""
        self._check_staff("officer", "approver")
        for request in self:
            request._check_question(bool(request.info_asked_on))
            request._note_information("info_asked_on")
            request._log(request.env._("Information asked for under the notice."))
        return True

    def action_information_received(self):
        """Note that the information came in today."""
        self._check_staff("officer", "approver")
        for request in self:
            request._check_question(
                not request.info_asked_on or bool(request.info_received_on)
            )
            request._note_information("info_received_on")
            request._log(request.env._("Information received under the notice."))
        return True

    def _note_information(self, name):
        # sudo: facts that clocks rest on are closed to forms and RPC
        self.sudo().write({name: self.company_id._get_carloan_day()})

    def _check_question(self, wrong):
        """Refuse a question, or its answer, that the law or the case does not know."""
        self._lock()
        if wrong or not self.asks_information or self.state not in OPEN_STATES:
            raise UserError(
                self.env._(
                    "Request %(request)s (%(state)s): information is asked for once, "
                    "while the case is open and where the law sets a day for it, and "
                    "its receipt noted once after that. See the clocks of the case.",
                    request=self.name,
                    state=self._get_state_label(),
                )
            )


def _first(*columns):
    """Return the earliest date of each row of some columns, False if none."""
    rows = zip(*columns, strict=True)
    return [min((day for day in row if day), default=False) for row in rows]
