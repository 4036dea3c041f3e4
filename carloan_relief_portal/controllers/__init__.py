from . import common
from . import application
from . import loan
from . import payment
from . import relief
from . import what_if
