from . import common
from . import application
from . import loan
from . import relief
from . import what_if
