"""pytest's command lines, with and without Odoo, and what came of the runs."""

import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

import odoo_run
from console import say, step
from layout import ADDONS, CONF, LOGS, PYTHON, REPO

ENGINE = REPO / "tests" / "engine"
# Folders whose tests need neither.
PURE_FOLDERS = [ENGINE, REPO / "tests" / "scripts"]
# Folders whose tests need Odoo and a database.
ODOO_FOLDERS = [REPO / "tests" / name for name in (*ADDONS, "web")]


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


def run(name, command):
    """Run pytest in the foreground and return its counts."""
    LOGS.mkdir(parents=True, exist_ok=True)
    report = LOGS / f"junit-{name.replace(' ', '-')}.xml"
    report.unlink(missing_ok=True)
    extra = [f"--junitxml={report}", "-q", "-rs", "--color=auto"]
    with step(f"Tests: {name}"):
        done = subprocess.run(
            [*command, *extra],
            cwd=REPO,
            env=odoo_run.environment(),
            stdin=subprocess.DEVNULL,
        )
    if done.returncode == 5:  # pytest's code for "no test found"
        say(f"{name}: no tests")
        return Counts()
    counts = read_report(report)
    if done.returncode and not counts.failed:
        counts += Counts(failed=1)
    return counts
