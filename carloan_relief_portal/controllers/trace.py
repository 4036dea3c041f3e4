"""Where a signature came from."""

from odoo.http import request

MAX_AGENT = 300


def get_trace():
    """Return address and browser of the request, as far as they are known."""
    environ = request.httprequest
    return {
        "signed_ip": environ.remote_addr or False,
        "signed_agent": (environ.user_agent.string or "")[:MAX_AGENT] or False,
    }
