from . import common
from . import loan
