"""For developers: a database in seconds, Odoo's commands with the right settings."""

import argparse
import os
import sys

import databases
import odoo_run
import postgres
import testing
from console import Failure, say, step
from layout import CONF, PYTHON, REPO


def _replace(command):
    """Become the command: it gets the terminal, the signals and the exit code."""
    sys.stdout.flush()
    os.chdir(REPO)
    os.execvpe(command[0], command, odoo_run.environment())


def pg_start(_options):
    started = postgres.start()
    say("PostgreSQL started" if started else "PostgreSQL already runs")
    for name, value in postgres.environment().items():
        print(f"export {name}={value}")


def pg_stop(_options):
    postgres.stop()


def new(options):
    with step(f"Database {options.db}"):
        databases.create(options.db)


def clone(options):
    with step(f"Database {options.db} from {options.source}"):
        databases.clone(options.source, options.db)


def drop(options):
    databases.drop(options.db)


def install(options):
    with step(f"Installing {', '.join(options.addons)}"):
        odoo_run.install(options.db, options.addons)


def upgrade(options):
    with step(f"Upgrading {', '.join(options.addons)}"):
        odoo_run.upgrade(options.db, options.addons)


def shell(options):
    _replace(odoo_run.command("shell", "-c", CONF, "-d", options.db, "--no-http"))


def serve(options):
    arguments = ["--http-port", options.port, "--max-cron-threads", "0", "--dev", "xml"]
    _replace(odoo_run.server_command(options.db, *arguments))


def psql(options):
    _replace(["psql", options.db])


def po(options):
    """Bring the catalogues of addons up to date with an upgraded database."""
    script = REPO / "scripts/lib/inside/po_update.py"
    _replace([str(PYTHON), str(script), str(CONF), options.db, *options.addons])


def odoo(options):
    """Any Odoo command: scripts/dev odoo i18n export -c .local/odoo.conf ..."""
    _replace([str(PYTHON), "-m", "odoo", *options.arguments])


def pytest(options):
    """Tests against a database that has the addons installed."""
    _replace(testing.odoo_command(options.db, options.arguments))


COMMANDS = {
    "pg-start": (pg_start, ()),
    "pg-stop": (pg_stop, ()),
    "new": (new, ("db",)),
    "clone": (clone, ("source", "db")),
    "drop": (drop, ("db",)),
    "install": (install, ("db", "addons+")),
    "upgrade": (upgrade, ("db", "addons+")),
    "shell": (shell, ("db",)),
    "serve": (serve, ("db", "port")),
    "psql": (psql, ("db",)),
    "po": (po, ("db", "addons+")),
    "odoo": (odoo, ("arguments*",)),
    "pytest": (pytest, ("db", "arguments*")),
}


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/dev", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (function, parameters) in COMMANDS.items():
        sub = commands.add_parser(name, help=function.__doc__)
        for parameter in parameters:
            count = {"+": "+", "*": argparse.REMAINDER}.get(parameter[-1])
            sub.add_argument(parameter.rstrip("+*"), nargs=count)
        sub.set_defaults(function=function)
    options = parser.parse_args(arguments)
    if not PYTHON.exists() or not CONF.exists():
        raise Failure("run scripts/setup first")
    if options.command not in ("pg-start", "pg-stop"):
        postgres.start()
    options.function(options)
