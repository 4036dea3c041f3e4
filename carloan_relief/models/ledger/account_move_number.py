from odoo import models


class AccountMove(models.Model):
    """What Odoo does entry by entry when it posts, for many loan entries at once."""

    _inherit = "account.move"

    def _get_next_sequence_format(self):
        """Override of `account`: look the last number up once for a night's entries.

        Odoo searches it for each entry, although within a transaction that holds the
        sequence it counts on from its own cache and needs only the format. That is
        kept beside the cache, and goes with it at commit, rollback or renaming.
        """
        if not self.carloan_event:
            return super()._get_next_sequence_format()
        formats = self._get_sequence_cache()
        key = (
            "carloan",
            self.journal_id.id,
            self.date,
            self.move_type,
            bool(self.origin_payment_id),
        )
        if key not in formats:
            formats[key] = super()._get_next_sequence_format()
        format_string, format_values = formats[key]
        # a copy: the caller takes the number out
        return format_string, dict(format_values)

    def _rank_carloan_partners(self):
        """Mark the borrowers as customers in one go.

        :return: these moves, in a context that keeps Odoo from counting each entry
        """
        # sudo: whoever posts need not be allowed to write borrowers
        partners_sudo = self.sudo().line_ids.partner_id
        partners_sudo.filtered(lambda one: not one.customer_rank).write(
            {"customer_rank": 1}
        )
        return self.with_context(carloan_ranked=True)
