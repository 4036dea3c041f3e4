"""Tests: `scripts/test` runs everything, `scripts/test engine` or PATHs a part."""

import argparse
import os
import signal
import tempfile
import time
from pathlib import Path

import checks
import cmd_setup
import console
import databases
import odoo_run
import postgres
import testing
from aside import Aside
from console import Failure, say, step
from layout import REPO, present_addons

PREFIX = "carloan_test_"
# Runs of pytest at once, each with a database of its own: one per core, at most two.
LANES = 2


def _existing(paths):
    return [path for path in paths if Path(path).exists()]


def _plan(names):
    """Split what was asked for into (pure tests, tests in Odoo, all the rest)."""
    pure_folders = _existing(testing.PURE_FOLDERS)
    odoo_folders = _existing(testing.ODOO_FOLDERS)
    if not names:
        return pure_folders, odoo_folders, True
    pure, in_odoo = [], []
    for name in names:
        if name == "engine":
            pure.append(testing.ENGINE)
            continue
        path = Path(name.split("::")[0]).resolve()
        if not path.exists():
            raise Failure(f"{name}: no such file or folder")
        if path == REPO / "tests":
            pure += pure_folders
            in_odoo += odoo_folders
        elif any(f == path or f in path.parents for f in testing.PURE_FOLDERS):
            pure.append(name)
        elif any(f == path or f in path.parents for f in testing.ODOO_FOLDERS):
            in_odoo.append(name)
        else:
            raise Failure(
                f"{name}: no tests there; they are in tests/engine, tests/scripts, "
                "tests/web and tests/<addon>"
            )
    return pure, in_odoo, False


def _absolute(names):
    """pytest runs in the repository's folder, wherever the user stands."""
    return [
        str(Path(file).resolve()) + (mark + rest if mark else "")
        for file, mark, rest in (str(name).partition("::") for name in names)
    ]


def _drop_leftovers():
    """Databases of runs that were killed: their process is gone."""
    query = f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'"
    for name in postgres.sql(query):
        number = name.rpartition("_")[2]
        gone = number.isdigit() and not Path(f"/proc/{number}").exists()
        if gone and databases.is_ours(name):
            databases.drop(name)


def _drop(names):
    """Drop databases of this run; what does not go must not hide its results."""
    left = []
    for name in names:
        try:
            databases.drop(name)
        except Failure as failure:
            say(str(failure), error=True)
            left.append(f"dropping {name}")
    return left


def _in_odoo(paths, everything, aside):
    """Build databases and run what needs one: counts, names of failed checks.

    :param aside: work that has a core for itself until it ends
    """
    _drop_leftovers()
    files = testing.test_files(_absolute(paths))
    lanes = min(LANES, os.cpu_count() or 1, len(files))
    names = [f"{PREFIX}{at}_{os.getpid()}" for at in range(1, lanes + 1)]
    install_log, *run_logs = checks.test_logs(lanes)
    failed = []
    if lanes == 1:
        aside.get()
    try:
        _build(names, install_log)
        counts = _run_lanes(files, names, run_logs, aside)
        if everything and present_addons():
            failed += _last_checks(names, install_log)
    finally:
        failed += _drop(names)
    if not checks.log_is_clean(install_log, *run_logs):
        failed.append("Odoo's log")
    return counts, failed


def _build(names, log):
    """Make a database with the addons, and copies of it."""
    with step("Test database"):
        databases.create(names[0])
        if present_addons():
            odoo_run.install(names[0], present_addons(), log=log)
            testing.make_assets(names[0], log=log)
        # without statistics the first queries of Odoo are planned badly
        postgres.sql("ANALYZE", names[0])
        for copy in names[1:]:
            databases.clone(names[0], copy)


def _run_lanes(files, names, logs, aside):
    """Run the files, a lane for each database: each takes the next that is free."""
    lanes = []
    with tempfile.TemporaryDirectory() as share:
        try:
            for at, (name, log) in enumerate(zip(names, logs, strict=True), 1):
                if at > 1:
                    aside.get()  # what it leaves undone, the first lane does
                command = testing.odoo_command(name, files, log=log)
                lanes.append(
                    testing.Run(f"addons {at}", command, shown=at == 1, share=share)
                )
            return sum((lane.finish() for lane in lanes), testing.Counts())
        finally:
            for lane in lanes:
                lane.stop()


def _last_checks(names, log):
    """The names of those that failed: translations, and what a customer does next."""
    with step("Upgrade of the addons"):
        translations = Aside(checks.translations_are_complete, names[-1])
        if len(names) == 1:
            translations.get()
        # its log is read, too
        odoo_run.upgrade(names[0], present_addons(), log=log)
        return [] if translations.get() else ["zh_CN translations"]


def _table():
    """Where the time went, the longest first."""
    print("\nWhere the time went")
    for name, seconds in sorted(console.TIMES, key=lambda item: -item[1]):
        if seconds >= 0.05:
            print(f"  {seconds:7.1f} s  {name}")
    print(f"  {console.elapsed():7.1f} s  in all\n")


def _without_odoo(pure, everything, shown):
    """Run linters and the pure tests: counts, names of the linters that failed."""
    failed = checks.linters() if everything else []
    counts = testing.Counts()
    if pure:
        command = testing.engine_command(_absolute(pure))
        counts = testing.run("engine", command, shown=shown)
    return counts, failed


def _run(names):
    pure, in_odoo, everything = _plan(names)
    counts, failed = testing.Counts(), []
    if everything or in_odoo:
        started = cmd_setup.everything(browser=True)
    else:
        started = False
        cmd_setup.engine()
    try:
        aside = Aside(_without_odoo, pure, everything, not in_odoo)
        if everything or in_odoo:
            counts, failed = _in_odoo(in_odoo, everything, aside)
        more, broken = aside.get()
        counts, failed = counts + more, failed + broken
    finally:
        if started:
            postgres.stop()
    return counts, failed


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/test", description=__doc__)
    parser.add_argument("paths", nargs="*", metavar="engine|PATH")
    options = parser.parse_args(arguments)

    # A CI that ends a run early sends SIGTERM: clean up as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    try:
        counts, failed = _run(options.paths)
    except Failure as failure:
        say(f"FAILED: {failure}", error=True)
        counts, failed = testing.Counts(failed=1), []
    _table()
    if failed:
        say(f"FAILED: {', '.join(failed)}")
    say(f"scripts/test took {time.monotonic() - begun:.0f} s")
    print(counts, flush=True)
    return 1 if counts.failed or failed else 0
