"""Every list, pivot and chart of our dashboards asks for something that is there."""

import base64
import json

from odoo.tests import TransactionCase, new_test_user, tagged

OURS = ("spreadsheet_dashboard_portfolio", "spreadsheet_dashboard_risk")


@tagged("post_install", "-at_install")
class TestDashboards(TransactionCase):
    def contents(self):
        """Yield (name, parsed content) of each dashboard of ours."""
        for name in OURS:
            dashboard = self.env.ref(f"carloan_relief_reports.{name}")
            yield name, json.loads(base64.b64decode(dashboard.spreadsheet_binary_data))

    def check_names(self, model, names):
        for name in names:
            if name != "__count":
                self.assertIn(name.split(":")[0], self.env[model]._fields, model)

    def test_lists(self):
        for name, content in self.contents():
            for item in content["lists"].values():
                with self.subTest(name, item=item["name"]):
                    model = item["model"]
                    self.check_names(model, item["columns"])
                    self.check_names(model, [by["name"] for by in item["orderBy"]])
                    self.env[model].search_count(item["domain"])

    def test_pivots(self):
        for name, content in self.contents():
            for item in content["pivots"].values():
                with self.subTest(name, item=item["name"]):
                    self.env[item["model"]].formatted_read_group(
                        item["domain"],
                        [row["fieldName"] for row in item["rows"]],
                        [measure["id"] for measure in item["measures"]],
                    )

    def test_charts(self):
        for name, content in self.contents():
            figures = [item for sheet in content["sheets"] for item in sheet["figures"]]
            charts = [item["data"] for item in figures if "metaData" in item["data"]]
            self.assertTrue(charts)
            for chart in charts:
                with self.subTest(name, chart=chart["title"]["text"]):
                    about = chart["metaData"]
                    model, measure = about["resModel"], about["measure"]
                    self.check_names(model, [*about["groupBy"], measure])
                    aggregate = measure if measure == "__count" else f"{measure}:sum"
                    self.env[model].formatted_read_group(
                        chart["searchParams"]["domain"], about["groupBy"], [aggregate]
                    )

    def test_menus_behind_the_cards(self):
        for name, content in self.contents():
            for menu in content["chartOdooMenusReferences"].values():
                with self.subTest(name, menu=menu):
                    self.assertTrue(self.env.ref(menu).action)

    def test_who_sees_the_risk_model(self):
        dashboard = self.env.ref("carloan_relief_reports.spreadsheet_dashboard_risk")
        for group, sees in (("risk_analyst", True), ("auditor", True), ("officer", 0)):
            user = new_test_user(
                self.env, login=f"dash_{group}", groups=f"carloan_relief.group_{group}"
            )
            self.assertEqual(
                bool(dashboard.with_user(user).search([("id", "=", dashboard.id)])),
                bool(sees),
                group,
            )
