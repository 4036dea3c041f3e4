"""What must hold besides tests: linters, Odoo's log, complete translations."""

import re
import subprocess
from pathlib import Path

import odoo_run
from console import say, step
from layout import CONF, LOGS, PYTHON, REPO, VENV, present_addons

BIN = VENV / "bin"
ALLOWED = Path(__file__).with_name("log_allowed.txt")
# 2026-01-31 12:00:00,123 4711 WARNING database odoo.module: text
LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<text>.*)$"
)


def _passes(name, command):
    """Run a checker; print what it says only when it finds something."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=REPO,
        env=odoo_run.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode == 0:
        say(f"{name}: clean")
        return True
    print(done.stdout.strip(), flush=True)
    say(f"{name}: FAILED")
    return False


def linters():
    """The names of the linters that found something."""
    addons = present_addons()
    commands = {
        "ruff check": [BIN / "ruff", "check", "--no-fix", "."],
        "ruff format": [BIN / "ruff", "format", "--check", "."],
    }
    if addons:
        rules = "--rcfile=.pylintrc-mandatory"
        commands["pylint-odoo"] = [BIN / "pylint", rules, *addons]
        files = [f"{addon}/__manifest__.py" for addon in addons]
        commands["oca-checks-odoo-module"] = [BIN / "oca-checks-odoo-module", *files]
        if catalogues := sorted(
            str(path.relative_to(REPO))
            for addon in addons
            for path in (REPO / addon).glob("i18n/*.po*")
        ):
            commands["oca-checks-po"] = [BIN / "oca-checks-po", *catalogues]
    with step("Linters"):
        return [
            name for name, command in commands.items() if not _passes(name, command)
        ]


def allowed_patterns(text=None):
    """Lines `regular expression  # reason` of the allow-list."""
    if text is None:
        text = ALLOWED.read_text(encoding="utf-8")
    patterns = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, mark, reason = line.rpartition("  # ")
        if not mark or not reason.strip():
            raise ValueError(f"{ALLOWED.name}: no reason given for {line!r}")
        patterns.append(re.compile(pattern.strip()))
    return patterns


def unexpected(lines, patterns):
    """Log lines of WARNING and above, each with its traceback, that nobody allowed."""
    found, keep = [], False
    for line in lines:
        match = LOG_LINE.match(line)
        if match:
            keep = match["level"] in ("WARNING", "ERROR", "CRITICAL") and not any(
                pattern.search(match["text"]) for pattern in patterns
            )
            if keep:
                found.append(line.rstrip())
        elif keep and found[-1].count("\n") < 40:
            found[-1] += "\n" + line.rstrip()
    return found


def log_is_clean(*logs):
    """Read Odoo's logs; an unexpected WARNING or ERROR fails the run."""
    patterns = allowed_patterns()
    clean = True
    for log in logs:
        if not log.exists():
            continue
        with open(log, encoding="utf-8", errors="replace") as handle:
            found = unexpected(handle, patterns)
        for entry in found:
            print(entry, flush=True)
        if found:
            clean = False
            say(f"{log.name}: {len(found)} unexpected warnings or errors")
        else:
            say(f"{log.name}: no unexpected warning or error")
    return clean


def translations_are_complete(database):
    """Every term of our addons that a user can see has a Chinese translation."""
    script = Path(__file__).parent / "inside" / "zh_terms.py"
    with step("Chinese translations"):
        return _passes("zh_CN", [PYTHON, script, CONF, database, *present_addons()])


def test_logs(lanes=1):
    """Fresh log files of a run: the installation's and one for each lane of tests."""
    LOGS.mkdir(parents=True, exist_ok=True)
    runs = [LOGS / f"test-run-{at}.log" for at in range(1, lanes + 1)]
    logs = [LOGS / "test-install.log", *runs]
    for log in logs:
        log.unlink(missing_ok=True)
    return logs
