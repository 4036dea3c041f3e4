#!/usr/bin/env python3
"""Bring a loan tape into the books: every loan open on a date, and its history.

    scripts/import_tape.py LOANS PAYMENTS --as-of 2018-12-31 --database carloan

LOANS and PAYMENTS are CSV or XLSX, plain or gzipped. Run with the Python that has
Odoo and with ODOO_RC naming its configuration file (or --config). Exit code 0: done;
1: refused, nothing was imported; 2: wrong use.

How late a loan is follows the contract rule: the balance on the tape against the
balance that the contract schedules. A loan is behind by the whole payments missing in
the difference (more than 95 % of a payment counts as one); the difference is overdue
principal, days past due run from the oldest instalment not paid. Two other counts are
printed beside it: running arrears, and loans in a run of months without payment.
"""

import argparse
import datetime
import os
import resource
import sys
import time
from collections import Counter
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
TAPE_COMPANY = "Imported loans (%s)"
#: Rejected rows shown on the screen; all of them go to --rejected FILE.
SHOWN = 20


def parse_arguments(arguments=None):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("loans", type=Path, help="file of loans")
    parser.add_argument("payments", type=Path, help="file of monthly payments")
    parser.add_argument("--as-of", required=True, type=datetime.date.fromisoformat)
    parser.add_argument("--database", "-d", required=True)
    parser.add_argument("--config", "-c", default=os.environ.get("ODOO_RC"))
    parser.add_argument(
        "--product", help="code of the loan product (default TAPE, made when missing)"
    )
    parser.add_argument("--currency", default="USD", help="currency of the tape")
    parser.add_argument(
        "--company",
        help="name of the company (default: the one that keeps its books in the "
        "currency of the tape; made with the chart generic_coa when there is none)",
    )
    parser.add_argument(
        "--due-day", type=int, default=15, help="due day where the tape gives months"
    )
    parser.add_argument(
        "--shift-to-today",
        action="store_true",
        help="move every date by whole months, so that the as-of date becomes the "
        "last month end before today",
    )
    parser.add_argument("--rejected", type=Path, help="write all rejected rows there")
    parser.add_argument("--dry-run", action="store_true", help="check, write nothing")
    options = parser.parse_args(arguments)
    for path in (options.loans, options.payments):
        if not path.is_file():
            parser.error(f"no file {path}")
    if not 1 <= options.due_day <= 31:
        parser.error("--due-day must lie between 1 and 31")
    return options


def say(line):
    """Print a line at once: who waits for an import wants to see it move."""
    print(line, flush=True)


def read(options, env):
    """Return the checked tape."""
    from odoo.addons.carloan_relief.tools import tape

    currencies = env["res.currency"].search([]).mapped("name")
    currency = env["res.currency"].search([("name", "=", options.currency)], limit=1)
    return tape.read_tape(
        str(options.loans),
        str(options.payments),
        tape.Options(
            as_of=options.as_of,
            currency=options.currency,
            currencies=frozenset(currencies),
            digits=currency.decimal_places if currency else 2,
            due_day=options.due_day,
        ),
        names=(options.loans.name, options.payments.name),
    )


def shift_to_today(tape, env):
    """Return the tape moved so that its date is the last month end before today."""
    from odoo import fields

    today = fields.Date.context_today(env["res.users"])
    last = today.replace(day=1) - datetime.timedelta(days=1)
    as_of = tape.options.as_of
    months = (last.year - as_of.year) * 12 + last.month - as_of.month
    say(f"Dates moved by {months} months: {as_of} becomes {last}.")
    return tape.shifted(months)


def find_company(env, options):
    """Return the company of the import, made when none keeps books in the currency."""
    companies = env["res.company"].search([], order="id")
    if options.company:
        found = companies.filtered(lambda company: company.name == options.company)
        if not found:
            raise SystemExit(f"No company is called {options.company}.")
        return found[0]
    found = companies.filtered(
        lambda company: company.currency_id.name == options.currency
        and company.chart_template
    )
    return found[:1] or make_company(env, options.currency)


def make_company(env, currency_name):
    """Make a company with books in a currency; the people of ours work in it."""
    from odoo.fields import Command

    currency = env["res.currency"].search([("name", "=", currency_name)], limit=1)
    if not currency:
        raise SystemExit(
            f"{currency_name} is not an active currency of this database. Activate it "
            "under Accounting > Configuration > Currencies, or correct --currency."
        )
    name = TAPE_COMPANY % currency_name
    say(f"No company keeps its books in {currency_name}: making {name!r}.")
    # no country: it would install the accounting of that country on the way; and
    # nobody asked to look the company up on the internet
    quiet = {"iap_enrich_auto_done": True}
    values = {"name": name, "currency_id": currency.id}
    values.update((k, v) for k, v in quiet.items() if k in env["res.company"]._fields)
    company = env["res.company"].create(values)
    env["account.chart.template"].try_loading("generic_coa", company, False)
    company.currency_id = currency  # the chart sets its own
    group = env.ref("carloan_relief.privilege_carloan").group_ids
    people = group.all_user_ids | env.ref("account.group_account_invoice").all_user_ids
    people = people.filtered(lambda user: not user.share)
    people.write({"company_ids": [Command.link(company.id)]})
    people.write({"company_id": company.id})
    make_policy(env, company)
    return company


def make_policy(env, company):
    """Give a company made here a relief policy that fits its loans.

    The shared policy follows Chinese law, which caps a car loan at 36 or 60 months:
    under it no loan of a 72-month book could be extended by a day.
    """
    shared = env["carloan.relief.policy"].search(
        [("company_id", "=", False), ("state", "=", "in_force")], limit=1
    )
    if not shared:
        return
    policy = shared.copy(
        {
            "name": company.name,
            "company_id": company.id,
            "jurisdiction_id": False,
            "date_from": datetime.date(2017, 1, 1),
            "legal_basis": "Terms of an imported book: no legal cap of the term was "
            "entered. Check the limits before relying on them.",
        }
    )
    policy.rule_ids.write({"max_total_term_new": 0, "max_total_term_used": 0})
    # a script has no second person: the system approves what it made
    policy._approve()
    policy._put_in_force()
    say(f"Made a relief policy for {company.name} without a cap of the term.")


def find_product(env, company, options):
    """Return the product of the import; the default one is made and mapped."""
    code = options.product or "TAPE"
    products = env["carloan.product"].with_company(company)
    found = products.search(
        [("code", "=", code), ("company_id", "=", company.id)], limit=1
    )
    if found:
        return found
    if options.product:
        raise SystemExit(
            f"Company {company.name} has no loan product with the code {code}. Create "
            "it under Car Loans > Configuration > Loan Products, or leave --product "
            "out."
        )
    product = products.create(
        {
            "name": "Imported car loan",
            "code": code,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
        }
    )
    product.action_map_accounts()
    return product


def show_rejected(rejected, options):
    """Print the first rejected rows; write all of them where --rejected says."""
    for row in rejected[:SHOWN]:
        say(f"  {row}")
    if len(rejected) > SHOWN:
        where = options.rejected or "use --rejected FILE for all of them"
        say(f"  ... and {len(rejected) - SHOWN} more ({where})")
    if options.rejected:
        text = "".join(f"{row}\n" for row in rejected)
        options.rejected.write_text(text, encoding="utf-8")


def grade(loans, as_of):
    """Assess the risk of what came in, as of its date, and print the grades."""
    made = loans._assess(as_of)
    counts = Counter(assessment.grade_id.name for assessment in made)
    text = ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
    say(f"Graded {len(loans)} loans: {text}.")


def run(env, options):
    """Import the tape; everything or nothing."""
    from odoo.exceptions import UserError

    from odoo.addons.carloan_relief.tools.tape import TapeError

    try:
        tape = read(options, env)
        if options.shift_to_today:
            tape = shift_to_today(tape, env)
        company = find_company(env, options)
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        product = find_product(env, company, options)
        say(f"Company {company.name}, product {product.name}.")
        loader = env["carloan.tape.loader"]
        result = loader._load(tape, product, dry_run=options.dry_run, report=say)
        if not options.dry_run:
            grade(env["carloan.loan"].browse(result.loan_ids), tape.options.as_of)
    except TapeError as refusal:
        say(f"Refused, nothing was imported: {len(refusal.problems)} problems.")
        show_rejected(refusal.problems, options)
        return 1
    except UserError as refusal:
        say(f"Refused, nothing was imported: {refusal}")
        return 1
    show_rejected(tape.rejected, options)
    return 0


def main(arguments=None):
    """Open the database, import, commit when it went well."""
    options = parse_arguments(arguments)
    started = time.monotonic()
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
        say(
            f"Database {options.database} cannot be opened ({str(error).strip()}). "
            "Check --database, and the configuration named by ODOO_RC or --config."
        )
        return 1
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if "carloan.tape.loader" not in env:
            say("The addon carloan_relief is not installed in this database.")
            return 1
        code = run(env, options)
        if code or options.dry_run:
            cr.rollback()
    took = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = "refused" if code else "checked, nothing written"
    done = done if code or options.dry_run else "imported"
    say(f"{done.capitalize()} in {took:.1f} s, at most {peak:.0f} MB of memory.")
    return code


if __name__ == "__main__":
    sys.exit(main())
