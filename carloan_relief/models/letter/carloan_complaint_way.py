from odoo import api, fields, models


class CarloanComplaintWay(models.Model):
    """How a borrower complains, and to whom after that, under one law."""

    _name = "carloan.complaint.way"
    _description = "Way to Complain"
    _inherit = ["mail.thread"]
    _order = "jurisdiction_id, valid_from desc, id desc"
    _rec_name = "jurisdiction_id"

    jurisdiction_id = fields.Many2one(
        "carloan.jurisdiction", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: for every company that has none of its own.",
    )
    valid_from = fields.Date(required=True, default=fields.Date.context_today)
    body = fields.Text(
        "What the Borrower Is Told",
        required=True,
        translate=True,
        tracking=True,
        help="The lender's own complaints desk, how long an answer takes, and the "
        "ombudsman or authority after that.",
    )
    source = fields.Char(tracking=True, help="Legal basis in words.")
    confirmed = fields.Boolean(
        "Confirmed by Text",
        tracking=True,
        help="Off: to be checked against the official text before it is relied on.",
    )

    _day_uniq = models.UniqueIndex(
        "(jurisdiction_id, COALESCE(company_id, 0), valid_from)",
        "There is a way to complain from the same day already: change that one.",
    )

    @api.model
    def _get_text(self, company, day):
        """Return what a borrower of a company is told, in the language of the context.

        The company's own before the general one; empty where none is kept.
        """
        # sudo: how to complain is no secret
        found_sudo = self.sudo().search(
            [
                ("jurisdiction_id", "=", company.sudo().carloan_jurisdiction_id.id),
                ("company_id", "in", (False, company.id)),
                ("valid_from", "<=", day),
            ]
        )
        own = found_sudo.filtered("company_id")
        return (own or found_sudo)[:1].body or ""
