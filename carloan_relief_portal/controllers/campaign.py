"""The answer to an offer of a campaign that is neither yes nor no."""

from odoo.http import request

from .common import carloan_route
from .relief import ReliefPortal


class CampaignPortal(ReliefPortal):
    def _own_request_sudo(self, request_id):
        """Override: whoever opens a page of the case has seen its offer."""
        case_sudo = super()._own_request_sudo(request_id)
        if case_sudo:
            case_sudo._portal_seen()
        return case_sudo

    @carloan_route("/my/relief/<int:request_id>/something-else", methods=["POST"])
    def portal_something_else(self, request_id, wish="", **post):
        """Take what the borrower needs instead of what was offered."""
        done = request.env._(
            "Thank you. A person looks at what you need. The offer is closed meanwhile."
        )
        return self._answer(request_id, "_portal_ask_else", done, wish)

    @carloan_route("/my/relief/<int:request_id>/something-else", methods=["GET"])
    def portal_something_unsent(self, request_id, **kwargs):
        """Come back from the login page, to which the wish was posted in vain."""
        return self.portal_unsent(request_id, **kwargs)
