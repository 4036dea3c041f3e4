from . import common
from . import application
from . import loan
from . import payment
from . import relief
from . import campaign
from . import review
from . import what_if
