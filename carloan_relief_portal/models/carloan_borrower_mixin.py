from odoo import api, models


class CarloanBorrowerMixin(models.AbstractModel):
    """A record of which a borrower may read some fields, by name.

    The pages read with more rights and choose what they show. Over RPC a borrower
    would otherwise read every field of the own records: the risk grade, its reasons,
    the allowance for the loss. A field that is added later is closed until it is named.
    """

    _name = "carloan.borrower.mixin"
    _description = "Fields a Borrower May Read"

    _borrower_fields = frozenset()

    @api.model
    def _has_field_access(self, field, operation):
        """Override to close to borrowers what is not named, to read and to write."""
        allowed = super()._has_field_access(field, operation)
        if not allowed or self.env.su or self.env.user._is_internal():
            return allowed
        return operation == "read" and self._is_open_to_borrower(field.name)

    @api.model
    def _is_open_to_borrower(self, name):
        # Odoo's own parts of a record: the message box works with them, and every
        # search leaves out what is archived
        plain = ("id", "display_name", "create_date", "write_date", "access_url")
        plain += ("active",)
        thread = self.env["mail.thread"]._fields
        return name in self._borrower_fields or name in plain or name in thread
