"""What became of a case, and what it cost in the books."""

from collections import Counter

from odoo import api, fields, models

from ..relief.relief_request import MOVE_FIELDS, OPEN_STATES
from .optional_float import OptionalFloat

MOVE_FIELDS |= {
    "outcome",
    "plan_result",
    "share_granted",
    "share_kept",
    "cost_booked",
    "expected_gain",
    "limits_broken",
}
# who takes a request back leaves nothing to decide
DECIDED = ("granted", "refused", "not_taken")


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    outcome = fields.Selection(
        [
            ("open", "In Process"),
            ("granted", "Granted"),
            ("refused", "Refused"),
            ("not_taken", "Offer Not Taken"),
            ("withdrawn", "Withdrawn"),
            ("undone", "Undone"),
        ],
        compute="_compute_outcome",
        store=True,
        index=True,
    )
    plan_result = fields.Selection(
        [
            ("running", "Running"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("replaced", "Replaced by Another Plan"),
        ],
        compute="_compute_outcome",
        store=True,
        help="Of plans that became active.",
    )
    share_granted = OptionalFloat(
        "Granted (Share)",
        compute="_compute_outcome",
        store=True,
        digits=(3, 2),
        aggregator="avg",
        help="1 = granted, 0 = refused or not taken; empty while in process, and when "
        "withdrawn or undone. Its average is the share granted.",
    )
    share_kept = OptionalFloat(
        "Kept (Share)",
        compute="_compute_outcome",
        store=True,
        digits=(3, 2),
        aggregator="avg",
        help="1 = kept to its end, 0 = broken; empty while it runs. Its average is the "
        "share of plans kept.",
    )
    cost_booked = fields.Monetary(
        "Loss Booked",
        readonly=True,
        copy=False,
        help="What the entries of the relief, and their reversals, took to profit and "
        "loss. A claim provided for before costs nothing more when it is given up.",
    )
    expected_gain = fields.Monetary(
        related="offer_id.npv_gain",
        string="Expected Gain of Relief",
        store=True,
        help="Expected value of the proposed plan above that without relief.",
    )
    limits_broken = fields.Integer(
        compute="_compute_limits_broken",
        store=True,
        help="Limits of the policy that the proposed exception exceeds.",
    )

    @api.model
    def _get_outcomes(self):
        """Return {state: (outcome, result of the plan)}; new states add their own."""
        return {
            **dict.fromkeys(OPEN_STATES, ("open", False)),
            "active": ("granted", "running"),
            "cured": ("granted", "kept"),
            "broken": ("granted", "broken"),
            "replaced": ("granted", "replaced"),
            "rejected": ("refused", False),
            "declined": ("not_taken", False),
            "expired": ("not_taken", False),
            "withdrawn": ("withdrawn", False),
            "undone": ("undone", False),
        }

    @api.depends("state")
    def _compute_outcome(self):
        outcomes = self._get_outcomes()
        for request in self:
            outcome, result = outcomes[request.state]
            request.outcome = outcome
            request.plan_result = result
            granted = outcome == "granted" if outcome in DECIDED else None
            request.share_granted = granted if granted is None else float(granted)
            over = result in ("kept", "broken")
            request.share_kept = float(result == "kept") if over else None

    @api.depends("offer_id.binding", "offer_id.is_exception")
    def _compute_limits_broken(self):
        for request in self:
            offer = request.offer_id
            request.limits_broken = len(offer.binding or ()) * offer.is_exception

    # -------------------------------------------------------------------- COST
    def _activate(self, date=None):
        """Override: note what the entries cost."""
        done = super()._activate(date)
        if done:
            self._store_cost()
        return done

    def _undo(self, date, reason, cascade=False):
        """Override: what is reversed costs nothing any more."""
        moves = super()._undo(date, reason, cascade)
        self._store_cost()
        return moves

    def _settle_conditional(self, kept):
        """Override: a waiver on completion costs once it is granted."""
        res = super()._settle_conditional(kept)
        self._store_cost()
        return res

    def _resume_plan(self):
        """Override: what an undone completion had waived costs nothing any more."""
        res = super()._resume_plan()
        self._store_cost()
        return res

    def _store_cost(self):
        """Keep what the entries of cases took to profit and loss."""
        cost = self._sum_result()
        # sudo: the cost is kept by the case, whoever moved it
        for request_sudo in self.sudo():
            request_sudo.cost_booked = cost[request_sudo]

    def _sum_result(self):
        """Return {case: what its entries and their reversals took to the result}."""
        # sudo: a sum over entries that staff may not read
        lines_sudo = self.env["account.move.line"].sudo()
        groups = lines_sudo._read_group(
            [
                # a reversal keeps the request of what it reverses
                ("move_id.carloan_request_id", "in", self.ids),
                ("parent_state", "=", "posted"),
                ("account_id.internal_group", "in", ("income", "expense")),
            ],
            ["move_id"],
            ["amount_currency:sum"],
        )
        cost = Counter()
        for move_sudo, amount in groups:
            cost[move_sudo.carloan_request_id] += amount
        return cost
