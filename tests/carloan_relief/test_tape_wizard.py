"""The window that imports a loan tape: who may, what it lists, what it remembers."""

import base64

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.carloan_relief.tools import tape as tape_reader

from .common_tape import AS_OF, LOANS, PAYMENTS, TapeCase


@tagged("post_install", "-at_install")
class TestTapeWizard(TapeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "tape_manager", groups="carloan_relief.group_manager"
        )
        cls.officer = new_test_user(
            cls.env, "tape_officer", groups="carloan_relief.group_officer"
        )

    def wizard(self, user=None, loans=LOANS, payments=PAYMENTS, **values):
        return (
            self.env["carloan.tape.import"]
            .with_user(user or self.manager)
            .create(
                {
                    "product_id": self.product.id,
                    "as_of": AS_OF,
                    "loans_file": base64.b64encode(loans.encode()),
                    "loans_name": "loans.csv",
                    "payments_file": base64.b64encode(payments.encode()),
                    "payments_name": "payments.csv",
                    **values,
                }
            )
        )

    def test_check_then_import(self):
        wizard = self.wizard()
        before = self.count_all()
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")
        self.assertEqual(self.count_all(), before)
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        self.assertEqual(wizard.loan_ids.mapped("import_ref"), ["T-1", "T-2"])
        self.assertIn("Reconciled to the cent", wizard.summary)
        self.assertEqual(
            wizard.action_view_loans()["domain"], [("id", "in", wizard.loan_ids.ids)]
        )

    def test_the_form_keeps_the_columns_it_shows(self):
        form = Form(self.env["carloan.tape.import"].with_user(self.manager))
        form.product_id = self.product
        form.as_of = AS_OF
        form.loans_file = base64.b64encode(LOANS.encode())
        form.payments_file = base64.b64encode(PAYMENTS.encode())
        with form.column_ids.edit(0) as row:
            row.title = "loan_ref"
        wizard = form.save()
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")

    def test_a_fatal_error_lists_every_problem_and_makes_nothing(self):
        cases = [
            ("annual_rate", "rate", "annual_rate", 1, "column is missing"),
            ("12000.00", "-12000.00", "original_amount", 2, "above zero"),
            (
                "25,2018-01,0,2016-02,HOND",
                "25,2018-01,8,2016-02,HOND",
                "annual_rate",
                2,
                "800",
            ),
            ("T-2", "T-1", "loan_ref", 3, "already"),
            (
                "2018-01,0,2016-02,HOND",
                "2018-01,0,2015-02,HOND",
                "first_payment",
                2,
                "lies before",
            ),
            ("2016-05-31,500", "2017-05-31,500", "tape_date", 2, "before the tape"),
        ]
        before = self.count_all()
        for old, new, column, line, says in cases:
            with self.subTest(says):
                wizard = self.wizard(loans=LOANS.replace(old, new, 1))
                wizard.action_import()
                self.assertEqual(wizard.state, "refused")
                problem = wizard.rejection_ids
                self.assertEqual(
                    (problem.file, problem.line, problem.column),
                    ("loans.csv", line, column),
                )
                self.assertIn(says, problem.reason)
                self.assertEqual(self.count_all(), before)

    def test_an_unknown_currency_is_refused(self):
        loans = "\n".join(
            f"{line},{'currency' if at == 0 else 'XQQ'}"
            for at, line in enumerate(LOANS.splitlines())
        )
        wizard = self.wizard(loans=loans)
        wizard.action_import()
        self.assertEqual(wizard.state, "refused")
        self.assertIn("not a currency", wizard.rejection_ids[0].reason)

    def test_columns_are_remembered_per_person_and_company(self):
        titled = LOANS.replace("loan_ref", "Contract", 1)
        wizard = self.wizard(loans=titled)
        row = wizard.column_ids.filtered(
            lambda item: (item.file, item.field) == ("loans", "loan_ref")
        )
        row.title = "Contract"
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")
        again = self.wizard(loans=titled)
        again.action_check()
        self.assertEqual(again.state, "checked")
        other = new_test_user(
            self.env, "tape_other", groups="carloan_relief.group_manager"
        )
        stranger = self.wizard(other, loans=titled)
        stranger.action_check()
        self.assertEqual(stranger.state, "refused")
        self.assertFalse(
            self.env["carloan.tape.mapping"]
            .with_user(other)
            .search([("user_id", "=", self.manager.id)])
        )

    def test_rejected_rows_are_listed_with_file_line_column_value_and_reason(self):
        wizard = self.wizard(payments=PAYMENTS + "T-1,2016-03-31,-5.00,0.00,0.00\n")
        wizard.action_import()
        self.assertRecordValues(
            wizard.rejection_ids,
            [
                {
                    "file": "payments.csv",
                    "line": 11,
                    "column": "balance",
                    "value": "-5.00",
                    "reason": "a balance below zero is a credit, not a loan.",
                }
            ],
        )
        self.assertEqual(wizard.state, "done")

    def test_reasons_and_columns_are_said_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        wizard = self.wizard(loans=LOANS.replace("12000.00", "-12000.00", 1))
        wizard.with_context(lang="zh_CN").action_import()
        self.assertEqual(wizard.rejection_ids.reason, "必须大于零。")
        row = wizard.column_ids[0]
        self.assertEqual(
            {key for names in tape_reader.FIELDS.values() for key in names},
            set(dict(row._fields["field"].selection)),
        )

    def test_only_managers_import(self):
        with self.assertRaises(AccessError):
            self.wizard(self.officer)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.env["carloan.tape.loader"].with_user(self.officer)._load(
                self.read(), self.product
            )
