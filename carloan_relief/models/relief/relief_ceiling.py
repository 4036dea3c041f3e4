from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import ceilings, eligibility
from .relief_condition import MEASURES

IN_PROCESS = ("to_approve", "offered", "accepted")
CASES_QUERY = """
    SELECT request.id, request.currency_id, request.state IN %(in_process)s,
           offer.plan,
           COALESCE((request.position->>'principal')::bigint, 0)
         + COALESCE((request.position->>'overdue_principal')::bigint, 0)
      FROM carloan_relief_request request
      JOIN carloan_relief_offer offer ON offer.id = request.offer_id
     WHERE request.company_id = %(company)s
       AND (request.state IN %(in_process)s
            OR request.state IN ('active', 'cured', 'broken', 'replaced')
           AND request.date_active >= %(begin)s AND request.date_active < %(end)s)
"""
BOOK_QUERY = """
    SELECT currency_id, count(*), sum(principal_balance)
      FROM carloan_loan WHERE company_id = %(company)s AND state = 'active'
     GROUP BY currency_id
"""


class CarloanReliefCeiling(models.Model):
    """How much of the book may be relieved in a month.

    A lender that extends a fifth of its book hides its losses.
    """

    _name = "carloan.relief.ceiling"
    _description = "Monthly Ceiling of Reliefs"
    _inherit = ["carloan.engine.mixin"]
    _order = "policy_id, measure, id"

    policy_id = fields.Many2one(
        "carloan.relief.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_usage")
    measure = fields.Selection(MEASURES, default="extend", required=True)
    count_share = fields.Float(
        "Loans", digits=(6, 4), help="Share of the loans of the book; 0 = no ceiling."
    )
    balance_share = fields.Float(
        "Principal",
        digits=(6, 4),
        help="Share of the outstanding principal of the book; 0 = no ceiling.",
    )
    checked_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="Written by each check, so that two at once cannot both pass.",
    )
    book_count = fields.Integer("Loans of the Book", compute="_compute_usage")
    used_count = fields.Integer("Loans, Used", compute="_compute_usage")
    process_count = fields.Integer("Loans, In Process", compute="_compute_usage")
    left_count = fields.Integer("Loans, Available", compute="_compute_usage")
    book_balance = fields.Monetary("Principal of the Book", compute="_compute_usage")
    used_balance = fields.Monetary("Principal, Used", compute="_compute_usage")
    process_balance = fields.Monetary("Principal, In Process", compute="_compute_usage")
    left_balance = fields.Monetary("Principal, Available", compute="_compute_usage")

    _measure_uniq = models.UniqueIndex(
        "(policy_id, measure)", "A policy has one ceiling for each measure."
    )
    _shares_check = models.Constraint(
        "CHECK (count_share BETWEEN 0 AND 1 AND balance_share BETWEEN 0 AND 1)",
        "A ceiling is a share of the book: 0 to 100%.",
    )

    @api.depends("measure", "policy_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["measure"]._description_selection(self.env))
        for ceiling in self:
            ceiling.display_name = labels.get(ceiling.measure, "")

    @api.depends("count_share", "balance_share", "measure", "company_id")
    @api.depends_context("company")
    def _compute_usage(self):
        """Say what of the ceiling is used this month, in process and available."""
        usage = {}
        for ceiling in self:
            company = ceiling.company_id or self.env.company
            ceiling.currency_id = company.currency_id
            if company not in usage:
                usage[company] = ceiling._read_usage(company)
            ceiling._set_usage(*usage[company])

    def _set_usage(self, book, cases):
        used, process = (self._sum_cases(cases, flag) for flag in (False, True))
        self.book_count, self.used_count, self.process_count = (
            part[0] for part in (book, used, process)
        )
        self.left_count = int(
            ceilings.room(self.count_share, book[0], used[0], process[0])
        )
        left = int(ceilings.room(self.balance_share, book[1], used[1], process[1]))
        names = ("book_balance", "used_balance", "process_balance", "left_balance")
        amounts = self._from_minor([book[1], used[1], process[1], left])
        for name, amount in zip(names, amounts, strict=True):
            self[name] = amount

    def _sum_cases(self, cases, in_process, without=0):
        """Return (number, principal in minor units) of the cases with the measure."""
        found = [
            principal
            for case, flag, measures, principal in cases
            if flag == in_process
            and case != without
            and (self.measure == "all" or self.measure in measures)
        ]
        return len(found), sum(found)

    # ----------------------------------------------------------------- USAGE
    @api.model
    def _read_usage(self, company):
        """Return what the ceilings of a company measure today.

        :return: ((loans, principal) of the book, [(request, whether in process,
            measures, principal)]); principal in minor units of the company's currency
        """
        # sudo: the whole book counts, whoever asks
        self_sudo = self.sudo()
        self_sudo.env.flush_all()
        begin = fields.Date.start_of(fields.Date.context_today(self), "month")
        params = {
            "company": company.id,
            "in_process": IN_PROCESS,
            "begin": begin,
            "end": fields.Date.add(begin, months=1),
        }
        book = self_sudo.env.execute_query(SQL(BOOK_QUERY, **params))
        rates = self._get_factors(company, begin)
        cases = [
            (
                request,
                in_process,
                {eligibility.measure_of(measure) for measure in plan or ()},
                round(principal * rates(currency)),
            )
            for request, currency, in_process, plan, principal in (
                self_sudo.env.execute_query(SQL(CASES_QUERY, **params))
            )
        ]
        digits = 10**company.currency_id.decimal_places
        balance = sum(
            round(float(total or 0) * rates(currency, False) * digits)
            for currency, _count, total in book
        )
        return (sum(count for _currency, count, _total in book), balance), cases

    @api.model
    def _get_factors(self, company, date):
        """Return a function from a currency to what one of it is in the company's.

        Of minor units, or of units when told so.
        """
        Currency = self.env["res.currency"]
        own = company.currency_id

        def factor(currency_id, minor=True):
            currency = Currency.browse(currency_id)
            rate = Currency._get_conversion_rate(currency, own, company, date)
            gap = own.decimal_places - currency.decimal_places
            return rate * 10**gap if minor else rate

        return factor

    # ----------------------------------------------------------------- CHECK
    def _find_passed(self, request, plan, principal):
        """Return those of these ceilings that one case more would pass.

        :param request: carloan.relief.request, itself not counted twice
        :param list plan: its measures in their JSON form
        :param int principal: of the loan, in minor units of its currency
        """
        measures = {eligibility.measure_of(measure) for measure in plan or ()}
        concerned = self.filtered(lambda one: one.measure in ("all", *measures))
        if not concerned:
            return concerned
        company = request.company_id
        today = fields.Date.context_today(self)
        more = round(
            principal * self._get_factors(company, today)(request.currency_id.id)
        )
        book, cases = self._read_usage(company)
        return concerned.filtered(
            lambda one: one._is_passed(book, cases, request.id, more)
        )

    def _get_left(self, company):
        """Return what each ceiling leaves this month: (C, 2) loans, principal in minor.

        -1 stands for no ceiling.
        """
        book, cases = self._read_usage(company)
        left = []
        for one in self:
            used, process = (one._sum_cases(cases, flag) for flag in (False, True))
            shares = (one.count_share, one.balance_share)
            room = ceilings.room(shares, book, used, process)
            left.append(
                [
                    int(number) if share else -1
                    for number, share in zip(room, shares, strict=True)
                ]
            )
        return left

    def _is_passed(self, book, cases, request_id, more):
        used, process = (
            self._sum_cases(cases, flag, request_id) for flag in (False, True)
        )
        shares = (self.count_share, self.balance_share)
        return bool(ceilings.exceeds(shares, book, used, process, (1, more)).any())

    def _lock_check(self):
        """Let checks of the same ceilings follow each other.

        The row is written, not only locked: a second transaction that waited must not
        go on with what it saw before, but begin anew.
        """
        self.env.cr.execute(
            "UPDATE carloan_relief_ceiling SET checked_on = now() AT TIME ZONE 'UTC'"
            " WHERE id IN %s",
            (tuple(self.sorted("id").ids),),
        )
        self.invalidate_recordset(["checked_on"])

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Ceilings belong to a draft version of a policy."""
        made = super().create(vals_list)
        made.policy_id._check_editable()
        return made

    def write(self, vals):
        """A ceiling of a version in force is history."""
        self.policy_id._check_editable()
        self.env["carloan.relief.policy"].browse(
            vals.get("policy_id", ())
        )._check_editable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self.policy_id._check_draft()
