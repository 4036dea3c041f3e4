#!/usr/bin/env python3
"""Quote loans and relief plans from the command line: JSON in, JSON out.

Reads one object, or a list of them, from standard input and writes the like. Bad
input: exit 2, nothing on standard output, one line on standard error that names the
field and what is wrong with it. Needs numpy, neither a database nor Odoo.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The engine is imported as a package of its own: the addon around it needs Odoo.
sys.path.insert(0, str(ROOT / "carloan_relief"))

from engine.fields import FieldError  # noqa: E402
from engine.quotation import answer, reading  # noqa: E402


def main():
    """Answer standard input; return the exit code."""
    try:
        result = answer.answer(reading.parse(sys.stdin.buffer.read()))
    except (FieldError, OverflowError) as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 2
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
