"""Runs of pytest that share a list of files: each takes the next that nobody has.

Which run is quick depends on the machine, so that no list made beforehand is even.
"""

import functools
import hashlib
import os
from pathlib import Path

import pytest

#: a folder that the runs share, with an empty file for each file that is taken
SHARE = os.environ.get("CARLOAN_TEST_SHARE")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """Pass over a test whose file another run has."""
    if not SHARE or _take(item.path):
        return None
    # pytest kept what the test before has in common with this one, which does not run
    item.session._setupstate.teardown_exact(nextitem)
    return True


@functools.cache
def _take(path):
    name = hashlib.sha256(str(path).encode()).hexdigest()
    try:
        Path(SHARE, name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
