"""Dated policy stays as it was once something rests on it; so do its rows."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .risk_common import AS_OF, RiskCase


@tagged("post_install", "-at_install")
class TestKeptPolicies(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.good.company_id
        cls.good._assess(AS_OF)
        grading = cls.env["carloan.risk.policy"]._get_in_force(company, AS_OF)
        tables = cls.env["carloan.risk.table"]
        again = tables._get_in_force("redefault", company, AS_OF)
        ahead = tables._get_in_force("prepayment", company, AS_OF)
        cls.env["carloan.relief.request"].create(
            {"loan_id": cls.good.id}
        ).redefault_table_id = again
        cls.unused = ahead
        #: policy, its rows, a field of it, one of a row, the field that leads back
        cls.kept = (
            (grading, "cap_ids", {"margin_up": 0.2}, {"threshold": 99}, "policy_id"),
            (again, "row_ids", {"base": 0.3}, {"factor": 1.5}, "table_id"),
        )

    def refused(self, method, *args):
        with self.env.cr.savepoint(), self.assertRaisesRegex(UserError, "stays"):
            method(*args)

    def test_what_was_used_cannot_be_changed(self):
        for policy, rows, vals, row_vals, back in self.kept:
            with self.subTest(policy._name):
                row = policy[rows][0]
                self.refused(policy.write, vals)
                self.refused(policy.unlink)
                self.refused(row.write, row_vals)
                self.refused(row.unlink)
                self.refused(row.copy, {back: policy.id})
                policy.name = "Another name"
                self.assertEqual(policy.name, "Another name")

    def test_a_copy_can_and_its_rows_do_not_move(self):
        for policy, rows, vals, row_vals, back in self.kept:
            with self.subTest(policy._name):
                later = policy.copy()
                self.assertGreater(later.valid_from, policy.valid_from)
                self.assertEqual(len(later[rows]), len(policy[rows]))
                later.write(vals)
                later[rows][0].write(row_vals)
                self.refused(later[rows][0].write, {back: policy.id})
                later.unlink()

    def test_what_nothing_rests_on_is_free(self):
        self.unused.base = 0.02
        self.unused.row_ids.unlink()
        self.unused.unlink()
        self.assertFalse(self.unused.exists())
