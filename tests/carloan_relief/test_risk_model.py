"""Training, registry, promotion by a second person, files that may not be trusted."""

import base64
import contextlib
import csv
import importlib
import io
import pickle
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.carloan_relief.engine.risk import artifact

from .risk_model_common import EARLY, LATE, LOANS, ModelCase

MODEL = "odoo.addons.carloan_relief.models.risk.carloan_risk_model"


class Evil:
    """Opening this file would be noticed."""

    opened = []

    def __reduce__(self):
        return (Evil.opened.append, ("opened",))


@tagged("post_install", "-at_install")
class TestRiskModel(ModelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.analyst, cls.manager = cls.users["analyst"], cls.users["manager"]
        cls.asked = cls.train(cls.analyst)
        cls.model = cls.asked.model_ids.filtered("recommended")

    def promote(self, model=None):
        model = model or self.model
        model.with_user(self.analyst).action_propose()
        model.with_user(self.manager).action_promote()
        return model

    def tamper(self, data):
        self.model.sudo().data = base64.b64encode(data)

    def bytes(self):
        return base64.b64decode(self.model.sudo().data)

    # ------------------------------------------------------------------ training

    def test_a_training_reports_what_it_did(self):
        self.assertEqual(self.asked.state, "done")
        report = self.asked.report
        counts = report["counts"][str(EARLY)]
        self.assertEqual(sum(counts.values()), LOANS)
        self.assertEqual(counts["bad"], report["train"]["defaults"])
        self.assertGreater(counts["bad"], 15)
        self.assertEqual(report["advice"], "expert")
        self.assertIn("expert", report["baselines"])
        self.assertEqual(report["dropped"]["contacts_3m"], "constant")
        self.assertEqual(set(self.asked.model_ids.mapped("kind")), {"logistic", "woe"})
        self.assertEqual(len(self.model), 1)
        self.assertGreater(self.model.auc_left_out, 0.6)
        self.assertEqual(set(self.asked.model_ids.mapped("state")), {"challenger"})

    def test_the_same_seed_gives_the_same_answers(self):
        again = self.train()
        pair = [
            artifact.card_as_dict(
                asked.model_ids.filtered(lambda m: m.kind == "woe").sudo()._open()
            )
            for asked in (self.asked, again)
        ]
        self.assertEqual(pair[0], pair[1])

    def test_later_months_do_not_change_the_features(self):
        samples = self.env["carloan.risk.sample"]
        rule = self.asked._get_rule()
        before, _counts = samples._collect(self.company, [EARLY], rule)
        self.env.cr.execute(
            "UPDATE carloan_behaviour SET paid = 0, dpd = 300, balance = 1"
            " WHERE company_id = %s AND month_end > %s",
            [self.company.id, EARLY],
        )
        after, _counts = samples._collect(self.company, [EARLY], rule)
        self.assertTrue(after.bad.all() or after.bad.sum() > before.bad.sum())
        common = np.isin(before.borrower, after.borrower)
        self.assertEqual(before.borrower[common].tolist(), after.borrower.tolist())
        for name, values in before.features.items():
            with self.subTest(name):
                np.testing.assert_array_equal(values[common], after.features[name])

    def test_what_cannot_be_trained_is_refused_in_words(self):
        cases = [
            ({"fewest": 500}, "at least 500 are needed"),
            ({"train_dates": str(LATE)}, "2024-06-30"),
            ({"test_dates": "2024-06-30"}, "not over"),
            ({"missed": 0, "charge_off": False}, "no rule"),
        ]
        for values, says in cases:
            with self.subTest(values):
                asked = self.train(**values)
                self.assertEqual(asked.state, "failed")
                self.assertIn(says, asked.message)
                self.assertFalse(asked.model_ids)

    def test_dates_alone_are_cut_by_time(self):
        cases = [
            ("2023-12-31, 2024-12-31", ["2023-12-31"], ["2024-12-31"]),
            (
                "2023-06-30, 2023-12-31, 2024-06-30",
                ["2023-06-30"],
                ["2024-06-30"],
            ),
            ("2023-12-31, 2024-03-31", ["2023-12-31", "2024-03-31"], []),
        ]
        samples, rule = self.env["carloan.risk.sample"], self.asked._get_rule()
        months = samples._get_months(self.company, rule)[1]
        for text, early, late in cases:
            asked = self.env["carloan.risk.training"].create({"train_dates": text})
            cut = asked._get_split(samples, months, rule)
            with self.subTest(text):
                self.assertEqual(
                    [[str(d) for d in part] for part in cut], [early, late]
                )

    def test_a_date_that_is_none_is_named_before_the_job(self):
        for text, says in (("2023-13-31", "2023-13-31"), ("2099-12-31", "future")):
            asked = self.env["carloan.risk.training"].create({"train_dates": text})
            with self.subTest(text), self.assertRaisesRegex(UserError, says):
                asked.action_start()

    def test_a_company_without_history_is_told_so(self):
        away = self.env["res.company"].create({"name": "Elsewhere"})
        asked = self.train(company_id=away.id)
        self.assertIn("no payment history", asked.message)

    def test_the_job_trains_what_waits(self):
        asked = self.env["carloan.risk.training"].with_user(self.analyst)
        asked = asked.create(
            {"train_dates": str(EARLY), "fewest": 10, "use_boosting": False}
        )
        asked.action_start()
        self.assertEqual(asked.state, "queued")
        with self.enter_registry_test_mode():
            self.env.ref(
                "carloan_relief.carloan_risk_training_cron"
            ).method_direct_trigger()
        self.assertEqual((asked.state, asked.progress), ("done", 100))
        with self.assertRaisesRegex(UserError, "begun"):
            asked.with_user(self.analyst).write({"seed": 9})
        with self.assertRaisesRegex(UserError, "started already"):
            asked.action_start()

    # ------------------------------------------------------------------ registry

    def test_a_second_person_promotes(self):
        model = self.model.with_user(self.analyst)
        with self.assertRaisesRegex(UserError, "Proposed"):
            model.action_promote()
        model.action_propose()
        with self.assertRaisesRegex(UserError, "second"):
            model.action_promote()
        self.model.with_user(self.manager).action_promote()
        self.assertEqual(self.model.state, "champion")
        self.assertEqual(self.model.promoted_by, self.manager)
        self.assertEqual(self.model.proposed_by, self.analyst)

    def test_who_trained_does_not_promote_even_if_another_proposed(self):
        self.model.with_user(self.manager).action_propose()
        with self.assertRaisesRegex(UserError, "trained or proposed"):
            self.model.with_user(self.analyst).action_promote()

    def test_a_champion_grades_and_the_one_before_retires(self):
        other = self.asked.model_ids - self.model
        self.promote(other)
        self.promote()
        self.assertEqual((other.state, self.model.state), ("retired", "champion"))
        made = self.book[:3]._assess(EARLY)
        self.assertEqual(set(made.mapped("version")), {self.model.name})
        self.assertEqual(set(made.mapped("kind")), {self.model.kind})
        self.assertEqual(set(made.mapped("reference")), {"mean"})
        self.assertFalse(made.scorecard_id)
        self.assertTrue(all(item.reason_text for item in made))
        self.model.with_user(self.manager).action_retire()
        made = self.book[:3]._assess(EARLY)
        self.assertEqual(set(made.mapped("kind")), {"scorecard"})

    def test_challengers_score_in_the_shadow(self):
        self.promote()
        assessor = self.env["carloan.risk.assessor"]
        for _turn in range(2):  # a second run of the same day replaces the first
            assessor._assess_company(self.book, EARLY, "book")
        rows = self.env["carloan.risk.shadow"].search([])
        self.assertEqual(rows.model_id, self.asked.model_ids - self.model)
        self.assertEqual(len(rows), LOANS)
        self.assertEqual(
            round(sum(rows.mapped("pd_in_force")), 3),
            round(sum(self.book.assessment_ids.filtered(
                lambda item: item.id in self.book.assessment_id.ids
            ).mapped("pd_raw")), 3),
        )  # fmt: skip
        self.assertEqual(set(self.book.mapped("assessment_id.kind")), {self.model.kind})

    def test_roles(self):
        for role in ("officer", "approver", "accountant", "employee"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.model.with_user(self.users[role]).read(["name"])
        auditor = self.model.with_user(self.users["auditor"])
        self.assertTrue(auditor.card_html)
        for action in ("propose", "promote", "decline", "retire", "check"):
            for role in ("auditor", "officer"):
                with self.subTest((action, role)), self.assertRaises(AccessError):
                    getattr(
                        self.model.with_user(self.users[role]), f"action_{action}"
                    )()
        for role in ("analyst", "manager"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.model.with_user(self.users[role]).write({"state": "champion"})
        with self.assertRaises(AccessError):
            self.env["carloan.risk.training"].with_user(self.users["auditor"]).create(
                {}
            )
        with self.assertRaises(AccessError):
            self.model.with_user(self.manager).read(["data"])

    def test_the_key_is_readable_by_nobody(self):
        self.env["carloan.risk.key"]._get()
        admin = self.env.ref("base.user_admin")
        keys = self.env["carloan.risk.key"].with_user(admin)
        with self.assertRaises(AccessError):
            keys.search_read([], ["secret"])
        with self.assertRaises(AccessError):
            keys.sudo().search([]).with_user(admin).read(["secret"])

    def test_another_company_stays_out(self):
        away = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write({"company_ids": [(4, away.id)]})
        elsewhere = self.env["carloan.risk.model"].with_user(self.manager)
        elsewhere = elsewhere.with_context(allowed_company_ids=away.ids)
        self.assertFalse(elsewhere.search([]))
        self.assertFalse(elsewhere._get_champion(away))

    # ------------------------------------------------------------------ files

    def assert_refused(self, says):
        """The champion is refused by name, and the expert scorecard rules."""
        with (
            self.assertLogs(MODEL, "ERROR"),
            self.assertRaisesRegex(UserError, says),
        ):
            predictor, model = self.env["carloan.risk.model"]._get_predictor(
                self.company
            )
            self.assertFalse(model)
            self.assertEqual(predictor.kind, "scorecard")
            self.model._open()
        self.assertEqual(self.model.state, "champion")
        self.assertRegex(self.model.problem, says)
        self.assertEqual(self.find_told().user_id, self.analyst | self.manager)

    def find_told(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", self.model._name), ("res_id", "=", self.model.id)]
        )

    def test_an_altered_file_is_refused_and_the_scorecard_rules(self):
        self.promote()
        data = bytearray(self.bytes())
        data[-3] ^= 1
        self.tamper(bytes(data))
        self.assert_refused("altered")
        with mute_logger(MODEL):
            made = self.book[:2]._assess(EARLY)
        self.assertEqual(set(made.mapped("kind")), {"scorecard"})
        # told once, not each time
        self.assertEqual(len(self.find_told()), 2)

    def test_a_foreign_file_is_refused_unopened(self):
        self.promote()
        Evil.opened.clear()
        body = b"\0" * 7 + b"\x11" + b'{"form": "joblib"}'[:17] + pickle.dumps(Evil())
        for data in (pickle.dumps(Evil()), artifact.MAGIC + b"s" * 32 + body):
            self.tamper(data)
            with self.subTest(data[:9]), self.assertRaises(UserError):
                self.model._open()
        self.assertFalse(Evil.opened)

    def test_the_file_of_another_model_is_refused(self):
        other = self.asked.model_ids - self.model
        self.promote()
        self.tamper(base64.b64decode(other.sudo().data))
        self.assert_refused("altered or comes")

    def test_another_library_is_refused(self):
        model = self.asked.model_ids.filtered(lambda m: m.kind == "logistic")
        wrong = {"sklearn": "0.1", "numpy": "1"}
        with (
            patch.object(artifact, "versions", lambda: wrong),
            self.assertRaisesRegex(UserError, "versions"),
        ):
            model._open()

    def test_a_model_that_cannot_be_opened_is_not_promoted(self):
        self.model.with_user(self.analyst).action_propose()
        self.tamper(b"nothing")
        with self.assertRaisesRegex(UserError, "no model"):
            self.model.with_user(self.manager).action_promote()
        self.assertEqual(self.model.state, "proposed")

    def test_the_key_of_the_configuration_stands_before_the_stored_one(self):
        with patch.dict(config.options, {"carloan_artifact_key": "of the server"}):
            with self.assertRaisesRegex(UserError, "signature"):
                self.model._open()
            again = self.train()
            self.assertTrue(again.model_ids[0]._open())
        with self.assertRaisesRegex(UserError, "signature"):
            again.model_ids[0]._open()

    def test_the_secret_of_the_database_may_change(self):
        """As in a duplicate of the database: its models still open."""
        self.env["ir.config_parameter"].set_param("database.secret", "another")
        self.assertTrue(self.model._open())
        action = self.model.with_user(self.analyst).action_check()
        self.assertEqual(action["params"]["type"], "success")

    # ------------------------------------------------------------------ card

    def test_the_card_says_it_in_plain_words(self):
        html = self.model.card_html
        self.assertIn("3 missed instalments in a row", html)
        self.assertIn(f"learned from {LOANS - self.left_out()} rows", html)
        self.assertIn("expert scorecard usually beats", html)
        self.assertIn("<svg", html)
        self.assertNotIn("None", html)

    def test_the_card_prints(self):
        page, kind = self.env["ir.actions.report"]._render_qweb_html(
            "carloan_relief.risk_model_card_report", self.model.ids
        )
        self.assertEqual(kind, "html")
        self.assertIn("What it learned from", page.decode())

    def left_out(self):
        counts = self.asked.report["counts"][str(EARLY)]
        return LOANS - counts["good"] - counts["bad"]

    # ------------------------------------------------------------------ scripts

    def script(self, name):
        lib = Path(__file__).resolve().parents[2] / "scripts"
        for folder in (lib, lib / "lib"):
            if str(folder) not in sys.path:
                self.addCleanup(sys.path.remove, str(folder))
                sys.path.insert(0, str(folder))
        return importlib.import_module(name)

    def test_scores_of_a_date_as_a_file(self):
        score = self.script("score")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scores.csv"
            options = score.parse_arguments(
                ["-d", "x", "-m", self.model.name, "--as-of", str(EARLY)]
                + ["-o", str(path), "--company", self.company.name]
            )
            with contextlib.redirect_stderr(io.StringIO()) as told:
                self.assertEqual(score.run(self.env, options), 0)
            with path.open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        self.assertIn(f"{LOANS} loans", told.getvalue())
        self.assertEqual({row["loan"] for row in rows}, set(self.book.mapped("name")))
        features = self.env["carloan.risk.features"]._gather(self.book, EARLY)
        wanted = self.model._open().predict(features).pd
        got = {row["loan"]: float(row["pd"]) for row in rows}
        for loan, pd in zip(self.book, wanted, strict=True):
            self.assertAlmostEqual(got[loan.name], pd, places=5)
        worst = max(rows, key=lambda row: float(row["pd"]))
        self.assertRegex(worst["reason_1"], r"^[A-Z].* \(\d+\)$")
        self.assertLess(worst["grade"], "F")

    def test_a_model_nobody_knows_is_refused_with_those_there_are(self):
        score = self.script("score")
        with self.assertRaisesRegex(SystemExit, self.model.name):
            score.find_predictor(self.env, self.company, "M99999")

    def test_the_report_as_text(self):
        report = self.script("risk_report")
        text = "\n".join(report.lines(self.asked.report))
        for part in ("AUC", "expert scorecard", "credit score alone", str(EARLY)):
            self.assertIn(part, text)
        self.assertNotIn("None", text)
        self.assertNotIn("nan", text)
