from . import carloan_complaint_way
from . import carloan_decline_reason
from . import carloan_decline_letter
from . import carloan_decline_letter_delivery
from . import relief_request_decline
