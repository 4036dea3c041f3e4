import json
import logging
from typing import NamedTuple

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import provision
from ...engine.risk import grading
from ...tools.bulk import copy_in

_logger = logging.getLogger(__name__)

#: Reasons kept of an assessment: enough to explain it, few enough to be read.
REASONS = 6

COLUMNS = (
    "id",
    "loan_id",
    "partner_id",
    "company_id",
    "date",
    "trigger",
    "horizon",
    "scorecard_id",
    "model_id",
    "kind",
    "version",
    "reference",
    "policy_id",
    "points",
    "pd_raw",
    "pd",
    "grade_model_id",
    "grade_held_id",
    "grade_id",
    "cap_id",
    "override_id",
    "streak",
    "streak_date",
    "features",
    "reasons",
    "create_uid",
    "create_date",
)


class Source(NamedTuple):
    """What predicts, and what is kept of it with each assessment."""

    predictor: object
    kind: str
    version: str
    reference: str
    horizon: int
    scorecard: object
    model: object


class Done(NamedTuple):
    """What an assessment of N loans left: ids (N,), how many grades are another."""

    ids: list
    changed: int


class CarloanRiskAssessor(models.AbstractModel):
    """Assesses N loans at once: gather, predict, grade, write.

    The one way for a button on one loan, for the queue and for the whole book. Rows
    go into the history by COPY; a loan is updated only where grade or PD is another.
    """

    _name = "carloan.risk.assessor"
    _description = "Assessment of loans"

    @api.model
    def _assess(self, loans, as_of, trigger="demand"):
        """Assess loans as of a date; return the assessments, one per loan.

        Models, cards and facts are read in sudo: an officer gets the grade of a
        borrower without seeing them; who may start it is checked by the callers.

        :param date as_of: nothing after it is looked at
        :param str trigger: why, a key of TRIGGERS of the queue
        """
        ids = []
        for company, own in loans.grouped("company_id").items():
            # sudo: see above; the callers checked who may start it
            assessor_sudo = self.sudo().with_company(company)
            ids += assessor_sudo._assess_company(own.sudo(), as_of, trigger).ids
        return self.env["carloan.risk.assessment"].browse(ids)

    def _assess_company(self, loans, as_of, trigger):
        """Assess loans of one company; return a :class:`Done`."""
        company = loans.company_id
        self._check_day(as_of)
        source = self._get_source(company)
        features = self._gather(loans, as_of, source)
        prediction = self._predict(loans, source, features)
        policy = self.env["carloan.risk.policy"]._get_in_force(company, as_of)
        # grades are bands of a year's probability, whatever the model looks ahead
        pd = provision.yearly_pd(prediction.pd, source.horizon)
        graded = self._grade(loans, as_of, policy, pd, features["dpd"])
        rows = self._prepare_rows(
            loans, as_of, trigger, source, policy, features, prediction, graded
        )
        done = self._store(loans, as_of, rows)
        if trigger == "book":
            self._score_shadows(company, loans, as_of, features, prediction.pd)
        return done

    def _score_shadows(self, company, loans, as_of, features, pd):
        """Let challengers score the book too; one that fails holds up nobody."""
        try:
            with self.env.cr.savepoint():
                self.env["carloan.risk.shadow"]._score(
                    company, loans.ids, as_of, features, pd
                )
        except (UserError, ValueError) as error:
            _logger.warning("Challengers of %s not scored: %s", company.name, error)

    def _check_day(self, as_of):
        today = fields.Date.context_today(self)
        if as_of > today:
            raise UserError(
                self.env._(
                    "%(date)s is in the future: nothing is known of it yet. Choose "
                    "today or an earlier day.",
                    date=as_of,
                )
            )

    def _predict(self, loans, source, features):
        """Return what the model says of the loans, and refuse what is no PD."""
        prediction = source.predictor.predict(features, top=REASONS)
        self._check_prediction(loans, prediction.pd)
        return prediction

    def _check_prediction(self, loans, pd):
        """Refuse a probability that is none: the grades in force stay."""
        bad = np.flatnonzero(~((pd >= 0) & (pd <= 1)))
        if bad.size:
            loan = loans[int(bad[0])]
            raise UserError(
                self.env._(
                    "The model gives loan %(loan)s a probability of default of "
                    "%(pd)s, which is none. Its grade stays; look at the values on its "
                    "last assessment.",
                    loan=loan.name,
                    pd=pd[bad[0]],
                )
            )

    # ------------------------------------------------------------------
    # PREDICTING
    # ------------------------------------------------------------------

    def _get_source(self, company):
        """Return what predicts in a company: the champion, or the expert card."""
        predictor, model = self.env["carloan.risk.model"]._get_predictor(company)
        card = self.env["carloan.risk.scorecard"]
        if not model:
            card = card._get_for_company(company)
        return Source(
            predictor=predictor,
            kind=predictor.kind,
            version=model.name or card.display_name,
            reference=predictor.reference,
            horizon=model.horizon or 12,
            scorecard=card,
            model=model,
        )

    def _gather(self, loans, as_of, source):
        """Return the features of the loans as of a day, in their order."""
        gatherer = self.env["carloan.risk.features"]
        if source.model:  # as in its training
            return gatherer._gather(loans, as_of)
        return gatherer._gather(loans, as_of, source.scorecard.depreciation)

    # ------------------------------------------------------------------
    # GRADING
    # ------------------------------------------------------------------

    def _grade(self, loans, as_of, policy, pd, dpd):
        """Return the engine's grades, and the ids that its numbers stand for."""
        grades = self.env["carloan.risk.grade"]._get_sorted()
        place = {grade_id: at for at, grade_id in enumerate(grades.ids)}
        before, counted = self._read_before(loans, as_of, policy, place)
        override, override_ids = self._read_overrides(loans, as_of, place)
        caps = policy.cap_ids
        rules = grading.Caps(
            caps._get_hits(loans.ids, as_of, dpd),
            np.array([place[cap.grade_id.id] for cap in caps], int),
            np.array(caps.mapped("hard"), bool),
        )
        try:
            found = grading.grade(
                pd,
                grades._get_bands(),
                before,
                rules,
                override,
                policy._get_engine_policy(),
            )
        except ValueError as error:
            grades._raise_gap(str(error), error)
        return {
            "found": found,
            "grades": grades.ids,
            "caps": caps.ids,
            "override_ids": override_ids,
            "streak_date": np.where(found.streak > before.streak, as_of, counted),
        }

    def _read_before(self, loans, as_of, policy, place):
        """Return (what the last assessment left, day of the last that counted)."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(last.grade_held_id, last.grade_id),
                       COALESCE(last.streak, 0), last.streak_date
                  FROM unnest(%(ids)s) WITH ORDINALITY AS item (id, at)
             LEFT JOIN LATERAL (
                       SELECT grade_held_id, grade_id, streak, streak_date
                         FROM carloan_risk_assessment
                        WHERE loan_id = item.id AND date <= %(day)s
                     ORDER BY date DESC, id DESC LIMIT 1) last ON TRUE
              ORDER BY item.at
                """,
                ids=loans.ids,
                day=as_of,
            )
        )
        held, streak, counted = zip(*rows, strict=True)
        counts = [
            day is None or (as_of - day).days >= policy.confirm_days for day in counted
        ]
        before = grading.Before(
            np.array([place.get(grade_id, -1) for grade_id in held]),
            np.array(streak, np.int64),
            np.array(counts),
        )
        return before, np.array(counted, object)

    def _read_overrides(self, loans, as_of, place):
        """Return (grade set by hand or -1, the override's id or None), (N,) each."""
        found = self.env["carloan.risk.override"]._read_in_force(loans.ids, as_of)
        rows = [found.get(loan_id, (None, None)) for loan_id in loans.ids]
        return (
            np.array([place.get(grade_id, -1) for _id, grade_id in rows]),
            [override_id for override_id, _grade_id in rows],
        )

    # ------------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------------

    def _prepare_rows(
        self, loans, as_of, trigger, source, policy, features, prediction, graded
    ):
        """Return {column: one value for all, or a list of N} of the history."""
        found, ids = graded["found"], np.array(graded["grades"])
        caps = [*graded["caps"], None]
        return {
            "loan_id": loans.ids,
            "partner_id": self._read_partners(loans),
            "company_id": loans.company_id.id,
            "date": as_of,
            "trigger": trigger,
            "horizon": source.horizon,
            "scorecard_id": source.scorecard.id or None,
            "model_id": source.model.id or None,
            "kind": source.kind,
            "version": source.version,
            "reference": source.reference,
            "policy_id": policy.id,
            "points": np.round(prediction.points, 1).tolist(),
            "pd_raw": np.round(prediction.pd, 6).tolist(),
            "pd": np.round(found.pd, 6).tolist(),
            "grade_model_id": ids[found.raw].tolist(),
            "grade_held_id": ids[found.held].tolist(),
            "grade_id": ids[found.grade].tolist(),
            "cap_id": [caps[at] for at in found.cap],
            "override_id": graded["override_ids"],
            "streak": found.streak.tolist(),
            "streak_date": np.where(
                found.streak > 0, graded["streak_date"], None
            ).tolist(),
            "features": self._dump_features(features),
            "reasons": self._dump_reasons(prediction),
            "create_uid": self.env.uid,
            "create_date": fields.Datetime.now(),
        }

    def _read_partners(self, loans):
        rows = dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, partner_id FROM carloan_loan WHERE id = ANY(%s)",
                    loans.ids,
                    to_flush=loans._fields["partner_id"],
                )
            )
        )
        return [rows[loan_id] for loan_id in loans.ids]

    @staticmethod
    def _dump_features(features):
        """Return the features of each loan as JSON text; not known = null."""
        columns = [
            np.where(np.isnan(values), None, np.round(values, 6)).tolist()
            for values in features.values()
        ]
        names = list(features)
        return [
            json.dumps(dict(zip(names, row, strict=True)))
            for row in zip(*columns, strict=True)
        ]

    @staticmethod
    def _dump_reasons(prediction):
        """Return [[name, weight], ...] of each loan as JSON text, worst first."""
        names = prediction.reason_names
        codes = prediction.reason_codes.tolist()
        weights = np.round(prediction.reason_weights.astype(float), 4).tolist()
        return [
            json.dumps(
                [
                    [names[code], weight]
                    for code, weight in zip(row, values, strict=True)
                    if code >= 0
                ]
            )
            for row, values in zip(codes, weights, strict=True)
        ]

    def _store(self, loans, as_of, rows):
        """Write the history and what changed of the loans; return a :class:`Done`."""
        self.env.flush_all()
        ids = self._reserve_ids(len(loans))
        values = [ids if name == "id" else rows[name] for name in COLUMNS]
        spread = [
            value if isinstance(value, list) else [value] * len(ids) for value in values
        ]
        copy_in(
            self.env.cr,
            "carloan_risk_assessment",
            COLUMNS,
            zip(*spread, strict=True),
        )
        changed = self._update_loans(ids)
        self.env["carloan.risk.queue"]._drop_assessed(loans.ids, as_of)
        self.env["carloan.risk.assessment"].invalidate_model()
        loans.invalidate_model()
        return Done(ids, changed)

    def _reserve_ids(self, count):
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval('carloan_risk_assessment_id_seq')"
                "  FROM generate_series(1, %s)",
                count,
            )
        )
        return [row[0] for row in rows]

    def _update_loans(self, ids):
        """Put grade and PD on the loans where they are others, unless a later
        assessment is there; return how many grades changed."""
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE carloan_loan loan
                   SET risk_grade_id = item.grade_id, risk_pd = item.pd
                  FROM carloan_risk_assessment item, carloan_loan old
                 WHERE item.id = ANY(%s) AND loan.id = item.loan_id
                   AND old.id = loan.id
                   AND (loan.risk_grade_id IS DISTINCT FROM item.grade_id
                        OR loan.risk_pd IS DISTINCT FROM item.pd)
                   AND NOT EXISTS (
                       SELECT 1 FROM carloan_risk_assessment later
                        WHERE later.loan_id = item.loan_id
                          AND (later.date, later.id) > (item.date, item.id))
             RETURNING old.risk_grade_id IS DISTINCT FROM loan.risk_grade_id
                """,
                ids,
            )
        )
        return sum(changed for (changed,) in rows)
