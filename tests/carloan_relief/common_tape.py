"""A small loan tape, and what every test of an import needs."""

import datetime

from odoo.tests import TransactionCase

from odoo.addons.carloan_relief.tools import tape as tape_reader

LOANS = """\
loan_ref,originated,original_amount,original_term,maturity,annual_rate,first_payment,\
make,model,condition,model_year,vehicle_value,credit_score,payment_to_income,state,\
tape_date,scheduled_payment,outcome,outcome_month
T-1,2016-01,12000.00,25,2018-01,0,2016-02,HOND,CIVIC,used,2012,10975,694,0.10,FL,\
2016-05-31,500.00,repaid,18
T-2,2016-01,24000.00,25,2018-01,0,2016-02,TOYT,CAMRY,new,2015,26000,730,0.08,TX,\
2016-05-31,1000.00,default,9
T-3,2016-01,2400.00,25,2018-01,0,2016-02,FORD,FOCUS,used,2011,3000,,,CA,\
2016-05-31,100.00,repaid,2
"""
# T-1 pays, T-2 has missed May and June, T-3 is paid off before the date
PAYMENTS = """\
loan_ref,month_end,balance,principal_paid,total_paid
T-1,2016-05-31,10000.00,500.00,500.00
T-1,2016-06-30,9500.00,500.00,500.00
T-1,2016-07-31,9500.00,0.00,0.00
T-2,2016-04-30,21000.00,1000.00,1000.00
T-2,2016-05-31,21000.00,0.00,0.00
T-2,2016-06-30,21000.00,0.00,0.00
T-2,2016-07-31,,0.00,
T-3,2016-05-31,2000.00,100.00,100.00
T-3,2016-06-30,0.00,2000.00,2000.00
"""
AS_OF = datetime.date(2016, 6, 30)


class TapeCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.product = cls._make_product(cls.env)

    @classmethod
    def _make_product(cls, env):
        product = env["carloan.product"].create(
            {
                "name": "Tape",
                "code": "TAPE-TEST",
                "company_id": env.company.id,
                "currency_id": env.company.currency_id.id,
            }
        )
        product.action_map_accounts()
        return product

    def read(self, loans=LOANS, payments=PAYMENTS, **options):
        options = {
            "as_of": AS_OF,
            "currency": self.company.currency_id.name,
            **options,
        }
        return tape_reader.read_tape(
            loans.encode(), payments.encode(), tape_reader.Options(**options)
        )

    def load(self, tape=None, **options):
        tape = tape or self.read()
        result = self.env["carloan.tape.loader"]._load(tape, self.product, **options)
        return self.env["carloan.loan"].browse(result.loan_ids), result

    def count_all(self):
        """Count what an import makes, to prove that nothing was made."""
        self.env.flush_all()
        return {
            name: self.env[name].search_count([])
            for name in (
                "carloan.loan",
                "carloan.vehicle",
                "carloan.schedule",
                "carloan.behaviour",
                "carloan.financial.statement",
                "res.partner",
                "account.move",
                "account.account",
            )
        }
