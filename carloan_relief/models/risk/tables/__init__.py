from . import carloan_loan
from . import carloan_risk_table
from . import carloan_risk_table_row
from . import carloan_risk_expected
