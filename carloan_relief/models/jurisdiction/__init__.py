from . import carloan_four_eyes_mixin
from . import carloan_kept_mixin
from . import carloan_recorded_mixin
from . import carloan_jurisdiction
from . import carloan_jurisdiction_rule
from . import res_company
