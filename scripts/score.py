#!/usr/bin/env python3
"""Score the loans that were open on a date with a model; print them as CSV.

    scripts/score.py --database carloan --model M00001 --as-of 2019-06-30 > scores.csv

MODEL: the reference of a model (M00001), `champion` (what is in force), `scorecard`
(the expert scorecard), or a file that scripts/train.py --export wrote on this server.
Run with the Python that has Odoo and with ODOO_RC naming its configuration file (or
--config). Columns: loan (reference of the tape, or number of the loan), pd, points,
grade (the band of the PD alone, before rules and people), reason_1 ... with the points
that each costs. Exit code 0: done; 1: refused; 2: wrong use.

Nothing that happened after the date is looked at. Open on the date is a loan that owed
something at the last month end by its payment history, or one that had begun and is in
the books when it has none.
"""

import argparse
import csv
import datetime
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

import session  # noqa: E402

#: Loans scored at a time: bounds the memory.
BATCH = 20_000


def parse_arguments(arguments=None):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    session.add_arguments(parser)
    parser.add_argument("--model", "-m", required=True)
    parser.add_argument("--as-of", required=True, type=datetime.date.fromisoformat)
    parser.add_argument("--output", "-o", type=Path, help="file (default: the screen)")
    parser.add_argument("--top", type=int, default=4, help="reasons per loan")
    return parser.parse_args(arguments)


def tell(line):
    """Print to where no CSV goes."""
    print(line, file=sys.stderr, flush=True)


def find_predictor(env, company, name):
    """Return (predictor, its label)."""
    models = env["carloan.risk.model"]
    if name == "champion":
        predictor, model = models._get_predictor(company)
        return predictor, model.name or "expert scorecard (no champion)"
    if name == "scorecard":
        card = env["carloan.risk.scorecard"]._get_for_company(company)
        return card._get_engine_card(), card.name
    if Path(name).is_file():
        return read_file(env, Path(name)), name
    found = models.search([("name", "=", name)], limit=1)
    if not found:
        known = ", ".join(models.search([]).mapped("name")) or "none"
        sys.exit(f"No model is called {name}. There are: {known}; champion, scorecard.")
    return found._open(), found.name


def read_file(env, path):
    """Return the predictor of an exported file, its signature checked."""
    from odoo.addons.carloan_relief.engine.risk import artifact

    try:
        predictor, _header = artifact.unpack(
            path.read_bytes(), env["carloan.risk.key"]._get()
        )
    except artifact.ArtifactError as error:
        sys.exit(
            f"{path} cannot be used ({error}): it was altered, comes from a server "
            "with another key, or was made with other versions of the libraries."
        )
    return predictor


def find_loans(env, company, as_of):
    """Return the ids of the loans open on a date, in order."""
    env.cr.execute(
        """
        SELECT loan.id
          FROM carloan_loan loan
     LEFT JOIN LATERAL (
               SELECT balance, month_end FROM carloan_behaviour
                WHERE loan_id = loan.id AND month_end <= %(day)s
             ORDER BY month_end DESC LIMIT 1) last ON TRUE
         WHERE loan.company_id = %(company)s
           AND (last.balance > 0 AND last.month_end > %(day)s::date - 32
                OR last.balance IS NULL AND loan.active AND loan.state = 'active'
                   AND loan.start_date <= %(day)s)
      ORDER BY loan.id
        """,
        {"company": company.id, "day": as_of},
    )
    return [loan_id for (loan_id,) in env.cr.fetchall()]


def rows(env, predictor, loan_ids, as_of, top):
    """Yield a row of the CSV for each loan."""
    loans = env["carloan.loan"].with_context(active_test=False)
    grades = env["carloan.risk.grade"]
    texts = env["carloan.risk.assessment"]._get_texts_of(predictor)
    for start in range(0, len(loan_ids), BATCH):
        some = loans.browse(loan_ids[start : start + BATCH])
        found = predictor.predict(
            env["carloan.risk.features"]._gather(some, as_of), top=top
        )
        given = grades._for_pds(found.pd)
        names = {grade.id: grade.name for grade in grades.browse(set(given))}
        for at, loan in enumerate(some):
            reasons = [
                f"{texts.get(name, name)} ({weight:.0f})"
                for name, weight in found.reasons_of(at)
            ]
            yield [
                loan.import_ref or loan.name,
                f"{found.pd[at]:.6f}",
                f"{found.points[at]:.1f}",
                names[given[at]],
                *reasons,
                *[""] * (top - len(reasons)),
            ]


def run(env, options):
    """Score and write; return the exit code."""
    from odoo.exceptions import UserError

    if options.as_of > datetime.date.today():
        sys.exit(f"{options.as_of} is in the future: nothing is known of it yet.")
    company = session.find_company(env, options.company)
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    try:
        predictor, label = find_predictor(env, company, options.model)
        loan_ids = find_loans(env, company, options.as_of)
        if not loan_ids:
            sys.exit(f"{company.name} had no open loan on {options.as_of}.")
        table = list(rows(env, predictor, loan_ids, options.as_of, options.top))
    except UserError as refusal:
        tell(f"Refused: {refusal}")
        return 1
    head = ["loan", "pd", "points", "grade"]
    head += [f"reason_{at + 1}" for at in range(options.top)]
    write(options.output, [head, *table])
    tell(
        f"{len(table)} loans of {company.name} open on {options.as_of}, scored by "
        f"{label}: mean PD {sum(float(row[1]) for row in table) / len(table):.2%}."
    )
    return 0


def write(path, table):
    """Write rows as CSV to a file, or to the screen."""
    if path is None:
        csv.writer(sys.stdout, lineterminator="\n").writerows(table)
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(table)


def main(arguments=None):
    """Score; nothing is written to the database."""
    options = parse_arguments(arguments)
    with session.environment(options) as env:
        code = run(env, options)
        env.cr.rollback()
    return code


if __name__ == "__main__":
    sys.exit(main())
