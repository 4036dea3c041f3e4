from . import carloan_bureau_report
from . import carloan_financial_statement
from . import carloan_vehicle_valuation
