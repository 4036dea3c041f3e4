#!/usr/bin/env python3
"""Train risk models on the payment history of a company, and report how good they are.

    scripts/train.py --database carloan
    scripts/train.py -d carloan --as-of 2018-03-31 2018-06-30 --test 2019-06-30

Any history does: of an imported tape (scripts/import_tape.py, with an as-of date late
enough that the horizon is over) or of the ledger. Run with the Python that has Odoo and
with ODOO_RC naming its configuration file (or --config). The models are kept as
challengers of the company; their references are printed last, for scripts/score.py.
Exit code 0: trained; 1: refused, nothing was kept; 2: wrong use.

A default is what the grading policy of the company says, unless options say otherwise.
Without dates, quarter ends are taken. Without --test, the dates are cut so that no
outcome is both learned from and judged by; dates between the two parts are left out.
"""

import argparse
import datetime
import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

import risk_report  # noqa: E402
import session  # noqa: E402
from session import say  # noqa: E402

KINDS = ("logistic", "woe", "boosting")


def parse_arguments(arguments=None):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    session.add_arguments(parser)
    day = datetime.date.fromisoformat
    parser.add_argument("--as-of", nargs="+", type=day, help="month ends to learn from")
    parser.add_argument(
        "--test", nargs="+", type=day, help="later month ends to judge by"
    )
    parser.add_argument("--horizon", type=int, help="months (default: policy)")
    parser.add_argument("--missed", type=int, help="missed instalments in a row")
    parser.add_argument("--dpd", type=int, help="more days past due than; 0: not used")
    parser.add_argument(
        "--skips-count",
        action="store_true",
        help="months skipped by who is ahead of the contract count as missed",
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--reference", choices=("max", "mean"), default="mean")
    parser.add_argument("--fewest", type=int, help="fewest defaults to train with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the whole report there")
    parser.add_argument("--export", type=Path, help="folder for the signed files")
    return parser.parse_args(arguments)


def prepare(options, env, company):
    """Return the values of the training."""
    values = {
        "company_id": company.id,
        "train_dates": ", ".join(map(str, sorted(options.as_of or []))),
        "test_dates": ", ".join(map(str, sorted(options.test or []))),
        "skips_count": options.skips_count,
        "reference": options.reference,
        "seed": options.seed,
        **{f"use_{kind}": kind in options.kinds for kind in KINDS},
    }
    for name in ("horizon", "missed", "dpd", "fewest"):
        if getattr(options, name) is not None:
            values[name] = getattr(options, name)
    return values


def run(env, options):
    """Train, print the report; return the exit code."""
    company = session.find_company(env, options.company)
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    asked = env["carloan.risk.training"].create(prepare(options, env, company))
    say(
        f"Company {company.name}: default = {asked.missed} missed instalments in a row"
        f"{f', more than {asked.dpd} days past due' if asked.dpd else ''}"
        f"{', or a write-off' if asked.charge_off else ''} within {asked.horizon} "
        f"months; seed {asked.seed}."
    )
    asked._run_safely(lambda share, text: say(f"  {share:4.0%} {text}"))
    if asked.state != "done":
        say(f"Refused, nothing was kept: {asked.message}")
        return 1
    for line in risk_report.lines(asked.report):
        say(line)
    if options.json:
        options.json.write_text(json.dumps(asked.report, indent=1), encoding="utf-8")
    for model in asked.model_ids.sorted("id"):
        mark = " (recommended)" if model.recommended else ""
        say(f"Kept as challenger: {model.name} {model.kind}{mark}")
    if options.export:
        export(asked.model_ids, options.export)
    return 0


def export(models, folder):
    """Write the signed bytes of the models into a folder."""
    import base64

    folder.mkdir(parents=True, exist_ok=True)
    for model in models:
        path = folder / f"{model.name}.model"
        path.write_bytes(base64.b64decode(model.data))
        say(f"Written: {path}")


def main(arguments=None):
    """Train in one transaction."""
    options = parse_arguments(arguments)
    started = time.monotonic()
    with session.environment(options) as env:
        code = run(env, options)
        if code:
            env.cr.rollback()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = time.monotonic() - started
    say(f"{'Refused' if code else 'Done'} in {took:.1f} s, at most {peak:.0f} MB.")
    return code


if __name__ == "__main__":
    sys.exit(main())
