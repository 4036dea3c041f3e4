import secrets

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import config

#: Option of the server's configuration file; set, it stands instead of the stored key.
OPTION = "carloan_artifact_key"
_SIZE = 32


class CarloanRiskKey(models.Model):
    """The key that signs models. Nobody reads it over RPC, administrators included.

    Made once in a database and part of its backup, so that a restored or duplicated
    database still opens its models; it does not hang on the secret of the database,
    which a duplicate gets anew.
    """

    _name = "carloan.risk.key"
    _description = "Key that signs risk models"
    _log_access = False

    secret = fields.Char(required=True, groups=NO_ACCESS)

    @api.model
    def _get(self):
        """Return the key as bytes."""
        own = config.get(OPTION)
        if own:
            return str(own).encode()
        # sudo: no user has access to this model, only the code that signs and checks
        keys_sudo = self.sudo()
        found = keys_sudo.search([], order="id", limit=1)
        if not found:
            found = keys_sudo.create({"secret": secrets.token_hex(_SIZE)})
        return found.secret.encode()
