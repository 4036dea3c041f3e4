"""Check of the books and receivables of many: `bench_books.py CONF DATABASE LOANS`.

Prints one line of JSON a task, and in words what it is made of.

A few loans are lent, billed, paid and provided for by Odoo; every row they left is then
copied by SQL under new numbers until there are LOANS of them. For a database that is
made for it and dropped afterwards: foreign keys are not put back.
"""

import os
import resource
import sys
import time
from datetime import date

from bench_ledger import Clock, say
from dateutil.relativedelta import relativedelta
from lxml import etree

import odoo.init  # noqa: F401  (makes the namespace package usable)
from odoo.modules.registry import Registry
from odoo.tools import config

from odoo import SUPERUSER_ID, api  # isort: skip

#: Seconds that a page over the whole book may take, and one that keeps a row a loan.
PAGE_BAR, REPORT_BAR = 10, 15
#: Instalments billed and paid of each pattern loan, of those fallen due.
PATTERNS = (8, 8, 8, 8, 8, 8, 8, 7, 6, 4)
TABLES = (
    "carloan_loan",
    "carloan_schedule",
    "carloan_instalment",
    "account_move",
    "account_move_line",
    "carloan_provision",
)
#: Columns that are unique, and made so by the number of the copy.
UNIQUE = ("name", "carloan_event_key", "event_key", "access_token", "import_ref")


def main(conf, database, loans):
    """Fill the database, check it twice, open the pages of its receivables."""
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        pattern = make_pattern(env)
        env.flush_all()
        start = time.perf_counter()
        multiply(cr, pattern, int(loans) // len(PATTERNS))
        cr.commit()
        print(f"{count(cr, 'carloan_loan'):,} loans,", end=" ")
        print(f"{count(cr, 'account_move_line'):,} journal items", end=" ")
        print(f"made in {time.perf_counter() - start:.0f} s", flush=True)
    vacuum(database)
    for run in ("first", "second"):
        with Registry(database).cursor() as cr:
            measure(api.Environment(cr, SUPERUSER_ID, {}), run)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        accountant = make_accountant(env)
        measure_reports(env(user=accountant))
        measure_months(env(user=accountant))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB")


def make_pattern(env):
    """Lend, bill, collect and provide for the loans that are copied."""
    company = env.company
    company.carloan_draft_horizon = 0
    product = env["carloan.product"].create(
        {"name": "Bench", "annual_rate": 0.072, "instalments": 36}
    )
    product.action_map_accounts()
    start = date.today() + relativedelta(months=-8, day=1)
    borrower = env["res.partner"].create({"name": "Bench"})
    loans = env["carloan.loan"].create(
        [
            {
                "partner_id": borrower.id,
                "product_id": product.id,
                "principal": 90000.0 + 1000 * number,
                "start_date": start,
                "first_due_date": start + relativedelta(months=1),
            }
            for number in range(len(PATTERNS))
        ]
    )
    loans.action_disburse()
    ledger = env["carloan.ledger"]
    ledger._bill_due()
    for loan, paid in zip(loans, PATTERNS, strict=True):
        for line in loan.instalment_ids[:paid]:
            loan._register_repayment(line.amount, line.due_date)
    ledger._provision(company, date.today() + relativedelta(day=1, days=-1), loans)
    return loans


def multiply(cr, loans, copies):
    """Copy every row of the pattern loans under new numbers."""
    ids = find_rows(cr, loans)
    indexes = drop_indexes(cr)
    strides = {table: max(own) - min(own) + 1 for table, own in ids.items()}
    for table, own in ids.items():
        columns = [
            (name, expression(table, name, strides)) for name in names(cr, table)
        ]
        into = ", ".join(f'"{name}"' for name, _expression in columns)
        values = ", ".join(value for _name, value in columns)
        cr.execute(
            f"INSERT INTO {table} ({into}) SELECT {values} FROM {table} t,"
            " generate_series(1, %s) k WHERE t.id IN %s",
            (copies - 1, tuple(own)),
        )
    for definition in indexes:
        cr.execute(definition)
    for table in TABLES:
        cr.execute(f"ANALYZE {table}")


def find_rows(cr, loans):
    """Return {table: ids} of what the pattern loans left behind."""
    ids = {"carloan_loan": loans.ids}
    for table in ("carloan_schedule", "carloan_instalment", "carloan_provision"):
        ids[table] = fetch(cr, table, "loan_id", loans.ids)
    lines = fetch(cr, "account_move_line", "carloan_loan_id", loans.ids)
    cr.execute("SELECT move_id FROM account_move_line WHERE id IN %s", (tuple(lines),))
    ids["account_move"] = sorted({row[0] for row in cr.fetchall()})
    ids["account_move_line"] = fetch(
        cr, "account_move_line", "move_id", ids["account_move"]
    )
    return {table: ids[table] for table in TABLES}


def fetch(cr, table, column, values):
    """Return the ids of the rows whose column has one of the values."""
    cr.execute(f"SELECT id FROM {table} WHERE {column} IN %s", (tuple(values),))
    return [row[0] for row in cr.fetchall()]


def names(cr, table):
    """Return the columns of a table."""
    cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s",
        (table,),
    )
    return [row[0] for row in cr.fetchall()]


def expression(table, column, strides):
    """Return what a copy has in a column: a number moved on, or the same value."""
    target = TARGETS.get((table, column)) if column != "id" else table
    if target:
        return f't."{column}" + k * {strides[target]}'
    if column in UNIQUE:
        return f"t.\"{column}\" || '-' || k"
    return f't."{column}"'


#: Columns that point from one copied row to another.
TARGETS = {
    ("carloan_loan", "schedule_id"): "carloan_schedule",
    ("carloan_schedule", "loan_id"): "carloan_loan",
    ("carloan_instalment", "loan_id"): "carloan_loan",
    ("carloan_instalment", "schedule_id"): "carloan_schedule",
    ("carloan_instalment", "move_id"): "account_move",
    ("account_move", "carloan_loan_id"): "carloan_loan",
    ("account_move", "carloan_instalment_id"): "carloan_instalment",
    ("account_move_line", "move_id"): "account_move",
    ("account_move_line", "carloan_loan_id"): "carloan_loan",
    ("account_move_line", "carloan_instalment_id"): "carloan_instalment",
    ("carloan_provision", "loan_id"): "carloan_loan",
    ("carloan_provision", "move_id"): "account_move",
}


def drop_indexes(cr):
    """Drop what slows a bulk load; return the statements that bring indexes back."""
    cr.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
        (list(TABLES),),
    )
    for table, name in cr.fetchall():
        cr.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cr.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)"
        "  FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[])"
        "   AND NOT EXISTS (SELECT 1 FROM pg_constraint c"
        "                    WHERE c.conindid = i.indexrelid)",
        (list(TABLES),),
    )
    rows = cr.fetchall()
    for name, _definition in rows:
        cr.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in rows]


class Both(Clock):
    """A clock that adds what the processor does for the database."""

    def __init__(self, env):
        super().__init__()
        env.cr.execute("SELECT pg_backend_pid()")
        (self.backend,) = env.cr.fetchone()

    def run(self, task, *args):
        """Run a task and add what it took."""
        before = cpu(self.backend)
        result = super().run(task, *args)
        self.processor += cpu(self.backend) - before
        return result


def cpu(process):
    """Return the seconds of the processor that another process has used."""
    with open(f"/proc/{process}/stat", encoding="ascii") as status:
        fields = status.read().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def vacuum(database):
    """Tidy the tables as the database does by itself soon after such a load."""
    with Registry(database).cursor() as cr:
        # no transaction may be around it
        cr.connection.rollback()
        cr.connection.autocommit = True
        try:
            for table in TABLES:
                cr.execute(f"VACUUM ANALYZE {table}")
        finally:
            cr.connection.autocommit = False


def measure(env, run):
    """Check the books and print what it and each rule took."""
    clock, found, spent = Both(env), [], []
    rules = env["carloan.ledger"]._iter_book_rules(env.company)
    before = 0.0
    while rule := clock.run(next, rules, None):
        name, rows = rule
        found += rows
        spent.append((clock.clock - before, name))
        before = clock.clock
    slowest = sorted(spent, reverse=True)[:5]
    detail = ", ".join(f"{name} {seconds:.1f}" for seconds, name in slowest)
    for row in found[:5]:
        print(row)
    number = count(env.cr, "carloan_loan")
    note = f"{len(found)} differences ({detail})"
    say(f"check of the books, {number:,} loans, {run} run", clock, 30, note)


def make_accountant(env):
    """Return somebody who may read the books, so that record rules count as well."""
    return env["res.users"].create(
        {
            "name": "Bench",
            "login": "bench",
            "group_ids": [(4, env.ref("account.group_account_user").id)],
        }
    )


def measure_reports(env):
    """Make the reports over the receivables of the whole book, and open their list."""
    year = {"date_from": date(date.today().year, 1, 1), "date_to": date.today()}
    reports = [("aged balances", "carloan.aged.balance", {})]
    reports += [
        (f"roll-forward of {kind}, this year", "carloan.rollforward", values)
        for kind in ("principal", "adjustment", "allowance")
        for values in [{"kind": kind, **year}]
    ]
    for name, model, values in reports:
        clock = Both(env)
        report = env[model].create(values)
        action = clock.run(report.action_show)
        page = clock.run(open_list, env[action["res_model"]], action["domain"])
        say(name, clock, REPORT_BAR, f"{page['length']:,} rows")


def measure_months(env):
    """Open the page of the instalments by month, and then one of its months."""
    months = env["carloan.instalment.month"]
    near = [("due_date", ">=", "today =1d -12m"), ("due_date", "<", "today =1d +13m")]
    clock = Both(env)
    page = clock.run(open_groups, months, near, "due_date:month")
    number = sum(group["__count"] for group in page["groups"])
    note = f"{number:,} in {page['length']} months"
    say("instalments by month", clock, PAGE_BAR, note)
    clock = Both(env)
    month = [("due_date", ">=", "today =1d"), ("due_date", "<", "today =1d +1m")]
    page = clock.run(open_list, months, month)
    say("  one month opened", clock, PAGE_BAR, f"{page['length']:,} instalments")


def open_list(model, domain):
    """Ask for the first page of a list as the client does."""
    specification = {name: {} for name in get_columns(model)}
    return model.web_search_read(domain, specification, limit=80)


def open_groups(model, domain, groupby):
    """Ask for the groups of a list as the client does: each column's total, and in the
    currency of the company."""
    fields = model._fields
    sums = [name for name in get_columns(model) if fields[name].type == "monetary"]
    aggregates = [f"{name}:{how}" for name in sums for how in ("sum", "sum_currency")]
    return model.web_read_group(
        domain, [groupby], [*aggregates, "currency_id:array_agg_distinct"], limit=80
    )


def get_columns(model):
    """Return the fields of the list of a model."""
    arch = etree.fromstring(model.get_view(view_type="list")["arch"])
    return [node.get("name") for node in arch.iter("field")]


def count(cr, table):
    """Return how many rows a table has."""
    cr.execute(f"SELECT count(*) FROM {table}")
    return cr.fetchone()[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
