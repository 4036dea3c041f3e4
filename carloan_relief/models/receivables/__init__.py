from . import carloan_receivable_mixin
from . import carloan_rollforward
from . import carloan_rollforward_line
from . import carloan_aged_balance
from . import carloan_aged_balance_line
from . import carloan_instalment_month
from . import carloan_loan_statement
from . import report_statement
