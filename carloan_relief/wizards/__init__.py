from . import carloan_books_check
from . import carloan_repayment
from . import comment_wizard
from . import relief_close_wizard
from . import relief_offer_wizard
