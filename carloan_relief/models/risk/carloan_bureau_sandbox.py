import hashlib

from odoo import fields, models


class CarloanBureauProviderSandbox(models.AbstractModel):
    """Made-up reports, the same for the same person every time."""

    _name = "carloan.bureau.provider.sandbox"
    _inherit = "carloan.bureau.provider"
    _description = "Sandbox of a credit bureau"
    _sandbox = True

    def _get_name(self):
        """Override: so that nobody takes it for a bureau."""
        return self.env._("Sandbox (made-up figures)")

    def _fetch(self, partner, consent):
        """Override: figures drawn from the person's name, and marked as made up."""
        seed = hashlib.sha256((partner.name or "").encode()).digest()
        today = fields.Date.context_today(self)
        late = seed[1] < 64
        account = {
            "kind": "account",
            "lender": "Sandbox Bank",
            "date": fields.Date.subtract(today, months=6 + seed[2] % 48),
            "limit": 1000.0 * (1 + seed[3] % 20),
            "balance": 500.0 * (1 + seed[3] % 20),
            "instalment": 50.0 * (1 + seed[4] % 10),
            "arrears": 50.0 * (1 + seed[4] % 10) if late else 0.0,
            "dpd": seed[5] % 90 if late else 0,
        }
        inquiries = [
            {
                "kind": "inquiry",
                "lender": "Sandbox Card",
                "date": fields.Date.subtract(today, months=month),
            }
            for month in range(seed[6] % 4)
        ]
        return {
            "score": 500 + seed[0] * 350 // 255,
            "date": today,
            "reference": "SANDBOX-" + seed.hex()[:8],
            "lines": [account, *inquiries],
        }
