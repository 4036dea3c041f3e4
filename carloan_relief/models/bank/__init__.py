from . import account_journal
from . import carloan_bank_import
from . import carloan_bank_line
from . import carloan_bank_match
from . import carloan_bank_post
from . import carloan_bank_problem
from . import res_company
