from odoo import fields, models

from ..loan.selections import STAGE_SELECTION


class CarloanLoan(models.Model):
    """Stage and loss allowance of a loan."""

    _inherit = "carloan.loan"

    ifrs_stage = fields.Selection(
        STAGE_SELECTION,
        string="Stage",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Stage of expected losses (IFRS 9, CAS 22) at the last provisioning.",
    )
    ifrs_stage_date = fields.Date(string="Stage as of", readonly=True, copy=False)
    provision_ids = fields.One2many(
        "carloan.provision", "loan_id", string="Loss allowances"
    )
    overlay_ids = fields.One2many(
        "carloan.provision.overlay", "loan_id", string="Manual provisions"
    )
    provision_count = fields.Integer(compute="_compute_provision_count")

    def _compute_provision_count(self):
        counts = dict(
            self.env["carloan.provision"]._read_group(
                [("loan_id", "in", self.ids)], ["loan_id"], ["__count"]
            )
        )
        for loan in self:
            loan.provision_count = counts.get(loan, 0)

    def _sum_roles(self, roles):
        """Return what the ledger holds of these roles now, minor units, + debit."""
        self.ensure_one()
        domain = [
            ("carloan_loan_id", "=", self.id),
            ("carloan_role", "in", roles),
            ("parent_state", "=", "posted"),
        ]
        # sudo: who posts for a loan need not read the books
        Line = self.env["account.move.line"].sudo()
        ((total,),) = Line._read_group(domain, [], ["amount_currency:sum"])
        return self._to_minor([total or 0.0])[0]

    def _get_allowance(self):
        """Return the allowance that is left for this loan: what an accrual holds for a
        day is not."""
        held = -self._sum_roles(["allowance"])
        held -= self._read_accrued_allowance().get(self.id, 0)
        return self._from_minor([held])[0]

    def _store_stages(self, rows):
        """Write [(loan id, stage, day)] by one statement."""
        self.env.cr.execute_values(
            """
            UPDATE carloan_loan loan
               SET ifrs_stage = v.stage, ifrs_stage_date = v.day::date
              FROM (VALUES %s) AS v (id, stage, day) WHERE loan.id = v.id
            """,
            rows,
            page_size=5000,
        )
        names = ["ifrs_stage", "ifrs_stage_date"]
        self.invalidate_recordset(names)
        self.modified(names)

    def _restore_stage(self):
        """Go back to the stage of the last provision that stands."""
        for loan in self:
            last = loan.provision_ids.filtered(lambda item: item.state == "posted")[:1]
            loan.write({"ifrs_stage": last.stage, "ifrs_stage_date": last.date})

    def action_view_provisions(self):
        """Open the loss allowances of these loans."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_provision_action"
        )
        action["domain"] = [("loan_id", "in", self.ids)]
        action["context"] = {}
        return action
