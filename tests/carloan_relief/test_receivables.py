"""The reports over the ledger: roll-forwards, and who may read.

Every figure is computed a second time in Python from the journal items.
"""

import datetime
from collections import defaultdict

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import date_utils

from odoo.addons.carloan_relief.engine import ledger as engine_ledger
from odoo.addons.carloan_relief.engine.classification import BUCKET_LIMITS, BUCKETS
from odoo.addons.carloan_relief.models.receivables.carloan_aged_balance import (
    BUCKET_FIELDS,
)
from odoo.addons.carloan_relief.models.receivables.columns import (
    COLUMNS,
    KINDS,
    OTHER,
    get_steps,
)

from .common_receivables import TODAY, ReceivablesCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceivables(ReceivablesCase):
    def test_every_event_of_the_engine_has_its_column(self):
        for kind in KINDS:
            missing = set(engine_ledger.EVENTS) - set(COLUMNS[kind])
            self.assertFalse(missing, f"{kind}: say in columns.py where these belong")

    def test_no_event_that_moves_a_balance_is_called_other(self):
        for kind, (roles, _sign) in KINDS.items():
            for event, rules in engine_ledger._RULES.items():
                # both sides on one role: nothing moves
                moved = {r for pair in rules.values() if len({*pair}) > 1 for r in pair}
                if moved & {*roles}:
                    self.assertNotEqual(COLUMNS[kind][event], OTHER, (kind, event))

    def test_every_column_can_be_seen(self):
        Line = self.env["carloan.rollforward.line"]
        for kind in KINDS:
            for view in ("list", "pivot"):
                xmlid = f"carloan_relief.carloan_rollforward_line_{kind}_view_{view}"
                arch = Line.get_view(self.env.ref(xmlid).id, view)["arch"]
                for name in ("opening", *get_steps(kind), "closing"):
                    self.assertIn(f'name="{name}"', arch, f"{kind} {view}")

    def test_buckets_are_those_of_the_engine(self):
        labels = dict(self.env["carloan.loan"]._fields["bucket"].selection)
        Line = self.env["carloan.aged.balance.line"]
        self.assertEqual(len(BUCKET_FIELDS), len(BUCKETS))
        self.assertEqual(tuple(BUCKET_FIELDS.values()), (*BUCKET_LIMITS, None))
        for name, code in list(zip(BUCKET_FIELDS, BUCKETS, strict=True))[1:]:
            self.assertEqual(Line._fields[name].string, labels[code])

    # ------------------------------------------------------------- roll-forward

    def test_each_column_is_the_sum_of_its_journal_items(self):
        for kind in KINDS:
            lines = self._rollforward(kind, "2025-07-01", "2026-06-30")
            expected = self._expected_steps(kind, "2025-07-01", "2026-06-30")
            for loan in lines.loan_id:
                own = lines.filtered(lambda line, loan=loan: line.loan_id == loan)
                for step in get_steps(kind):
                    self.assertEqual(
                        round(sum(own.mapped(step)), 2),
                        expected.get((loan, step), 0.0),
                        f"{kind} {loan.name} {step}",
                    )

    def test_the_year_tells_each_thing_that_happened(self):
        lines = self._rollforward("principal", "2025-06-01", "2026-06-30")
        total = {
            name: round(sum(lines.mapped(name)), 2) for name in get_steps("principal")
        }
        self.assertEqual(total["disbursed"], 266000.0)
        self.assertEqual(total["forgiven"], -1000.0)  # the undone relief nets out
        self.assertEqual(total["billed"], 0.0)
        self.assertEqual(total["other"], 0.0)
        self.assertGreater(total["capitalised"], 0.0)
        march = self._rollforward("principal", "2026-03-01", "2026-03-14")
        credit = march.filtered(lambda line: line.part == "credit")
        self.assertEqual((credit.loan_id, credit.closing), (self.good, -400.0))
        # the bill of the day after takes it, however late it was made
        march = self._rollforward("principal", "2026-03-01", "2026-03-15")
        self.assertFalse(
            sum(march.filtered(lambda x: x.part == "credit").mapped("closing"))
        )
        allowance = self._rollforward("allowance", "2026-02-01", "2026-02-28")
        self.assertRecordValues(
            allowance,
            [{"loan_id": self.late.id, "charged": 9000.0, "released": -2500.0}],
        )
        adjustment = self._rollforward("adjustment", "2025-11-01", "2026-06-30")
        self.assertTrue(sum(adjustment.mapped("unwound")))

    def test_opening_and_closing_are_the_ledgers(self):
        for kind, (roles, sign) in KINDS.items():
            for start, end in (("2025-11-01", "2025-11-30"), ("2026-03-01", TODAY)):
                lines = self._rollforward(kind, start, end)
                before = fields.Date.to_date(start) - datetime.timedelta(days=1)
                for name, day in (("opening", before), ("closing", end)):
                    self.assertEqual(
                        round(sum(lines.mapped(name)), 2),
                        sign * self._balance(roles, day),
                        f"{kind} {name} {day}",
                    )
                for line in lines:
                    moved = sum(line[step] for step in get_steps(kind))
                    self.assertAlmostEqual(line.opening + moved, line.closing, 2)

    def test_twelve_months_add_up_to_the_year(self):
        for kind in KINDS:
            year = self._rollforward(kind, "2025-07-01", "2026-06-30")
            sums, opening = defaultdict(float), {}
            for number in range(12):
                start = date_utils.add(datetime.date(2025, 7, 1), months=number)
                end = date_utils.end_of(start, "month")
                month = self._rollforward(kind, start, end)
                for line in month:
                    key = (line.loan_id, line.part)
                    if number and key in opening:
                        self.assertAlmostEqual(line.opening, opening[key], 2)
                    opening[key] = line.closing
                    for step in get_steps(kind):
                        sums[(*key, step)] += line[step]
            for line in year:
                key = (line.loan_id, line.part)
                self.assertAlmostEqual(line.closing, opening[key], 2)
                for step in get_steps(kind):
                    self.assertAlmostEqual(line[step], sums.pop((*key, step)), 2)
            self.assertFalse([key for key, value in sums.items() if round(value, 2)])

    def test_an_unknown_event_falls_into_other(self):
        items = self.good.line_ids.filtered(
            lambda line: line.carloan_event == "disburse"
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET carloan_event = 'novel' WHERE id IN %s",
            [items._ids],
        )
        lines = self._rollforward("principal", "2025-06-01", "2025-06-30")
        own = lines.filtered(lambda line: line.loan_id == self.good)
        self.assertEqual((own.other, own.disbursed, own.closing), (120000, 0, 120000))

    def test_one_product_alone(self):
        lines = self._rollforward(
            "principal", "2025-06-01", TODAY, product_ids=self.used.ids
        )
        self.assertEqual(lines.product_id, self.used)
        self.assertEqual(lines.loan_id, self.late | self.undone)

    def test_a_period_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(ValidationError):
            self._rollforward("principal", "2026-02-01", "2026-01-31")

    def test_a_row_opens_the_journal_items_behind_it(self):
        lines = self._rollforward("principal", "2025-11-01", "2025-11-30")
        for line in lines:
            items = self.env["account.move.line"].search(
                line.action_view_items()["domain"]
            )
            moved = round(sum(items.mapped("balance")), 2)
            self.assertEqual(moved, round(line.closing - line.opening, 2))

    # ------------------------------------------------------------------ access

    def test_accountant_auditor_and_manager_read(self):
        for user in (self.accountant, self.auditor, self.manager):
            for model, values in (
                ("carloan.rollforward", {"kind": "principal"}),
                ("carloan.aged.balance", {}),
            ):
                report = self.env[model].with_user(user).create(values)
                action = report.action_show()
                lines = self.env[action["res_model"]].with_user(user)
                lines = lines.search(action["domain"])
                self.assertTrue(lines, f"{user.login} {model}")
                with self.assertRaises(AccessError):
                    lines[0].write({"loan_id": self.good.id})
                with self.assertRaises(AccessError):
                    lines[0].unlink()
            months = self.env["carloan.instalment.month"].with_user(user)
            self.assertTrue(months.search([("loan_id", "=", self.good.id)]))

    def test_officers_see_no_report(self):
        for model in ("carloan.rollforward", "carloan.aged.balance"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.officer).create({})
        with self.assertRaises(AccessError):
            self.env["carloan.instalment.month"].with_user(self.officer).search([])

    def test_a_report_is_its_makers_own(self):
        report = self.env["carloan.aged.balance"].with_user(self.accountant).create({})
        action = report.action_show()
        lines = self.env[action["res_model"]].search(action["domain"])
        with self.assertRaises(AccessError):
            report.with_user(self.auditor).action_show()
        found = lines.with_user(self.auditor).search(action["domain"])
        self.assertFalse(found)

    def test_titles_write_days_as_the_reader_does(self):
        aged = self.env["carloan.aged.balance"].create({"as_of": "2026-02-01"})
        self.assertIn("02/01/2026", aged.action_show()["display_name"])
        roll = self.env["carloan.rollforward"].create(
            {"date_from": "2026-01-01", "date_to": "2026-02-28"}
        )
        title = roll.action_show()["display_name"]
        self.assertIn("01/01/2026", title)
        self.assertIn("02/28/2026", title)

    def test_other_company_sees_nothing_and_may_not_ask(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "rec_stranger",
            "account.group_account_invoice",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        env = self.env(user=stranger)
        report = env["carloan.aged.balance"].create({"as_of": TODAY})
        self.assertEqual(report.company_id, company)
        action = report.action_show()
        self.assertFalse(env[action["res_model"]].search(action["domain"]))
        self.assertFalse(env["carloan.instalment.month"].search([]))
        with self.assertRaises(AccessError):
            env["carloan.aged.balance"].create({"company_id": self.company.id})

    # ------------------------------------------------------------------- speed

    def test_more_loans_need_no_more_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._rollforward("principal", "2026-06-01", TODAY)
            self._aged(TODAY)
            return self.env.cr.sql_log_count - start

        count()
        few = count()
        for _number in range(5):
            self._create_active(start_date=TODAY, first_due_date="2026-07-20")
        self.assertEqual(count(), few)
