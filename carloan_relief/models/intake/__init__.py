from . import carloan_relief_document_type
from . import carloan_relief_document
from . import carloan_financial_statement
from . import relief_request_papers
