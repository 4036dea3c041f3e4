from odoo import fields, models
from odoo.exceptions import UserError

from ..relief.relief_request import OPEN_STATES


class CarloanContact(models.Model):
    """Collection stops where a relief says so; a cry for help opens a case."""

    _inherit = "carloan.contact"

    def _get_breaks(self):
        """Override: nobody is asked for money while collection is stopped."""
        broken = super()._get_breaks()
        loan = self.loan_id
        if (
            self.direction == "out"
            and self.about == "arrears"
            and loan.dunning_stop
            and self._get_local(self.date).date() >= loan.dunning_stop_since
        ):
            broken = [*broken, "dunning_stop"]
        return broken

    def _say_breaks(self, codes):
        """Override to say why collection is stopped."""
        said = super()._say_breaks([code for code in codes if code != "dunning_stop"])
        if "dunning_stop" in codes:
            said.append(
                self.env._(
                    "Collection is stopped since %(date)s: a relief is asked for or in "
                    "force. Speak about the relief, or wait until the plan ends or "
                    "breaks.",
                    date=fields.Date.to_string(self.loan_id.dunning_stop_since),
                )
            )
        return said

    def action_open_request(self):
        """Open the case that a word of hardship begins, from the day it was said."""
        self.ensure_one()
        self.check_access("read")
        if self.outcome != "hardship":
            raise UserError(
                self.env._(
                    "%(contact)s says nothing of a hardship. Open the request on the "
                    "loan, by Request Relief.",
                    contact=self.display_name,
                )
            )
        Request = self.env["carloan.relief.request"]
        request = Request.search(
            [("loan_id", "=", self.loan_id.id), ("state", "in", OPEN_STATES)], limit=1
        ) or Request.create(self._prepare_request_vals())
        return request._get_records_action()

    def _prepare_request_vals(self):
        """Return the values of the case that this contact begins."""
        oral = self.channel in ("call", "visit")
        return {
            "loan_id": self.loan_id.id,
            "channel": {"call": "phone", "portal": "portal", "chat": "portal"}.get(
                self.channel, "counter"
            ),
            "notice_date": self.company_id._get_carloan_day(self.date),
            "notice_form": "oral" if oral else "written",
            "note": self.note,
        }
