from . import carloan_document_template
from . import carloan_document_template_life
from . import carloan_document_text
from . import carloan_document
from . import carloan_document_mixin
from . import relief_offer
from . import relief_request_documents
