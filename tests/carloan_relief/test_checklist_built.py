"""Cases from before there were checklists of papers get one, if nothing is decided."""

import importlib.util
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestChecklistBuilt(ReliefCase):
    def _old(self, state="assessed"):
        """A case in a state, whose papers were never asked for."""
        make = {"assessed": self._assessed, "offered": self._offered}[state]
        request = make()
        self.assertTrue(request.checklist_ids, "the reason of the test asks for some")
        request.sudo().checklist_ids.unlink()
        return request

    def test_the_button_asks_for_what_the_hardship_needs_once(self):
        request = self._old()
        kinds = request.env["carloan.relief.document.type"].sudo()._find_for(request)
        self.assertTrue(request.can_build_checklist)
        request.with_user(self.officer).action_build_checklist()
        self.assertEqual(request.checklist_ids.type_id, kinds)
        self.assertIn("Checklist of papers built", self._logged(request))
        self.assertFalse(request.can_build_checklist)
        with self.assertRefused("has its checklist"):
            request.with_user(self.officer).action_build_checklist()

    def test_what_was_approved_is_not_held_up(self):
        request = self._old("offered")
        self.assertFalse(request.can_build_checklist)
        with self.assertRefused("before the case is decided"):
            request.with_user(self.officer).action_build_checklist()

    def test_staff_only(self):
        request = self._old()
        for user in (self.accountant, self.auditor, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                request.with_user(user).action_build_checklist()

    def test_the_upgrade_builds_the_missing_ones(self):
        old = self._old()
        decided = self._old_loan_offered()
        addon = Path(importlib.util.find_spec("odoo.addons.carloan_relief").origin)
        path = addon.parent / "migrations/19.0.1.0.4/post-checklist.py"
        spec = importlib.util.spec_from_file_location("checklist", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.0.3")
            self.env.invalidate_all()
            kinds = old.env["carloan.relief.document.type"].sudo()._find_for(old)
            self.assertEqual(old.checklist_ids.type_id, kinds)
            self.assertFalse(decided.checklist_ids)

    def _old_loan_offered(self):
        """A case of another loan that was decided before there were checklists."""
        request = self._offered(loan=self._create_late())
        request.sudo().checklist_ids.unlink()
        return request
