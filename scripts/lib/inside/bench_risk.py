"""Assessing a large book, stage by stage: `bench_risk.py CONF DATABASE LOANS`.

The book of `bench_books`, each loan with a borrower, a household, a vehicle with its
value and two years of months. Prints one JSON object a row. For a database that is
made for it and dropped afterwards.
"""

import json
import resource
import sys
import time
from contextlib import contextmanager
from datetime import date

import bench_books
from bench_books import SUPERUSER_ID, Registry, api, config, cpu

MONTHS = 24


def main(conf, database, loans):
    """Fill the database, assess it twice and one borrower alone."""
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        pattern = bench_books.make_pattern(env)
        template = make_facts(env, pattern[0])
        env.flush_all()
        bench_books.multiply(cr, pattern, int(loans) // len(pattern))
        give_facts(cr, *template)
    for run in ("first", "second"):
        with Registry(database).cursor() as cr:
            assess(api.Environment(cr, SUPERUSER_ID, {}), run)
    with Registry(database).cursor() as cr:
        one(api.Environment(cr, SUPERUSER_ID, {}))


def make_facts(env, loan):
    """Return the statement, vehicle and valuation that are copied for every loan."""
    partner = loan.partner_id
    statement = env["carloan.financial.statement"].create(
        {
            "partner_id": partner.id,
            "net_income": 9000.0,
            "living_costs": 4000.0,
            "bureau_score": 680,
        }
    )
    vehicle = env["carloan.vehicle"].create(
        {"make": "Bench", "model": "Car", "purchase_value": 110000.0}
    )
    value = env["carloan.vehicle.valuation"].create(
        {"vehicle_id": vehicle.id, "value": 90000.0}
    )
    return partner.id, statement.id, vehicle.id, value.id


def give_facts(cr, partner, statement, vehicle, value):
    """Give every loan a borrower, a household, a vehicle, its value and its months."""
    cr.execute("SELECT id FROM carloan_loan ORDER BY id")
    loans = [row[0] for row in cr.fetchall()]
    partners = spawn(cr, "res_partner", partner, len(loans))
    vehicles = spawn(cr, "carloan_vehicle", vehicle, len(loans))
    for table, template, column, owners in (
        ("carloan_financial_statement", statement, "partner_id", partners),
        ("carloan_vehicle_valuation", value, "vehicle_id", vehicles),
    ):
        rows = spawn(cr, table, template, len(loans))
        cr.execute(
            f"UPDATE {table} t SET {column} = new.owner"
            " FROM unnest(%s, %s) AS new (id, owner) WHERE t.id = new.id",
            (rows, owners),
        )
    cr.execute(
        "UPDATE carloan_loan l SET partner_id = new.partner, vehicle_id = new.vehicle"
        " FROM unnest(%s, %s, %s) AS new (id, partner, vehicle) WHERE l.id = new.id",
        (loans, partners, vehicles),
    )
    cr.execute(
        """
        INSERT INTO carloan_behaviour (loan_id, company_id, month_end, balance, due,
                                       paid, principal_paid, dpd, relief,
                                       charged_off, recovered, source)
        SELECT id, company_id,
               (date_trunc('month', now()) - make_interval(months => back)
                - interval '1 day')::date,
               80000 - 1000 * back, 3000,
               CASE WHEN (id * 7 + back * 13) %% 11 = 0 THEN 0 ELSE 3000 END, 2000,
               CASE WHEN (id * 7 + back * 13) %% 11 = 0 THEN 15 ELSE 0 END,
               FALSE, FALSE, 0, 'tape'
          FROM carloan_loan, generate_series(0, %s) AS back
        """,
        (MONTHS - 1,),
    )
    for table in (
        "res_partner",
        "carloan_vehicle",
        "carloan_vehicle_valuation",
        "carloan_financial_statement",
        "carloan_behaviour",
        "carloan_loan",
    ):
        cr.execute(f"ANALYZE {table}")


def spawn(cr, table, template, count):
    """Copy a row a number of times and return the new ids."""
    columns = [name for name in bench_books.names(cr, table) if name != "id"]
    listed = ", ".join(f'"{name}"' for name in columns)
    cr.execute(
        f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {table},"
        " generate_series(1, %s) WHERE id = %s RETURNING id",
        (count, template),
    )
    return [row[0] for row in cr.fetchall()]


def assess(env, run):
    """Assess the whole book as the monthly job does, timing each stage."""
    assessor = env["carloan.risk.assessor"]
    stages = ("_gather", "_predict", "_grade", "_prepare_rows", "_store")
    spent = dict.fromkeys(stages, 0.0)
    model = type(assessor)
    for name in stages:
        setattr(model, name, timed(getattr(model, name), name, spent))
    job = env["carloan.risk.rescoring"]._get_run(env.company, date.today())
    job.write({"state": "running", "last_loan_id": 0, "assessed": 0, "changed": 0})
    env.cr.execute("SELECT pg_backend_pid()")
    (backend,) = env.cr.fetchone()
    start, busy, database = time.perf_counter(), time.process_time(), cpu(backend)
    while job.state == "running":
        job._run_batch()
        env.flush_all()
        env.invalidate_all()
    parts = ", ".join(f"{name[1:]} {seconds:.1f}" for name, seconds in spent.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell(
        f"assess {job.assessed:,} loans, {run} time",
        time.perf_counter() - start,
        time.process_time() - busy,
        60,
        f"{parts}; database cpu {cpu(backend) - database:.1f}; "
        f"{job.changed:,} changed; peak {peak:,.0f} MB {job.message or ''}",
    )
    for name in stages:
        setattr(model, name, getattr(model, name).__wrapped__)


def timed(method, name, spent):
    """Return the method, adding what it takes to ``spent``."""

    def wrapper(self, *args, **kwargs):
        with clock(name, spent):
            return method(self, *args, **kwargs)

    wrapper.__wrapped__ = method
    return wrapper


@contextmanager
def clock(name, spent):
    """Add what the block takes to ``spent``."""
    start = time.perf_counter()
    yield
    spent[name] += time.perf_counter() - start


def one(env):
    """Assess one borrower, as the button does."""
    loans = env["carloan.loan"].search([], limit=6)
    best = busiest = 9.9
    for loan in loans:
        start, busy = time.perf_counter(), time.process_time()
        loan._assess()
        env.flush_all()
        best = min(best, time.perf_counter() - start)
        busiest = min(busiest, time.process_time() - busy)
    tell("assess one borrower", best, busiest, 0.1, "in the book of all")


def tell(task, clock_, processor, bar, remark):
    """Print one row."""
    row = {"task": task, "clock": clock_, "processor": processor}
    print(json.dumps({**row, "bar": bar, "remark": remark}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
