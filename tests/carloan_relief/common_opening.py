"""Loans that come from elsewhere, with what they owe."""

import numpy as np

from odoo import fields

from odoo.addons.carloan_relief.engine import schedule as engine_schedule

from .common_loan import LoanCase


class OpeningCase(LoanCase):
    def _open(self, count=3, import_id="tape-1"):
        loans = self.env["carloan.loan"].concat(
            *(
                self._create_loan(import_ref=f"{import_id}-{number}")
                for number in range(count)
            )
        )
        built = engine_schedule.build(
            engine_schedule.Terms.of(
                principal=[9000000 + number for number in range(count)],
                annual_rate=0.072,
                instalments=24,
                start_date=np.datetime64("2026-06-15"),
                first_due_date=np.datetime64("2026-07-15"),
                due_day=15,
            )
        )
        values = [{"date_from": fields.Date.to_date("2026-06-15")} for _loan in loans]
        schedules = self.env["carloan.schedule"]._create_batch(
            loans, built, "opening", values=values
        )
        schedules._activate()
        rows = [
            {
                "loan": loan,
                "principal": 9000000 + number,
                "overdue_principal": 250000,
                "overdue_interest": 50001,
                "oldest_due_date": fields.Date.to_date("2026-04-15"),
            }
            for number, loan in enumerate(loans)
        ]
        account = self.env["account.account"].search(
            [
                ("account_type", "=", "equity"),
                ("company_ids", "in", self.company.ids),
            ],
            limit=1,
        )
        day = fields.Date.to_date("2026-06-20")
        post = self.ledger._post_opening
        return loans, post(self.product, day, rows, account, import_id), rows, account
