from odoo import fields, models
from odoo.exceptions import UserError


class CarloanReliefPapers(models.TransientModel):
    """Staff write which papers are missing; the borrower gets a mail."""

    _name = "carloan.relief.papers"
    _description = "Ask for Papers"

    request_id = fields.Many2one(
        "carloan.relief.request",
        required=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    wanted = fields.Text(
        "Papers Wanted",
        required=True,
        default=lambda self: self._default_wanted(),
        help="In words the borrower understands. What the checklist still misses is "
        "filled in.",
    )
    due = fields.Date(
        "Wanted By",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=7),
    )

    def _default_wanted(self):
        """Return what the checklist misses, in the borrower's language."""
        request = self.env["carloan.relief.request"].browse(
            self.env.context.get("active_id")
        )
        if not request or self.env.context.get("active_model") != request._name:
            return False
        request.check_access("read")
        # sudo: the language alone
        lang = request.sudo().partner_id.lang
        return request.with_context(lang=lang)._get_wanted_text()

    def action_ask(self):
        """Mail the borrower and show the wish on the page of the request."""
        self.ensure_one()
        request = self.request_id
        request._check_staff("officer")
        if request.state not in ("submitted", "assessed", "to_approve"):
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s: papers are asked for before an "
                    "offer is made. Write a message instead.",
                    request=request.name,
                    state=request._get_state_label(),
                )
            )
        if self.due < fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "The papers for %(request)s are wanted by %(date)s, which is over. "
                    "Enter a day to come.",
                    request=request.name,
                    date=fields.Date.to_string(self.due),
                )
            )
        request._ask_papers(self.wanted.strip(), self.due)
        return {"type": "ir.actions.act_window_close"}
