from odoo import api, fields, models


class CarloanDeclineReason(models.Model):
    """A principal reason of a refusal, specific enough to be told to a borrower."""

    _name = "carloan.decline.reason"
    _description = "Reason of a Refusal"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable key used by reports.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    specific = fields.Boolean(
        default=True,
        help="Off: words that no borrower can act on, such as an internal policy or a "
        "score. They are refused, in the letter and in its own words.",
    )
    told = fields.Text(
        "What the Borrower Is Told",
        translate=True,
        help="One sentence in the borrower's words. Empty: the name.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another reason of a refusal already has this code."
    )

    def _get_sentences(self):
        """Return what the borrower is told, in the language of the context."""
        return [reason.told or reason.name for reason in self]

    @api.model
    def _is_vague(self, text):
        """Tell whether words say nothing but what no borrower can act on."""
        plain = _plain(text)
        # sudo: the list is the same whoever writes
        vague_sudo = self.sudo().search([("specific", "=", False)])
        langs = [code for code, _name in self.env["res.lang"].get_installed()]
        return bool(plain) and any(
            plain == _plain(vague_sudo.with_context(lang=lang).browse(one).name)
            for lang in langs
            for one in vague_sudo.ids
        )


def _plain(text):
    """Return words without case, spaces and signs."""
    return "".join(sign for sign in (text or "").lower() if sign.isalnum())
