"""The command line of pytest, with and without Odoo."""

from layout import CONF, LOGS, PYTHON, REPO

# Tests never call out, mail or wait for a cron; their log is read afterwards.
TEST_LOG = LOGS / "test-odoo.log"


def engine_command(arguments):
    """Pure Python tests: pytest-odoo would ask for a database."""
    return [str(PYTHON), "-m", "pytest", "-p", "no:odoo", *map(str, arguments)]


def pytest_command(database, arguments, *, log=None):
    options = [
        f"--odoo-config={CONF}",
        f"--odoo-database={database}",
        "--odoo-http",
        "--odoo-extra=max-cron-threads=0",
        "--odoo-extra=db-filter=" + database,
        f"--odoo-extra=screenshots={LOGS / 'screenshots'}",
    ]
    if log:
        options += ["--odoo-log-level=info", f"--odoo-extra=logfile={log}"]
    return [
        str(PYTHON),
        "-m",
        "pytest",
        f"--rootdir={REPO}",
        *options,
        *map(str, arguments),
    ]
