from odoo import models
from odoo.exceptions import UserError

#: What may be wrong with one loan: a rule of ours, or a figure the engine refuses.
FAILURES = (UserError, ValueError)


class CarloanLedger(models.AbstractModel):
    """Steps of a night: for a set of loans at once, or one by one where that fails."""

    _inherit = "carloan.ledger"

    def _take_step(self, records, step, note):
        """Take a step for many loans; what is wrong with one stops no other.

        :param records: loans, or records of loans (`loan_id`)
        :param step: what is done, called with such records
        :param note: called with the reason, returns what is noted on a loan that fails
        :return: (list of what the step returned, the loans that failed)
        """
        loans = records if records._name == "carloan.loan" else records.loan_id
        try:
            with self.env.cr.savepoint():
                # a loan that somebody works on is left out, and nobody waits for it
                loans._lock()
                return [step(records)], loans.browse()
        except FAILURES as error:
            if len(loans) == 1:
                loans._message_log(body=note(str(error)))
                return [], loans
        done, failed = [], loans.browse()
        name = "id" if records._name == "carloan.loan" else "loan_id"
        for own in records.grouped(name).values():
            made, wrong = self._take_step(own, step, note)
            done, failed = done + made, failed | wrong
        return done, failed
