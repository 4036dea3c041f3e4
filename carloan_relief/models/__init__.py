from . import approval
from . import ledger
from . import loan
from . import monitoring
from . import relief
from . import risk
