from . import carloan_loan
