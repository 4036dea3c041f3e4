#!/usr/bin/env python3
"""Quote loans and relief plans from the command line: JSON in, JSON out.

Reads one object, or a list of them, from standard input and writes the like. Bad
input: exit 2, nothing on standard output, one line on standard error that names the
field and what is wrong with it. Needs numpy, neither a database nor Odoo.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".local" / "venv" / "bin" / "python"


def load_engine():
    """Import the engine as a package of its own: the addon around it needs Odoo.

    A Python without numpy hands over to the one that ``scripts/setup`` made.
    """
    sys.path.insert(0, str(ROOT / "carloan_relief"))
    try:
        from engine.quotation import answer, reading
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        if not VENV.exists() or Path(sys.prefix) == VENV.parents[1]:
            sys.exit("numpy is missing: run scripts/setup first")
        os.execv(VENV, [str(VENV), *sys.argv])
    return answer, reading


def main():
    """Answer standard input; return the exit code."""
    answer, reading = load_engine()
    try:
        result = answer.answer(reading.parse(sys.stdin.buffer.read()))
    except (ValueError, OverflowError) as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 2
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
