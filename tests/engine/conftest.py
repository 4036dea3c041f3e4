"""Puts the engine on the path as a package of its own, and the helpers beside it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "carloan_relief"), str(HERE)]
