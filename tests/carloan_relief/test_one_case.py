"""A loan has one live case of a kind: the second is refused, and the first named."""

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_closing import ClosingCase


@tagged("post_install", "-at_install")
class TestOneCase(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vehicle = cls.env["carloan.vehicle"].create({"make": "BYD"})
        with freeze_time("2026-06-20"):
            cls.loan = cls._create_a19()
            cls.other = cls._create_active()
        cls.loan.vehicle_id = cls.vehicle

    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time("2026-06-20"))

    def _vals(self, **values):
        return {"loan_id": self.loan.id, **values}

    def _refused(self, model, case, state, way="cancel, reject or delete"):
        """A second case is refused by whoever makes it, and however."""
        Model = self.env[model].with_user(self.officer)
        other = self._vals(loan_id=self.other.id)
        for vals_list in ([self._vals()], [other, self._vals()]):
            with self.assertRaises(UserError) as caught:
                Model.create(vals_list)
            message = str(caught.exception)
            self.assertIn(f"Loan {self.loan.name} already has {case.name}", message)
            self.assertIn(state, message)
            self.assertIn(way, message)
        # nothing is left of a batch of which one is refused
        self.assertFalse(Model.search([("loan_id", "=", self.other.id)]))

    def test_a_settlement_quote(self):
        case = self.env["carloan.settlement"].with_user(self.officer)
        case = case.create(self._vals())
        self._refused("carloan.settlement", case, "quote")
        second = self.env["carloan.settlement"].create({"loan_id": self.other.id})
        with self.assertRefused(f"already has {case.name}"):
            second.loan_id = self.loan
        case.action_cancel()
        second = second.copy({"loan_id": self.loan.id})
        self.assertEqual(second.state, "draft")

    def test_a_vehicle(self):
        vals = self._vals(fair_value=1000.0, source="Valuer", scope="part")
        case = self.env["carloan.repossession"].create(vals)
        self._refused("carloan.repossession", case, "draft")
        case.action_approve()
        self._refused("carloan.repossession", case, "approved")
        case.action_take()
        self._refused("carloan.repossession", case, "taken", "undo it first")
        case._undo("2026-06-20", "by mistake")
        self.env["carloan.repossession"].create(vals)

    def test_a_write_off(self):
        vals = self._vals(evidence_type_ids=[Command.set(self.ground.ids)])
        case = self.env["carloan.write.off"].create(vals)
        self._refused("carloan.write.off", case, "draft")
        case.unlink()
        vals.update(scope="part", part_amount=100.0)
        case = self.env["carloan.write.off"].create(vals)
        self._refused("carloan.write.off", case, "draft")
        case.line_ids.attachment_ids = self._document()
        case.action_submit()
        self._refused("carloan.write.off", case, "to approve")
        case.action_approve()
        case.action_write_off()
        self.assertEqual(case.state, "done")
        # a part is gone: another may follow
        self.env["carloan.write.off"].create(vals)

    def test_two_at_once(self):
        """The index is what a race meets; one batch is told before."""
        Settlement = self.env["carloan.settlement"]
        with self.assertRefused(f"Loan {self.loan.name} is given two cases at once"):
            Settlement.create([self._vals(), self._vals()])
        Settlement.create(self._vals())
        self.patch(type(Settlement), "_check_none_live", lambda *args: None)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            Settlement.create(self._vals())
