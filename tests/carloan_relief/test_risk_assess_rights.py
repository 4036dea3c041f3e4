"""Who reads, makes and changes what grades rest on; other companies stay out."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .risk_common import AS_OF, RiskCase

# model -> operations that each role has; everybody of the house reads
READERS = ("officer", "approver", "analyst", "manager", "auditor")
RIGHTS = {
    "carloan.risk.policy": {"analyst": "wcu", "manager": "wcu"},
    "carloan.risk.cap": {"analyst": "wcu", "manager": "wcu"},
    "carloan.risk.flag": {"officer": "c", "analyst": "wc", "manager": "wc"},
    "carloan.risk.override": {"officer": "wc", "analyst": "wc", "manager": "wc"},
    "carloan.risk.review": {
        "officer": "c",
        "approver": "wc",
        "analyst": "wc",
        "manager": "wc",
    },
    "carloan.risk.table": {"analyst": "wcu", "manager": "wcu"},
    "carloan.risk.table.row": {"analyst": "wcu", "manager": "wcu"},
    "carloan.risk.queue": {},
    "carloan.risk.rescoring": {},
}
CLOSED_TO = {
    "carloan.risk.queue": ("officer", "approver"),
    "carloan.risk.rescoring": ("officer", "approver"),
}
OPERATIONS = {"w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestRiskAssessRights(RiskCase):
    def test_each_role_may_do_what_the_table_says(self):
        for model, rights in RIGHTS.items():
            for role, user in self.users.items():
                records = self.env[model].with_user(user)
                reads = role in READERS and role not in CLOSED_TO.get(model, ())
                with self.subTest(model=model, role=role):
                    self.assertEqual(records.has_access("read"), reads)
                    for letter, operation in OPERATIONS.items():
                        self.assertEqual(
                            records.has_access(operation),
                            letter in rights.get(role, ""),
                            operation,
                        )

    def test_an_officer_sees_flags_of_the_own_team_s_borrowers(self):
        flags = self.env["carloan.risk.flag"]
        for loan in (self.good, self.late):
            flags.create(
                {
                    "partner_id": loan.partner_id.id,
                    "kind": "bankrupt",
                    "reason": "Court file",
                    "date_from": AS_OF,
                    "known_on": AS_OF,
                }
            )
        seen = flags.with_user(self.users["officer"]).search([])
        self.assertIn(self.good.partner_id, seen.partner_id)
        self.assertNotIn(self.late.partner_id, seen.sudo().partner_id)

    def test_another_company_stays_out(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        analyst = self.users["analyst"]
        policy = self.env["carloan.risk.policy"].create(
            {"name": "Theirs", "company_id": company.id, "valid_from": AS_OF}
        )
        shared = self.env.ref("carloan_relief.carloan_risk_table_prepayment")
        table = shared.copy({"company_id": company.id})
        run = self.env["carloan.risk.rescoring"]._get_run(company, AS_OF)
        flag = self.env["carloan.risk.flag"].create(
            {
                "partner_id": self.good.partner_id.id,
                "company_id": company.id,
                "kind": "bankrupt",
                "reason": "Court file",
                "date_from": AS_OF,
                "known_on": AS_OF,
            }
        )
        for record in (policy, table, table.row_ids[:1], run, flag):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(analyst).read(["create_date"])
        # nor does what the other company knows cap a grade here
        self.assertFalse(self.good._assess(AS_OF).cap_id)
        self.assertTrue(shared.with_user(analyst).name)
