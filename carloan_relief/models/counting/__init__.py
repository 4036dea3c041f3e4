from . import relief_measure
from . import relief_step
from . import relief_request_steps
from . import relief_request_times
from . import relief_request_outcome
from . import relief_request_given
from . import relief_request_timeline
from . import relief_request_timeline_decisions
