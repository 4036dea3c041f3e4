#!/usr/bin/env python3
"""Print the data dictionary of risk: every feature that a score may look at.

    scripts/data_dictionary.py [--format markdown|csv]

Read from the one list in the engine; needs neither Odoo nor a database.
"""

import argparse
import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "carloan_relief"))
from engine.risk.dictionary import DICTIONARY, MISSING  # noqa: E402

TITLES = ("family", "feature", "meaning", "unit", "risk", "when not known")
DIRECTIONS = {1: "rises with it", -1: "falls with it", 0: "open"}


def rows():
    """Yield a line of the dictionary for each feature."""
    for item in DICTIONARY:
        risk = DIRECTIONS[item.direction]
        unknown = MISSING[item.missing]
        yield item.family, item.name, item.label, item.unit, risk, unknown


def main():
    """Print the table in the format asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--format", choices=("markdown", "csv"), default="markdown")
    if parser.parse_args().format == "csv":
        csv.writer(sys.stdout).writerows([TITLES, *rows()])
        return
    for cells in (TITLES, ("---",) * len(TITLES), *rows()):
        print("|", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
