"""Measure the ledger in an Odoo database: `bench_ledger.py CONF DATABASE LOANS`.

Prints one line of JSON a task. Our billing and plain Odoo take turns, batch by batch,
on entries with the same lines, so that what else the machine does hits both.
"""

import json
import resource
import sys
import time
from datetime import date, timedelta

import odoo.init  # noqa: F401  (makes the namespace package usable)
from odoo.modules.registry import Registry
from odoo.tools import config

from odoo import SUPERUSER_ID, Command, api  # isort: skip

BATCH = 100
RELIEF = [
    {"kind": "waive", "component": "interest", "percent": "50"},
    {"kind": "capitalise", "components": ["principal", "interest"]},
    {"kind": "extend", "instalments": 12},
    {"kind": "rate", "annual_rate": 0.036, "instalments": None},
]


class Clock:
    """Seconds by the clock and of the processor, added up over several runs."""

    def __init__(self):
        self.clock = self.processor = 0.0

    def run(self, task, *args):
        start, busy = time.perf_counter(), time.process_time()
        result = task(*args)
        self.clock += time.perf_counter() - start
        self.processor += time.process_time() - busy
        return result


def say(task, clock, bar=None, remark=""):
    """Print one row of the table."""
    row = {"task": task, "clock": clock.clock, "processor": clock.processor}
    print(json.dumps({**row, "bar": bar, "remark": remark}), flush=True)


def make_book(env, size):
    """Disburse `size` loans whose second instalment falls due today."""
    first = date.today() - timedelta(days=31)
    product = env["carloan.product"].create({"name": "Bench", "annual_rate": 0.072})
    product.action_map_accounts()
    partners = env["res.partner"].create(
        [{"name": f"Borrower {number}"} for number in range(size)]
    )
    loans = env["carloan.loan"].create(
        [
            {
                "partner_id": partner.id,
                "product_id": product.id,
                "principal": 60000 + 1000 * (number % 90),
                "instalments": 36,
                "start_date": first - timedelta(days=31),
                "first_due_date": first,
                "due_day": date.today().day,
            }
            for number, partner in enumerate(partners)
        ]
    )
    clock = Clock()
    for at in range(0, size, BATCH):
        clock.run(loans[at : at + BATCH].action_disburse)
        clock.run(env.cr.commit)
    say(f"disburse {size:,} loans, {moves_of(env, loans):,} entries made", clock)
    return loans


def moves_of(env, loans):
    return env["account.move"].search_count([("carloan_loan_id", "in", loans.ids)])


def twin(account, made={}):  # noqa: B006 - a memory for the whole run
    """An account like another, so that plain entries do not stand among the loans."""
    if account not in made:
        made[account] = account.copy({"code": f"{account.code}9"})
    return made[account]


def plain_vals(move):
    """The same entry as anybody would give it to Odoo."""
    return {
        "journal_id": move.journal_id.id,
        "date": move.date,
        "ref": move.ref,
        "line_ids": [
            Command.create(
                {
                    "account_id": twin(line.account_id).id,
                    "partner_id": line.partner_id.id,
                    "name": line.name,
                    "balance": line.balance,
                    "date_maturity": line.date_maturity,
                }
            )
            for line in move.line_ids
        ],
    }


def plain(env, vals_list):
    """Create and post entries the plain way."""
    moves = env["account.move"].create(vals_list)
    moves.action_post()
    env.cr.commit()


def ours(ledger, instalments):
    """Bill instalments as the night does."""
    moves = ledger._bill(instalments)
    ledger.env.cr.commit()
    return moves


def bill(env, name, as_of):
    """Bill what is due in turns with plain Odoo on the same lines."""
    ledger = env["carloan.ledger"]
    mine, theirs, count = Clock(), Clock(), 0
    while batch := ledger._find_due(as_of, limit=BATCH):
        env.invalidate_all()
        moves = mine.run(ours, ledger, batch)
        vals_list = [plain_vals(move) for move in moves]
        env.invalidate_all()
        theirs.run(plain, env(user=env.ref("base.user_admin")), vals_list)
        count += len(moves)
    ratio = mine.clock / theirs.clock
    cpu = mine.processor / theirs.processor
    late = "  MISSED" if ratio > 0.8 else ""
    note = f"{ratio:.2f} of plain Odoo (processor {cpu:.2f}, bar 0.8){late}"
    say(f"bill {count:,} due instalments, {name}", mine, 90, note)
    say("  plain Odoo: create and post the same lines", theirs)


def relieve(env, loans):
    """Apply a relief to late loans: entries, schedule, drafts; the slowest of a few."""
    from odoo.addons.carloan_relief.engine import measures, valuation

    slowest = Clock()
    for loan in loans:
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([RELIEF]))
        modification = valuation.modification(position, revised)
        env.flush_all()
        env.invalidate_all()
        clock = Clock()
        clock.run(
            lambda loan=loan, revised=revised, modification=modification: (
                loan._apply_relief(
                    loan.partner_id, revised, modification, date.today()
                ),
                env.flush_all(),
            )
        )
        slowest = max(slowest, clock, key=lambda one: one.clock)
    env.cr.commit()
    say("apply a relief (slowest of 10)", slowest, 1.5)


def suspend(env, loans):
    """Let a night suspend the interest of all loans at once."""
    product = loans.product_id
    product.suspend_days = 1
    late = loans.filtered(lambda loan: loan.state == "active" and loan.dpd > 1)
    env.invalidate_all()
    clock, asked = Clock(), env.cr.sql_log_count
    clock.run(late._refresh_position)
    clock.run(env.cr.commit)
    count = env["carloan.memo"].search_count([("event", "=", "suspend")])
    queries = (env.cr.sql_log_count - asked) / max(len(late), 1)
    note = f"{count:,} claims; {queries:.1f} statements a loan"
    say(f"suspend {len(late):,} loans in one night", clock, None, note)


def check(env):
    """Compare loans and ledger."""
    clock = Clock()
    differences = clock.run(env["carloan.ledger"]._check_books, env.company)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    note = f"{len(differences)} differences; peak memory {peak:,.0f} MB"
    say("check the books", clock, None, note)


def main(conf, database, size):
    options = ["-c", conf, "-d", database, "--no-http", "--log-level=warn"]
    config.parse_config(options, setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        env.company.carloan_draft_horizon = 0
        loans = make_book(env, int(size))
        bill(env, "no drafts ahead", date.today() - timedelta(days=1))
        env.company.carloan_draft_horizon = 3
        env["carloan.ledger"]._draft_horizon(loans[: int(size) // 3])
        cr.commit()
        few = env["carloan.loan"].browse(loans[int(size) // 3 :].ids)
        few.write({"state": "cancelled"})  # out of the way of the second night
        bill(env, "three drafts ahead", date.today())
        few.write({"state": "active"})
        relieve(env, loans[:10])
        suspend(env, loans)
        check(env)


if __name__ == "__main__":
    main(*sys.argv[1:])
