from odoo import models

from ..models.approval.tier_review import GUARDED_MODELS


class CommentWizard(models.TransientModel):
    _inherit = "comment.wizard"

    def add_comment(self):
        """Override of `base_tier_validation` to write on guarded reviews.

        The reviews are not taken from the dialog: the request finds again those that
        the user may decide now.
        """
        self.ensure_one()
        if self.res_model not in GUARDED_MODELS:
            return super().add_comment()
        request = self.env[self.res_model].browse(self.res_id)
        request._decide(self.validate_reject, self.comment)
        return None
