import numpy as np

from odoo import api, fields, models

from ...tools.bulk import copy_in

COLUMNS = ("model_id", "loan_id", "company_id", "date", "pd", "pd_in_force")


class CarloanRiskShadow(models.Model):
    """What a challenger says of a loan, beside what is in force. Nothing follows it."""

    _name = "carloan.risk.shadow"
    _description = "Shadow score of a challenger"
    _order = "date desc, id"
    _log_access = False

    model_id = fields.Many2one(
        "carloan.risk.model", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    loan_id = fields.Many2one(
        "carloan.loan", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Date(string="As of", required=True, readonly=True)
    pd = fields.Float(
        "PD of the challenger", readonly=True, digits=(8, 6), aggregator="avg"
    )
    pd_in_force = fields.Float(
        "PD in force", readonly=True, digits=(8, 6), aggregator="avg"
    )

    _once = models.UniqueIndex("(model_id, loan_id, date)")

    @api.model
    def _score(self, company, loan_ids, as_of, features, pd):
        """Score loans by every challenger of a company, beside what is in force.

        Called by the rescoring of the book with the features it gathered anyway.

        :param loan_ids: (N,) ; ``features``: {name: (N,)}; ``pd``: (N,) in force
        """
        for model, predictor in self.env["carloan.risk.model"]._get_challengers(
            company
        ):
            mine = predictor.predict(features, top=0).pd
            self.env.cr.execute(
                "DELETE FROM carloan_risk_shadow"
                " WHERE model_id = %s AND date = %s AND loan_id = ANY(%s)",
                (model.id, as_of, list(loan_ids)),
            )
            rows = zip(
                [model.id] * len(mine),
                loan_ids,
                [company.id] * len(mine),
                [as_of] * len(mine),
                np.round(mine, 6).tolist(),
                np.round(pd, 6).tolist(),
                strict=True,
            )
            copy_in(self.env.cr, "carloan_risk_shadow", COLUMNS, rows)
        self.invalidate_model()
