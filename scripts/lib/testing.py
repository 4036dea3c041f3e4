"""pytest's command lines, with and without Odoo, and what came of the runs."""

import subprocess
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import console
import odoo_run
from console import say
from layout import ADDONS, CONF, LOGS, PYTHON, REPO

ENGINE = REPO / "tests" / "engine"
# Folders whose tests need neither.
PURE_FOLDERS = [ENGINE, REPO / "tests" / "scripts"]
# Folders whose tests need Odoo and a database.
ODOO_FOLDERS = [REPO / "tests" / name for name in (*ADDONS, "web")]


# A browser's test waits for pages most of its time: its lines weigh more.
BROWSER_WEIGHT = 15


# What pages load.
ASSETS = """
bundle = env["ir.qweb"]._get_asset_bundle
for name in ("web", "tests", "frontend_minimal", "frontend_lazy"):
    bundle(f"web.assets_{name}", css=False, js=True).js()
for name in ("web", "web_print", "frontend"):
    bundle(f"web.assets_{name}", css=True, js=False).css()
env.cr.commit()
"""


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def engine_command(arguments):
    """Pure Python tests: pytest-odoo would ask for a database."""
    return [str(PYTHON), "-m", "pytest", "-p", "no:odoo", *map(str, arguments)]


def odoo_command(database, arguments, *, log=None):
    """Tests in Odoo: its HTTP server runs on a free port, its crons do not."""
    options = [
        f"--odoo-config={CONF}",
        f"--odoo-database={database}",
        "--odoo-http",
        "--odoo-extra=max-cron-threads=0",
        f"--odoo-extra=db-filter=^{database}$",
        f"--odoo-extra=screenshots={LOGS / 'screenshots'}",
    ]
    if log:
        options += ["--odoo-log-level=info", f"--odoo-extra=logfile={log}"]
    return [str(PYTHON), "-m", "pytest", *options, *map(str, arguments)]


def make_assets(database, *, log=None):
    """Make what a browser loads before it does, as Odoo's own runner of tests does.

    A page else waits for it in every class, for what a test makes is rolled back.
    """
    odoo_run.shell(database, ASSETS, log=log)


def test_files(paths):
    """Return the files of tests, the longest first: the last ones are to be short.

    :param paths: files, folders and ``file::Class::test``
    """
    files = []
    for path in map(Path, paths):
        files += sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    return sorted(map(str, files), key=lambda file: (-_weight(file), file))


def _weight(file):
    """Guess how long a file of tests takes: by its length, and where it is."""
    file = Path(str(file).partition("::")[0])
    browser = file.parent.name == "web"
    return file.stat().st_size * (BROWSER_WEIGHT if browser else 1)


def read_report(report):
    """Sum a JUnit report. A run that died before writing one counts as a failure."""
    try:
        root = ElementTree.parse(report).getroot()
    except (OSError, ElementTree.ParseError):
        return Counts(failed=1)
    counts = Counts()
    for suite in root.iter("testsuite"):
        number = {
            key: int(suite.get(key, 0))
            for key in ("tests", "failures", "errors", "skipped")
        }
        failed = number["failures"] + number["errors"]
        passed = number["tests"] - failed - number["skipped"]
        counts += Counts(max(passed, 0), failed, number["skipped"])
    return counts


class Run:
    """A run of pytest in the background; its output is shown as it comes, or later."""

    def __init__(self, name, command, *, shown=True, share=None):
        """Start it.

        :param share: a folder for runs that share their files (``tests/conftest.py``)
        """
        LOGS.mkdir(parents=True, exist_ok=True)
        slug = name.replace(" ", "-")
        self.name = name
        self.begun = time.monotonic()
        say(f"Tests: {name} ...")
        self.report = LOGS / f"junit-{slug}.xml"
        self.report.unlink(missing_ok=True)
        self.printed = None
        if not shown:
            self.printed = open(LOGS / f"{slug}.out", "w+", encoding="utf-8")
        env = odoo_run.environment()
        if share:
            env["CARLOAN_TEST_SHARE"] = str(share)
        self.process = subprocess.Popen(
            [*command, f"--junitxml={self.report}", "-q", "-rs", "--color=auto"],
            cwd=REPO,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.printed,
            stderr=subprocess.STDOUT if self.printed else None,
        )

    def finish(self):
        """Wait for its end, show what is not shown yet, and return its counts."""
        code = self.process.wait()
        took = time.monotonic() - self.begun
        console.TIMES.append((f"Tests: {self.name}", took))
        say(f"Tests: {self.name}: done in {took:.1f} s")
        if self.printed:
            with self.printed:
                self.printed.seek(0)
                print(self.printed.read().strip(), flush=True)
        if code == 5:  # pytest's code for "no test found"
            say(f"{self.name}: no tests")
            return Counts()
        counts = read_report(self.report)
        if code and not counts.failed:
            counts += Counts(failed=1)
        return counts

    def stop(self):
        """End it, if it still goes on: whoever interrupts one run interrupts all."""
        self.process.terminate()


def run(name, command, *, shown=True):
    """Run pytest and return its counts."""
    one = Run(name, command, shown=shown)
    try:
        return one.finish()
    finally:
        one.stop()
