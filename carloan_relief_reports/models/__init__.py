from . import carloan_loan, carloan_report_run, carloan_report_schedule
