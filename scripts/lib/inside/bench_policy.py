"""A policy simulated on a book: `bench_policy.py CONF DATABASE LOANS`.

The book is that of `bench_books.py`, with a risk grade for every loan; three loans of
ten are late. The simulated version is looser than the one in force for every grade, so
that nothing found for the one serves the other.
"""

import resource
import sys
import time

import bench_books

import odoo.init  # noqa: F401  (makes the namespace package usable)
from odoo.modules.registry import Registry
from odoo.tools import config

from odoo import SUPERUSER_ID, api, fields  # isort: skip


def main(conf, database, loans):
    """Fill the database, simulate, print what it took."""
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        pattern = bench_books.make_pattern(env)
        pattern._assess()
        env.flush_all()
        bench_books.multiply(cr, pattern, int(loans) // len(pattern))
        give_grades(cr, pattern)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        run = make_simulation(env)
        cr.commit()
        start, busy = time.perf_counter(), time.process_time()
        while run._run_batch():
            cr.commit()
            env.invalidate_all()
        run._finish()
        cr.commit()
        took = time.perf_counter() - start, time.process_time() - busy
        show(env, run)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory {peak:,.0f} MB")
    print(f"RESULT {took[0]:.3f} {took[1]:.3f}")


def give_grades(cr, pattern):
    """Copy the assessments of the pattern loans, spread over the grades."""
    cr.execute(
        """
        WITH grade AS (
            SELECT id, (pd_min + pd_max) / 2 AS pd,
                   row_number() OVER (ORDER BY sequence, id) - 1 AS place,
                   count(*) OVER () AS number
              FROM carloan_risk_grade
        ), made AS (
            INSERT INTO carloan_risk_assessment (
                loan_id, partner_id, company_id, date, features, pd, grade_id)
            SELECT loan.id, loan.partner_id, loan.company_id, item.date,
                   item.features, grade.pd, grade.id
              FROM carloan_loan loan
              JOIN carloan_risk_assessment item
                ON (loan.id - item.loan_id) %% %(count)s = 0
              JOIN grade ON loan.id %% grade.number = grade.place
         RETURNING loan_id, pd, grade_id
        )
        UPDATE carloan_loan loan
           SET risk_grade_id = made.grade_id, risk_pd = made.pd
          FROM made WHERE made.loan_id = loan.id
        """,
        {"count": len(pattern)},
    )


def make_simulation(env):
    """Start the simulation of a version that goes further in every measure."""
    policy = env.ref("carloan_relief.relief_policy_china")
    new = policy.copy({"date_from": fields.Date.today()})
    for rule in new.rule_ids:
        rule.write({"max_extend": rule.max_extend + 3, "max_waive_penalty": 1.0})
    run = env["carloan.relief.simulation"].create({"policy_id": new.id})
    run._start()
    return run


def show(env, run):
    """Print what the two policies come to."""
    groups = env["carloan.relief.simulation.line"]._read_group(
        [("simulation_id", "=", run.id)],
        ["version", "outcome"],
        ["__count", "concession:sum", "cut:avg"],
    )
    for version, outcome, count, cost, cut in groups:
        print(
            f"  {version} {outcome}: {count:,} loans, cost {cost:,.0f}, cut {cut:.1%}"
        )


main(*sys.argv[1:])
