"""No total adds up money of different currencies: Odoo converts, where it can."""

from lxml import etree

from odoo.tests import tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
class TestCurrencyTotals(LoanCase):
    def _money(self):
        """Each field of money of ours that lists and pivots add up."""
        for name in sorted(self.env.registry):
            model = self.env[name]
            if not name.startswith("carloan") or model._abstract or model._transient:
                continue
            for field in model._fields.values():
                summed = field.type == "monetary" and field.aggregator
                if summed and (field.store or field.related):
                    yield model, field

    def test_every_total_can_be_converted(self):
        for model, field in self._money():
            currency = field.get_currency_field(model)
            with self.subTest(model=model._name, field=field.name):
                model.formatted_read_group(
                    [],
                    [],
                    [f"{currency}:array_agg_distinct", f"{field.name}:sum_currency"],
                )

    def test_every_list_with_a_total_knows_the_currency(self):
        views = self.env["ir.ui.view"].search(
            [("type", "=", "list"), ("model", "=like", "carloan%")]
        )
        for view in views.filtered(lambda one: one.model in self.env):
            model = self.env[view.model]
            nodes = etree.fromstring(model.get_view(view.id)["arch"]).iter("field")
            totals = {node.get("name"): node.get("sum") for node in nodes}
            for name in [name for name, total in totals.items() if total]:
                field = model._fields[name]
                if field.type == "monetary":
                    with self.subTest(view=view.name, field=name):
                        self.assertIn(field.get_currency_field(model), totals)

    def test_loans_of_two_currencies_are_totalled_in_that_of_the_company(self):
        euro = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", self.company.currency_id.id)], limit=1)
        )
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "rate": 0.125, "name": "2020-01-01"}
        )
        foreign = self._create_product(self.company, name="F", currency_id=euro.id)
        loans = self._create_loan(principal=1000.0)
        loans |= self._create_loan(principal=100.0, product_id=foreign.id)
        (group,) = self.env["carloan.loan"].formatted_read_group(
            [("id", "in", loans.ids)], [], ["principal:sum_currency"]
        )
        self.assertEqual(group["principal:sum_currency"], 1800.0)
