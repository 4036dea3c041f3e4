# numbers of law, which every room may ask
from . import jurisdiction

# loan, then ledger: the other rooms extend their models
from . import loan
from . import ledger
from . import bank
from . import receivables
from . import closing
from . import risk
from . import relief
from . import approval
from . import intake
from . import agreement
from . import plan

# what the law asks in each case, and protects from
from . import clock
from . import letter

# what managers count of cases; after every room that moves one
from . import counting
from . import campaign
from . import monitoring
