from . import carloan_books_check
from . import carloan_repayment
