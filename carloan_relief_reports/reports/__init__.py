from . import (
    carloan_report,
    carloan_report_portfolio,
    carloan_report_portfolio_sheets,
    carloan_report_relief,
    carloan_report_management,
)
