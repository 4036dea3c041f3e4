"""Entry of scripts/setup, start, test and dev: `python scripts/lib COMMAND ...`."""

import importlib
import sys

from console import Failure, say


def main():
    command = sys.argv[1]
    try:
        return importlib.import_module(f"cmd_{command}").main(sys.argv[2:])
    except Failure as failure:
        say(f"FAILED: {failure}", error=True)
        return 1
    except KeyboardInterrupt:
        say("interrupted", error=True)
        return 130


sys.exit(main())
