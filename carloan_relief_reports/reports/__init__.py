from . import (
    carloan_report,
    carloan_report_portfolio,
)
