from odoo import api, fields, models
from odoo.exceptions import AccessError


class CarloanApprovalPause(models.Model):
    """Time in which an approval waits for papers of the borrower.

    The working hours of the tiers stop in it. Clocks of the law do not: they read
    none of this.
    """

    _name = "carloan.approval.pause"
    _description = "Papers awaited"
    _order = "date_begin desc, id desc"
    _rec_name = "papers"

    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    papers = fields.Char("Papers Awaited", required=True)
    date_begin = fields.Datetime("Asked On", readonly=True)
    date_end = fields.Datetime("Received On", readonly=True)
    user_id = fields.Many2one("res.users", "Asked By", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(request_id) WHERE date_end IS NULL",
        "Papers are awaited already: note their receipt first.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Stop the clock of the cases, from now and in the name of the user."""
        now = fields.Datetime.now()
        own = {"date_begin": now, "date_end": False, "user_id": self.env.uid}
        requests = self.env["carloan.relief.request"].browse(
            vals["request_id"] for vals in vals_list if vals.get("request_id")
        )
        for request in requests:
            request._check_may_pause()
        made = super().create([{**vals, **own} for vals in vals_list])
        for pause in made:
            pause.request_id._pause_approval(pause.papers)
        return made

    def write(self, vals):
        """Receipt is noted by the button of the case alone."""
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "The time in which papers of %(request)s were awaited is kept by "
                    "Await Papers and Papers Received on the request.",
                    request=", ".join(self.request_id.mapped("name")),
                )
            )
        return super().write(vals)
