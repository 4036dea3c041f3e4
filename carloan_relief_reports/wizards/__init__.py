from . import carloan_report_wizard
