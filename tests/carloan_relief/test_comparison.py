"""Old and new schedule side by side: loan, request, entry, bill; drafts replaced."""

import re

from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


def cells(html):
    """{label: [before, after, change]} of a comparison."""
    result = {}
    for row in re.findall(r"<tr.*?</tr>", str(html), re.S):
        texts = [
            re.sub(r"<.*?>|\u200b", "", cell, flags=re.S).replace("\xa0", " ").strip()
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        if len(texts) == 4:
            result[texts[0]] = texts[1:]
    return result


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestComparison(ReliefCase):
    def _money(self, amount):
        return self.loan.currency_id.format(amount).replace("\xa0", " ")

    def test_proposal_and_result_read_alike(self):
        request = self._accepted()
        proposed = cells(request.comparison)
        offer = request.offer_id
        self.assertEqual(proposed["Instalments left"][1], str(offer.instalments))
        self.assertEqual(
            proposed["Still to pay, in all"][:2],
            [self._money(request.before_total), self._money(offer.total_cost)],
        )
        request.with_user(self.accountant).action_activate()
        made = cells(request.comparison)
        self.assertEqual(made["Instalments left"], proposed["Instalments left"])
        self.assertEqual(made["Last due date"], proposed["Last due date"])
        self.assertEqual(made["Instalment"], proposed["Instalment"])
        self.assertEqual(str(self.loan.comparison), str(request.comparison))

    def test_each_figure_a_second_time(self):
        old = self.loan.instalment_ids.filtered(
            lambda x: x.due_date.isoformat() > TODAY
        )
        old_interest, old_total = sum(old.mapped("interest")), sum(old.mapped("amount"))
        overdue = self.loan.overdue_amount
        request = self._active()
        new = self.loan.instalment_ids
        settled = overdue - self.loan.overdue_amount
        found = cells(request.comparison)
        expected = {
            "Instalments left": (len(old), len(new)),
            "Interest still to pay": (old_interest, sum(new.mapped("interest"))),
            "Still to pay, in all": (
                old_total + settled,
                sum(new.mapped("amount")),
            ),
        }
        for label, (before, after) in expected.items():
            if label == "Instalments left":
                self.assertEqual(found[label][:2], [str(before), str(after)])
            else:
                self.assertEqual(
                    found[label][:2], [self._money(before), self._money(after)], label
                )

    def test_every_entry_of_the_relief_and_the_new_bills_show_it(self):
        request = self._active()
        moves = request.sudo().move_ids
        self.assertTrue(moves)
        drafts = self.loan.instalment_ids.move_id
        self.assertTrue(drafts)
        for move in moves | drafts:
            self.assertEqual(move.carloan_schedule_after_id, self.loan.schedule_id)
            self.assertEqual(
                move.carloan_schedule_before_id, self.loan.previous_schedule_id
            )
            self.assertEqual(str(move.carloan_comparison), str(request.comparison))
        old = self.loan.previous_schedule_id.instalment_ids
        bill = old.filtered(lambda line: line.state == "billed").move_id[:1]
        self.assertFalse(bill.carloan_comparison)
        auditor = moves[0].with_user(self.auditor)
        self.assertTrue(auditor.carloan_comparison)

    def test_old_drafts_are_gone_and_new_ones_stand_there(self):
        old = self.loan.instalment_ids.filtered(lambda x: x.state == "drafted").move_id
        self.assertEqual(len(old), 3)
        self._active()
        self.assertFalse(old.exists())
        Move = self.env["account.move"].with_user(self.accountant)
        drafts = Move.search(
            [("carloan_loan_id", "=", self.loan.id), ("state", "=", "draft")]
        )
        self.assertEqual(len(drafts), 3)
        self.assertEqual(
            drafts.carloan_instalment_id,
            self.loan.instalment_ids.sorted("due_date")[:3],
        )
        self.assertEqual(set(drafts.mapped("auto_post")), {"at_date"})

    def test_an_undone_relief_still_tells_what_it_had_changed(self):
        request = self._active()
        moves = request.sudo().move_ids
        schedule = self.loan.schedule_id
        before = cells(schedule.comparison)
        self.loan._undo_relief(schedule, TODAY, "Mistake")
        self.env.invalidate_all()
        self.assertEqual(schedule.state, "undone")
        after = cells(schedule.comparison)
        self.assertEqual(after["Instalment"], before["Instalment"])
        self.assertEqual(after["Instalments left"], before["Instalments left"])
        self.assertTrue(moves[0].carloan_comparison)
        # the next relief replaces the first schedule, not the undone one
        self.assertFalse(self.loan.schedule_id.before_id)
