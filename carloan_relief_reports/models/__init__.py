from . import (
    carloan_ranked_mixin,
    carloan_loan,
    carloan_relief_request,
    carloan_report_run,
    carloan_report_schedule,
    spreadsheet_dashboard_share,
)
