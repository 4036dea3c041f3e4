#!/usr/bin/env python3
"""Measure the product: `engine`, `ledger`, `books`, `life`, `policy`, `risk`, `screen`.

Prints one row a task: what it took by the clock and of the processor (they part on a
busy machine), the bar of the design, and how many times faster than the plain way of
doing it, run in the same process on the same loans.

`books` fills a database of its own with a large book, checks it, and opens the pages
of its receivables; `life` lets many
loans live for years at random, in one or more processes, and checks the books after
each month; `ledger` bills in turns with plain Odoo; `policy` simulates a policy on a
book; `risk` assesses a large book, stage by stage; `screen` moves the sliders of an
offer in a browser. They need what `scripts/setup` makes (`screen`: with `--browser`),
take minutes, and drop their databases afterwards.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "carloan_relief"))
sys.path.append(str(ROOT / "scripts" / "lib"))

import numpy as np  # noqa: E402
import numpy_financial as npf  # noqa: E402
from engine import grid, offers, valuation  # noqa: E402
from engine.measures import Position  # noqa: E402
from engine.schedule import Terms, build  # noqa: E402

LOANS, ROWS = 100_000, 60
QUOTE = {
    "terms": {
        "principal": "120000.00",
        "annual_rate": "0.072",
        "instalments": 36,
        "start_date": "2026-01-15",
        "first_due_date": "2026-02-15",
    },
    "status": {"as_of": "2027-01-15", "paid": {"instalments": 12}},
    "measures": [{"kind": "extend", "instalments": 12}],
}
BOX = {
    "max_extend": 24,
    "extend_step": 3,
    "max_holiday": 3,
    "holiday_interest": ("capitalise", "pay"),
    "max_rate_cut": 0.02,
    "max_waive_interest": 0.5,
    "max_waive_penalty": 1.0,
}


class Spent(NamedTuple):
    """Seconds by the clock and of the processor."""

    clock: float
    processor: float

    def times(self, factor):
        """Return the time of ``factor`` times the work."""
        return Spent(self.clock * factor, self.processor * factor)


def best(task, runs=5):
    """Return (:class:`Spent` of the fastest run, its result).

    The fastest of a few: the others also measure what else the machine does.
    """
    spent, result = [], None
    for _ in range(runs):
        start, busy = time.perf_counter(), time.process_time()
        result = task()
        spent.append(Spent(time.perf_counter() - start, time.process_time() - busy))
    return min(spent), result


def book(size=LOANS, day_count="period"):
    """Return the columns of a made-up book, the same every time."""
    rng = np.random.default_rng(20)
    return {
        "principal": rng.integers(5_000_000, 30_000_000, size),
        "annual_rate": np.round(rng.uniform(0.02, 0.15, size), 4),
        "instalments": ROWS,
        "start_date": "2026-01-15",
        "first_due_date": "2026-02-15",
        "day_count": day_count,
    }


def plain_loop(columns, size):
    """Schedules one loan at a time with numpy_financial: dates, cents, balances."""
    number = np.arange(1, ROWS + 1)
    for i in range(size):
        rate, principal = columns["annual_rate"][i] / 12, columns["principal"][i]
        interest = np.round(npf.ipmt(rate, number, ROWS, -principal))
        repaid = np.round(npf.ppmt(rate, number, ROWS, -principal))
        first = np.datetime64(columns["first_due_date"])
        month = first.astype("datetime64[M]")
        due = (month + number - 1).astype("datetime64[D]") + (first - month)
        _ = due, principal - np.cumsum(repaid), interest
    return size


def delinquent(size=1):
    """Return positions three instalments late."""
    return Position.of(
        as_of="2027-04-20",
        principal=np.full(size, 7311894),
        overdue_principal=971573,
        overdue_interest=143296,
        overdue_penalty=20000,
        annual_rate=0.072,
        instalments=21,
        last_due_date="2027-04-15",
        next_due_date="2027-05-15",
        level=371623,
    )


def quote():
    """Run quote.py as a program."""
    subprocess.run(
        [sys.executable, str(ROOT / "scripts/quote.py")],
        input=json.dumps(QUOTE).encode(),
        capture_output=True,
        check=True,
    )


def engine():
    """Yield the rows of the engine's table: (task, Spent, bar, remark)."""
    columns = book()
    spent, plan = best(lambda: build(Terms.of(**columns)))
    sample = 300
    loop = best(lambda: plain_loop(columns, sample), 2)[0].times(LOANS / sample)
    ratio = loop.processor / spent.processor
    name = f"schedules, {LOANS:,} loans x {ROWS}"
    yield name, spent, 1.0, f"{ratio:,.0f}x a loop over numpy_financial (bar 100x)"
    yield f"  that loop, from {sample} loans", loop, None, ""
    by_days = book(day_count="ACT/365")
    yield f"{name}, ACT/365", best(lambda: build(Terms.of(**by_days)))[0], 1.0, ""
    rates = best(lambda: valuation.eir(plan, columns["principal"], 30_000), 2)[0]
    yield f"effective rates, {LOANS:,} loans", rates, None, ""
    yield from _offers()
    yield "quote.py, from process start", best(quote)[0], 0.4, "in a process of its own"


def _offers():
    one, size = delinquent(), 500
    plans = len(grid.plans(one, offers.Box.of(BOX).at(0), 0)["extend"])
    spent = best(lambda: offers.search(one, BOX, 300_000))[0]
    yield f"offers for one loan, grid of {plans:,}", spent, 0.05, ""
    narrow = {**BOX, "max_holiday": 1, "holiday_interest": ("capitalise",)}
    plans = len(grid.plans(one, offers.Box.of(narrow).at(0), 0)["extend"])
    many = delinquent(size)
    spent = best(lambda: offers.search(many, narrow, 300_000), 2)[0]
    name = f"offers for 10,000 borrowers, grid of {plans}"
    yield name, spent.times(10_000 / size), 120, f"from {size} borrowers"


@contextmanager
def database(name, addons=("carloan_relief",)):
    """A database with the main addon, or more of them, dropped at the end."""
    import databases
    import odoo_run
    import postgres

    postgres.start()
    odoo_run.write_conf()
    databases.create(name)
    try:
        odoo_run.install(name, addons)
        yield odoo_run
    finally:
        databases.drop(name)


def inside(part, options):
    """Yield what the script of a part prints, line by line, in a database of its own.

    :raises SystemExit: when the script ends with an error
    """
    script = ROOT / f"scripts/lib/inside/bench_{part}.py"
    name = f"carloan_bench_{part}"
    with database(name) as odoo_run:
        arguments = [odoo_run.PYTHON, script, odoo_run.CONF, name, options.loans]
        yield from lines(arguments, odoo_run)


def lines(command, odoo_run, **options):
    """Yield what a command prints.

    :raises SystemExit: when it ends with an error
    """
    with subprocess.Popen(
        [str(part) for part in command],
        env=odoo_run.environment(),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **options,
    ) as process:
        yield from map(str.strip, process.stdout)
    if process.returncode:
        raise SystemExit(f"the measuring process ended with {process.returncode}")


def result(part, options):
    """Return the seconds of the one result of a part; print what else it says."""
    seconds = None
    for line in inside(part, options):
        if line.startswith("RESULT "):
            seconds = [float(word) for word in line.split()[1:]]
        else:
            print(line, flush=True)
    return Spent(*seconds, *[float("nan")] * (2 - len(seconds)))


def rows(part, options):
    """Yield the rows that a part prints as JSON, one a line; print its other lines."""
    yield from read_rows(inside(part, options))


def read_rows(printed):
    """Yield the rows among what a script printed; print the other lines."""
    for line in printed:
        if not line.startswith("{"):
            print(f"  {line}", flush=True)
            continue
        row = json.loads(line)
        spent = Spent(row["clock"], row["processor"])
        yield row["task"], spent, row["bar"], row["remark"]


def books(options):
    """Yield the rows of the check of a large book and of its receivables pages."""
    yield from rows("books", options)


def policy(options):
    """Yield the row of a policy simulated on a book, beside the one in force."""
    spent = result("policy", options)
    yield f"policy simulated on {options.loans:,} loans", spent, 120, "both policies"


def ledger(options):
    """Yield the rows of billing and relief, beside plain Odoo on the same lines."""
    yield from rows("ledger", options)


def risk(options):
    """Yield the rows of assessing a large book, stage by stage, and one borrower."""
    yield from rows("risk", options)


def screen(_options):
    """Yield the rows of what a browser shows: pytest has Odoo's server and browser."""
    import testing

    name = "carloan_bench_screen"
    with database(name, testing.ADDONS) as odoo_run:
        testing.make_assets(name)
        script = ROOT / "scripts/lib/inside/bench_screen.py"
        command = testing.odoo_command(name, ["-s", "-q", script])
        # without Odoo's log and the dots of pytest
        printed = lines(command, odoo_run, stderr=subprocess.DEVNULL)
        yield from read_rows(line for line in printed if line.strip("."))


def life(options):
    """Yield the row of the random lives, one a job; each says what its months proved.

    Each has a database and a seed of its own, and prints as it goes: who interrupts
    them knows how far they came.
    """
    start = time.perf_counter()
    with life_databases(options.jobs) as (odoo_run, names):
        script = ROOT / "scripts/lib/inside/bench_life.py"
        sizes = [str(options.loans), str(options.months)]
        started = [
            subprocess.Popen(
                [odoo_run.PYTHON, script, odoo_run.CONF, name, *sizes, str(seed)],
                env=odoo_run.environment(),
                cwd=ROOT,
            )
            for seed, name in enumerate(names, start=options.seed)
        ]
        try:
            failed = [process.args for process in started if process.wait()]
        finally:
            for process in started:
                process.terminate()
    spent = Spent(time.perf_counter() - start, float("nan"))
    name = f"life, {options.jobs} x {options.loans:,} loans x {options.months} months"
    yield name, spent, None, "DIFFERENCES" if failed else "to the cent"


@contextmanager
def life_databases(count):
    """As many databases with the main addon, dropped at the end."""
    import databases

    names = [f"carloan_bench_life{number}" for number in range(count)]
    with database(names[0]) as odoo_run:
        try:
            for name in names[1:]:
                databases.clone(names[0], name)
            yield odoo_run, names
        finally:
            for name in names[1:]:
                databases.drop(name)


def parse_arguments():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = ("engine", "ledger", "books", "life", "policy", "risk", "screen")
    parser.add_argument("part", choices=parts)
    parser.add_argument(
        "--loans",
        type=int,
        help="books, risk: 100,000; policy: 10,000; ledger: 3,300; life: 300",
    )
    parser.add_argument("--months", type=int, default=36, help="of a life")
    parser.add_argument("--seed", type=int, default=1, help="of the first life")
    parser.add_argument("--jobs", type=int, default=1, help="lives at once")
    options = parser.parse_args()
    usual = {"life": 300, "ledger": 3300, "policy": 10_000}
    options.loans = options.loans or usual.get(options.part, LOANS)
    return options


def main():
    """Print the table; exit 1 when a bar is missed."""
    options = parse_arguments()
    parts = {
        "books": books,
        "ledger": ledger,
        "life": life,
        "policy": policy,
        "risk": risk,
        "screen": screen,
    }
    parts["engine"] = lambda _options: engine()
    missed = False
    print(f"{'task':<48}{'clock s':>9}{'cpu s':>9}{'bar':>6}")
    for task, spent, bar, remark in parts[options.part](options):
        late = bar is not None and spent.clock > bar
        missed |= late
        shown = "" if bar is None else f"{bar:g}"
        note = f"{remark}{'  MISSED' if late else ''}"
        times = f"{spent.clock:>9.3f}{spent.processor:>9.3f}"
        print(f"{task:<48}{times}{shown:>6}  {note}".rstrip(), flush=True)
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"load {load:.1f} on {cores} cores", end=", ")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
