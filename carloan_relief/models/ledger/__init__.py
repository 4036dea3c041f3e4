from . import account_move
from . import account_move_line
from . import account_payment
from . import carloan_ledger
from . import carloan_loan
from . import carloan_product
from . import res_company
