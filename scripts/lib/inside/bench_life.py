"""A life at random that is kept: `bench_life.py CONF DATABASE LOANS MONTHS SEED`.

The same life as in `tests/carloan_relief/test_life.py`, yet each month is committed, so
that years of many loans are no single transaction, and a run that is interrupted has
said how far it came. A difference found is printed with the history of its loan, and
the life goes on with what else there is to find. Ends with 1 when there was any.
"""

import os
import sys
from datetime import date
from pathlib import Path

from freezegun import freeze_time

import odoo.init  # noqa: F401  (makes the namespace package usable)
from odoo.modules.registry import Registry
from odoo.tools import config

from odoo import SUPERUSER_ID, api  # isort: skip

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

BEGIN = date(2023, 11, 1)
#: More of them would say nothing new.
SHOWN = 5


class Watch:
    """Seconds by the clock and of the processor since it was last asked."""

    def __init__(self):
        self.at = self._now()

    @staticmethod
    def _now():
        times = os.times()  # the clocks of `time` stand still in a life
        return times.elapsed, times.user + times.system

    def read(self):
        was, self.at = self.at, self._now()
        return tuple(now - then for now, then in zip(self.at, was, strict=True))


def main(conf, database, loans, months, seed):
    """Let the loans live, and print month by month what was proved."""
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    # the addons must be there before what the tests take from them
    with Registry(database).cursor() as cr, freeze_time(BEGIN) as frozen:
        context = {"tracking_disable": True, "mail_create_nolog": True}
        env = api.Environment(cr, SUPERUSER_ID, context)
        found = live(env, frozen.move_to, int(loans), int(months), int(seed))
    print(f"DIFFERENCES {found}", flush=True)
    return int(found > 0)


def live(env, move_clock, loans, months, seed):
    """Run the months; return how many differences there were."""
    from tests.carloan_relief.life import Life, make_products

    watch, told = Watch(), set()
    life = Life(env, make_products(env), loans, seed, move_clock, BEGIN)
    env.cr.commit()
    say(seed, 0, months, f"{loans} loans lent", *watch.read())
    for month in range(1, months + 1):
        life.run_month()
        lived = watch.read()
        new = [one for one in life.find_differences() if str(one) not in told]
        told.update(map(str, new))
        env.cr.commit()
        env.invalidate_all()
        verdict = f"{len(new)} DIFFERENCES" if new else "to the cent"
        say(seed, month, months, f"{describe(life)}: {verdict}", *lived, *watch.read())
        for one in [*new[:SHOWN], *life.tell(new)]:
            print(f"    {one}", flush=True)
    for text in (dict(life.counts), *life.refusals.most_common(SHOWN)):
        print(f"  seed {seed}: {text}", flush=True)
    return len(told)


def say(seed, month, months, text, clock, processor, check=0.0, _busy=0.0):
    """Print what a month was."""
    took = f"{clock:.0f} s, cpu {processor:.0f} s, check {check:.1f} s"
    print(f"  seed {seed}, month {month:>2}/{months}: {text} ({took})", flush=True)


def describe(life):
    """Return in words what there is by now."""
    states = {state: len(own) for state, own in life.loans.grouped("state").items()}
    items = life.env["account.move.line"].search_count(
        [("carloan_loan_id", "in", life.loans.ids), ("parent_state", "=", "posted")]
    )
    events, refused = sum(life.counts.values()), sum(life.refusals.values())
    return (
        f"{states.get('active', 0)} active, {events:,} events, {refused:,} refused, "
        f"{items:,} items"
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
