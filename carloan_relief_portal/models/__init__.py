from . import carloan_paper_mixin
from . import carloan_loan
from . import carloan_relief_application
from . import carloan_relief_offer
from . import carloan_relief_request
from . import carloan_relief_request_mail
from . import res_company
from . import res_config_settings
