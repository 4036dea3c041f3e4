#!/usr/bin/env python3
"""Prove that the car loans and the ledger say the same, to the cent.

    scripts/check_books.py --database carloan [--company NAME]

Run with the Python that has Odoo and with ODOO_RC naming its configuration file (or
--config). Prints one line per difference: the rule, the loan or account, the role, what
the loans say and what the ledger says. Nothing is written. Exit code 0: all agrees;
1: something differs; 2: wrong use.
"""

import argparse
import os
import sys
import time

#: Differences shown on the screen.
SHOWN = 50


def parse_arguments(arguments=None):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", "-d", required=True)
    parser.add_argument("--config", "-c", default=os.environ.get("ODOO_RC"))
    parser.add_argument("--company", help="name; default: every company with loans")
    return parser.parse_args(arguments)


def say(text):
    """Print a line at once."""
    print(text, flush=True)


def open_cursor(options):
    """Return (cursor, environment of the system) of the database.

    :raises SystemExit: 2 when it cannot be opened, or lacks the addon
    """
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
        cr = Registry(options.database).cursor()
    except psycopg2.OperationalError as error:
        say(f"Database {options.database} cannot be opened ({str(error).strip()}).")
        raise SystemExit(2) from error
    env = api.Environment(cr, SUPERUSER_ID, {})
    if "carloan.books.check" not in env:
        say("The addon carloan_relief is not installed in this database.")
        raise SystemExit(2)
    return cr, env


def find_companies(env, name):
    """Return the companies to check.

    :raises SystemExit: 2 when none has that name
    """
    if not name:
        return env["carloan.product"].search([]).company_id
    companies = env["res.company"].search([("name", "=", name)])
    if not companies:
        say(f"No company is called {name!r}.")
        raise SystemExit(2)
    return companies


def describe(env, difference):
    """Return one difference in words."""
    line = env["carloan.books.check.line"].new(
        env["carloan.books.check"]._prepare_line(difference)
    )
    where = line.loan_id.name or line.account_id.display_name or line.move_id.name
    parts = [difference["check"], where, difference.get("role") or ""]
    if line.instalment_id:
        parts.append(f"#{line.instalment_id.sequence}")
    text = " ".join(part for part in parts if part)
    return f"  {text}: loans {line.expected:.2f}, ledger {line.actual:.2f}"


def check(env, company):
    """Check one company and print what differs; return how many differences."""
    start = time.monotonic()
    found = env["carloan.ledger"].with_company(company)._check_books(company)
    took = time.monotonic() - start
    loans = env["carloan.loan"].search_count([("company_id", "=", company.id)])
    result = f"{len(found)} differences" if found else "agree to the cent"
    say(f"{company.name}: {loans:,} loans in {took:.1f} s: {result}")
    for difference in found[:SHOWN]:
        say(describe(env, difference))
    if len(found) > SHOWN:
        say(f"  ... and {len(found) - SHOWN} more")
    return len(found)


def main(arguments=None):
    """Check the companies asked for."""
    options = parse_arguments(arguments)
    cr, env = open_cursor(options)
    with cr:
        companies = find_companies(env, options.company)
        total = sum(check(env, company) for company in companies)
        cr.rollback()
    return int(bool(total))


if __name__ == "__main__":
    sys.exit(main())
