from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ..tools import answers

# Name of each answer and how much of it is kept. A form may post anything: what is
# not named here never reaches the database.
KEPT = {
    "reason_id": 10,
    "temporary": 3,
    "note": 10000,
    "net_income": 40,
    "living_costs": 40,
    "other_debt": 40,
    "dependants": 10,
    "employment": 20,
    "wish_extend": 10,
    "wish_holiday": 10,
    "wish_capitalise": 5,
    "consent_truth": 5,
    "consent_data": 5,
    "consent_sensitive": 5,
}
MAX_NOTE = 4000
MAX_DEPENDANTS = 20
REQUIRED = ("reason_id", "temporary", "note", "net_income", "living_costs")
CONSENTS = ("consent_truth", "consent_data")


class CarloanReliefApplication(models.Model):
    """What a borrower has typed and not yet sent.

    The words are kept as typed, readable or not, so that a lost session loses
    nothing; they become a request only when the borrower sends them.
    """

    _name = "carloan.relief.application"
    _description = "Relief Application Being Written"
    _inherit = ["carloan.paper.mixin"]
    _order = "write_date desc"

    loan_id = fields.Many2one("carloan.loan", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="loan_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="loan_id.company_id", store=True)
    answers = fields.Json(default=dict)

    _loan_uniq = models.UniqueIndex(
        "(loan_id)", "An application for this loan is already being written."
    )

    @api.depends("loan_id")
    def _compute_display_name(self):
        for application in self:
            application.display_name = self.env._(
                "Application for %(loan)s", loan=application.loan_id.display_name
            )

    # ------------------------------------------------------------------ DRAFT
    @api.model
    def _get_for(self, loan):
        """Return the application of a loan, an empty set when there is none."""
        return self.search([("loan_id", "=", loan.id)], limit=1)

    @api.model
    def _keep(self, loan, typed):
        """Keep what was typed; an answer that was not on the form stays.

        :param dict typed: name to raw text, anything a form or a script may post
        """
        kept = {
            name: answers.clean(typed[name], limit)
            for name, limit in KEPT.items()
            if name in typed
        }
        application = self._get_for(loan)
        if not application:
            return self._begin(loan, kept)
        merged = {**(application.answers or {}), **kept}
        if merged != application.answers:
            application.answers = merged
        return application

    @api.model
    def _begin(self, loan, kept):
        """Make the application; two tabs that begin at once share one.

        :raise ConcurrencyError: Odoo then runs the request again, and it finds the
            application of the other tab
        """
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return self.create({"loan_id": loan.id, "answers": kept})
        except UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error

    @api.autovacuum
    def _gc_unsent(self):
        """Delete what was never sent, papers included, after the company's days."""
        for company in self.search([("company_id", "!=", False)]).company_id:
            before = fields.Datetime.subtract(
                fields.Datetime.now(), days=company.carloan_draft_days
            )
            self.search(
                Domain("company_id", "=", company.id)
                & Domain("write_date", "<", before)
            ).unlink()

    # ------------------------------------------------------------------ CHECK
    def _get_employments(self):
        field = self.env["carloan.financial.statement"]._fields["employment"]
        return field._description_selection(self.env)

    def _get_reasons(self):
        return self.env["carloan.relief.reason"].search([("active", "=", True)])

    def _get_paper_kinds(self, company):
        """Return the papers that a company asks for, of whatever hardship."""
        return self.env["carloan.relief.document.type"].search(
            [("company_id", "in", (False, company.id))]
        )

    def _read(self):
        """Read the answers into values, with a message for each unreadable one.

        :return: values by name, messages by name
        :rtype: tuple[dict, dict]
        """
        self.ensure_one()
        values, errors = {}, {}
        for name, reader in self._get_readers().items():
            try:
                values[name] = reader(self.answers.get(name))
            except answers.Unreadable as error:
                errors[name] = self._get_message(name, error.code)
        for name in self._get_missing(values, errors):
            errors[name] = self._get_message(name, "missing")
        return values, errors

    def _get_readers(self):
        """Return how each answer is read."""
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        reasons = {str(reason.id) for reason in self._get_reasons()}
        employments = {code for code, _label in self._get_employments()}

        def money(text):
            return answers.amount(text, lang.decimal_point, lang.thousands_sep)

        return {
            "reason_id": lambda text: answers.choice(text, reasons),
            "temporary": lambda text: answers.choice(text, ("yes", "no")),
            "note": self._read_note,
            "net_income": money,
            "living_costs": money,
            "other_debt": money,
            "dependants": lambda text: answers.count(text, MAX_DEPENDANTS),
            "employment": lambda text: answers.choice(text, employments),
            "wish_extend": lambda text: answers.count(text, 600),
            "wish_holiday": lambda text: answers.count(text, 600),
            "wish_capitalise": answers.ticked,
            "consent_truth": answers.ticked,
            "consent_data": answers.ticked,
            "consent_sensitive": answers.ticked,
        }

    def _read_note(self, text):
        text = (text or "").strip()
        if len(text) > MAX_NOTE:
            raise answers.Unreadable("too_long")
        return text or None

    def _get_missing(self, values, errors):
        """Name what must be answered and was not."""
        missing = [
            name for name in REQUIRED if name not in errors and values.get(name) is None
        ]
        missing += [name for name in CONSENTS if not values.get(name)]
        # papers on illness and the like are sensitive: a consent of their own
        if self.paper_ids and not values.get("consent_sensitive"):
            missing.append("consent_sensitive")
        return missing

    def _get_message(self, name, code):
        """Put what is wrong with an answer into the borrower's language."""
        missing = {
            "reason_id": self.env._("Choose what made it hard to pay."),
            "temporary": self.env._("Say whether you expect this to pass."),
            "note": self.env._("Tell us in a few words what happened."),
            "net_income": self.env._("Enter your income a month; 0 if there is none."),
            "living_costs": self.env._("Enter what your household needs a month."),
            "consent_truth": self.env._("Please confirm that what you say is true."),
            "consent_data": self.env._(
                "Without your consent we may not use these details. Tick the box, or "
                "call us instead."
            ),
            "consent_sensitive": self.env._(
                "Papers may show health or bank details. Tick the box to let us read "
                "them, or remove the papers."
            ),
        }
        if code == "missing":
            return missing[name]
        return {
            "not_a_number": self.env._(
                "We cannot read this as an amount. Use digits, for example 3500."
            ),
            "negative": self.env._("An amount cannot be below zero."),
            "too_large": self.env._("This amount is too large. Enter it per month."),
            "not_a_count": self.env._("Enter a whole number, for example 2."),
            "too_many": self.env._("This number is too large. Please check it."),
            "not_a_choice": self.env._("Choose one of the answers on the list."),
            "too_long": self.env._(
                "Please shorten this to %(limit)s characters.", limit=MAX_NOTE
            ),
        }[code]

    # ------------------------------------------------------------------- SEND
    def _send(self):
        """Turn the application into a submitted request and forget the draft.

        :return: the request, an empty one when an answer cannot be taken
        """
        self.ensure_one()
        self.lock_for_update()
        values, errors = self._read()
        if errors:
            return self.env["carloan.relief.request"]
        if self._get_open_request():
            raise UserError(
                self.env._(
                    "A request for loan %(loan)s is already under way.",
                    loan=self.loan_id.name,
                )
            )
        request = self.env["carloan.relief.request"].create(
            self._prepare_request_vals(values)
        )
        self._hand_papers_to(request)
        request._submit()
        self.unlink()
        return request

    def _get_open_request(self):
        """Return the request of the loan that is still open, if any."""
        return self.env["carloan.relief.request"]._portal_open_request(self.loan_id)

    def _prepare_request_vals(self, values):
        """Return the values of the request from what the borrower answered."""
        loan = self.loan_id
        now = fields.Datetime.now()
        return {
            "loan_id": loan.id,
            "channel": "portal",
            "user_id": loan.user_id.id,
            "reason_id": int(values["reason_id"]),
            "temporary": values["temporary"] == "yes",
            "note": values["note"],
            "statement_id": self.env["carloan.financial.statement"]
            .create(self._prepare_statement_vals(values))
            .id,
            "wished_plan": self._get_wished_plan(values),
            "consent_data_date": now,
            "consent_sensitive_date": values["consent_sensitive"] and now,
        }

    def _get_wished_plan(self, values):
        """Return the plan chosen on the what-if page, as far as it can be read."""
        return self.loan_id._portal_plan(
            values.get("wish_extend"),
            values.get("wish_holiday"),
            values.get("wish_capitalise"),
        )

    def _prepare_statement_vals(self, values):
        """Return the values of the household's statement of today."""
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "date": fields.Date.context_today(self),
            "net_income": float(values["net_income"]),
            "living_costs": float(values["living_costs"]),
            "other_debt": float(values["other_debt"] or 0),
            "dependants": values["dependants"] or 0,
            "employment": values["employment"] or False,
        }
