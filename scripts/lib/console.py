"""Progress lines with times, and failures that say what to do."""

import shlex
import subprocess
import sys
import time
from contextlib import contextmanager

STARTED = time.monotonic()
TIMES = []  # (name, seconds) of the finished steps, for the table at the end


class Failure(Exception):
    """A problem to be told to the user in plain words, without a traceback."""


def elapsed():
    return time.monotonic() - STARTED


def say(text, *, error=False):
    out = sys.stderr if error else sys.stdout
    print(f"[{elapsed():6.1f}s] {text}", file=out, flush=True)


def warn(text):
    say(f"WARNING: {text}", error=True)


@contextmanager
def step(name, *, quiet_below=0.0):
    """Announce a step, and say how long it took.

    A step that ends within ``quiet_below`` seconds found nothing to do: no word of it.
    """
    begun = time.monotonic()
    if not quiet_below:
        say(f"{name} ...")
    yield
    took = time.monotonic() - begun
    TIMES.append((name, took))
    if took >= quiet_below:
        say(f"{name}: done in {took:.1f} s")


def run(command, *, cwd=None, env=None, user=None, group=None, stdin=None, log=None):
    """Run a command quietly; on failure raise with the tail of what it printed.

    ``log`` names a file that keeps everything it printed.
    """
    extra = {"user": user, "group": group, "extra_groups": []} if user else {}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **extra,
    )
    if log:
        with open(log, "a", encoding="utf-8") as handle:
            handle.write(done.stdout)
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-25:])
        shown = shlex.join(str(part) for part in command)
        raise Failure(f"command failed ({done.returncode}): {shown}\n{tail}")
    return done.stdout


def retry(action, *, tries=3, wait=4.0, what="the download"):
    """Call ``action`` again after a failure: mirrors have bad moments."""
    for attempt in range(1, tries + 1):
        try:
            return action()
        except Failure as failure:
            if attempt == tries:
                raise
            reason = (str(failure).strip().splitlines() or [""])[-1]
            warn(f"{what} failed ({reason}); try {attempt + 1} of {tries}")
            time.sleep(wait * attempt)
