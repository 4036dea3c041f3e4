# the life of a plan after its activation
from . import relief_plan
from . import relief_plan_clock
from . import relief_plan_event
from . import relief_plan_facts
from . import relief_plan_follow
from . import relief_plan_steps
from . import relief_plan_notice
from . import relief_plan_word
from . import relief_plan_letter
from . import relief_policy
from . import relief_rule
from . import relief_request
from . import carloan_jurisdiction
from . import carloan_loan
