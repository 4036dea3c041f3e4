import numpy as np

from odoo import models
from odoo.exceptions import UserError

from ...engine import schedule as engine_schedule

# what the engine's Terms read from a loan
TERMS_PLAIN = (
    "annual_rate",
    "instalments",
    "method",
    "period",
    "day_count",
    "due_day",
)
TERMS_MONEY = ("principal", "balloon", "fee", "instalment_rounding")
TERMS_DATES = ("start_date", "first_due_date")


class CarloanLoan(models.Model):
    """The terms of a loan as signed, and the schedule that follows from them."""

    _inherit = "carloan.loan"

    def _get_terms(self):
        """Return the engine terms of these loans as signed, one row a loan."""
        plain = {name: [loan[name] for loan in self] for name in TERMS_PLAIN}
        money = {
            name: [loan._to_minor([loan[name]])[0] for loan in self]
            for name in TERMS_MONEY
        }
        # a list comprehension, because mapped() drops what is empty
        dates = {
            name: np.array([loan[name] for loan in self], dtype="datetime64[D]")
            for name in TERMS_DATES
        }
        return engine_schedule.Terms.of(**money, **dates, **plain)

    def _build_schedules(self):
        """Return the engine schedule of these loans, one row a loan.

        :raise UserError: in the words of the engine, which names field and value.
        """
        try:
            return engine_schedule.build(self._get_terms())
        except ValueError as error:
            names = ", ".join(loan._get_label() for loan in self[:5])
            raise UserError(
                self.env._(
                    "The schedule of %(loans)s cannot be made: %(reason)s",
                    loans=names,
                    reason=str(error),
                )
            ) from error

    def action_build_preview(self):
        """Build, or build anew, the schedule of drafts so that it can be looked at."""
        self.check_access("write")
        for loan in self:
            loan._check_state("draft")
        # sudo: officers read schedules and never write them by hand
        drafts = self.sudo().schedule_ids
        drafts.filtered(lambda s: s.state == "draft").unlink()
        built = self._build_schedules()
        schedules = self.env["carloan.schedule"]._create_batch(
            self, built, "origination"
        )
        for loan, schedule in zip(self.sudo(), schedules, strict=True):
            loan.schedule_id = schedule
        return True

    def action_view_schedules(self):
        """Open the versions of the schedule."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.schedule",
            "view_mode": "list,form",
            "domain": [("loan_id", "in", self.ids)],
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Schedules"),
        }

    def action_cancel(self):
        """Cancel loans that were never paid out."""
        self.check_access("write")
        for loan in self:
            if loan.state != "draft":
                raise UserError(
                    self.env._(
                        "Loan %(loan)s is no longer a draft: what is in the books "
                        "is reversed, not cancelled.",
                        loan=loan.name,
                    )
                )
        self.sudo().write({"state": "cancelled"})  # states are no field to write
        return True
