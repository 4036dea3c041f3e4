"""A script's way into a database of Odoo: options, environment, company."""

import os
import sys
from contextlib import contextmanager


def add_arguments(parser):
    """Add what every script asks for to know where to work."""
    parser.add_argument("--database", "-d", required=True)
    parser.add_argument("--config", "-c", default=os.environ.get("ODOO_RC"))
    parser.add_argument(
        "--company", help="name (default: the one with the longest payment history)"
    )


def say(line):
    """Print a line at once: who waits wants to see it move."""
    print(line, flush=True)


@contextmanager
def environment(options):
    """Yield the environment of a database; commits at the end when all went well."""
    import psycopg2

    import odoo.init  # noqa: F401 - makes `odoo` a package with its names
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    command = ["-d", options.database, "--no-http", "--log-level", "warn"]
    if options.config:
        command += ["-c", options.config]
    config.parse_config(command, setup_logging=True)
    try:
        registry = Registry(options.database)
    except psycopg2.OperationalError as error:
        sys.exit(
            f"Database {options.database} cannot be opened ({str(error).strip()}). "
            "Check --database, and the configuration named by ODOO_RC or --config."
        )
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if "carloan.risk.training" not in env:
            sys.exit("The addon carloan_relief is not installed in this database.")
        yield env


def find_company(env, name):
    """Return the company of a name, or the one with the longest payment history."""
    companies = env["res.company"]
    if name:
        found = companies.search([("name", "=", name)], limit=1)
        if not found:
            known = ", ".join(companies.search([]).mapped("name"))
            sys.exit(f"No company is called {name}. There are: {known}.")
        return found
    rows = env["carloan.behaviour"]._read_group(
        [], ["company_id"], ["__count"], order="__count desc", limit=1
    )
    if not rows:
        sys.exit(
            "No company of this database has a payment history. Import a tape with "
            "scripts/import_tape.py first."
        )
    return rows[0][0]
