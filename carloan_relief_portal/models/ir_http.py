from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Override to send the Chinese of our scripts and of the message box.

        Odoo sends the terms of `web` and `portal` alone, while the box in which a
        borrower writes to the officer is drawn by `mail`.
        """
        modules = super()._get_translation_frontend_modules_name()
        return [*modules, "mail", "carloan_relief_portal"]
