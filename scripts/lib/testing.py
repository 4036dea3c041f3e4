"""pytest's command lines, with and without Odoo, and what came of the runs."""

import heapq
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import odoo_run
from console import say, step
from layout import ADDONS, CONF, LOGS, PYTHON, REPO

ENGINE = REPO / "tests" / "engine"
# Folders whose tests need neither.
PURE_FOLDERS = [ENGINE, REPO / "tests" / "scripts"]
# Folders whose tests need Odoo and a database.
ODOO_FOLDERS = [REPO / "tests" / name for name in (*ADDONS, "web")]


# A browser's test waits for pages most of its time: its lines weigh more.
BROWSER_WEIGHT = 15


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


def split(paths, count):
    """Deal test files to ``count`` lanes of about the same weight, always alike.

    :param paths: files, folders and ``file::Class::test``
    :return: at most ``count`` lists, the heaviest first
    """
    files = []
    for path in map(Path, paths):
        files += sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    weighed = sorted((-_weight(file), str(file)) for file in files)
    lanes = [(0, at, []) for at in range(count)]
    for weight, file in weighed:
        total, at, lane = heapq.heappop(lanes)
        heapq.heappush(lanes, (total - weight, at, [*lane, file]))
    return [lane for _total, _at, lane in sorted(lanes, reverse=True) if lane]


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


def run_all(commands):
    """Run several pytest commands at once and return the sum of their counts.

    The first one prints as it goes; what the others printed follows when they end.

    :param commands: {name: command}
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    started = [
        _start(name, command, shown=not at)
        for at, (name, command) in enumerate(commands.items())
    ]
    counts = Counts()
    try:
        for name, process, report, printed in started:
            with step(f"Tests: {name}"):
                code = process.wait()
            _show(printed)
            counts += _result(name, code, report)
    finally:
        # whoever interrupts one run interrupts all
        for _name, process, _report, _printed in started:
            process.terminate()
    return counts


def _show(printed):
    """Print what a run in the background had to say."""
    if printed:
        with printed:
            printed.seek(0)
            print(printed.read().strip(), flush=True)


def run(name, command):
    """Run pytest in the foreground and return its counts."""
    return run_all({name: command})


def _start(name, command, shown):
    """Return (name, process, report, file of what it prints or None)."""
    slug = name.replace(" ", "-")
    report = LOGS / f"junit-{slug}.xml"
    report.unlink(missing_ok=True)
    printed = None if shown else open(LOGS / f"{slug}.out", "w+", encoding="utf-8")
    process = subprocess.Popen(
        [*command, f"--junitxml={report}", "-q", "-rs", "--color=auto"],
        cwd=REPO,
        env=odoo_run.environment(),
        stdin=subprocess.DEVNULL,
        stdout=printed,
        stderr=subprocess.STDOUT if printed else None,
    )
    return name, process, report, printed


def _result(name, code, report):
    """Return the counts of a run that ended."""
    if code == 5:  # pytest's code for "no test found"
        say(f"{name}: no tests")
        return Counts()
    counts = read_report(report)
    if code and not counts.failed:
        counts += Counts(failed=1)
    return counts
