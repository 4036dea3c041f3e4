"""What a model learns from: rows of borrowers on dates, and whether they are enough."""

from dataclasses import dataclass

import numpy as np

from ...fields import FieldError


@dataclass(frozen=True)
class Sample:
    """N rows: a borrower on a date, the features of that day, and what came of it.

    :ivar features: {name: (N,) float64 with nan}
    :ivar bad: (N,) bool
    :ivar borrower: (N,) key; rows of one borrower stay together in every split
    :ivar date: (N,) datetime64[D] of the features
    """

    features: dict
    bad: np.ndarray
    borrower: np.ndarray
    date: np.ndarray

    def __len__(self):
        return len(self.bad)

    @property
    def defaulted(self):
        """The number of borrowers who defaulted; several dates see the same one."""
        return int(np.unique(np.asarray(self.borrower)[self.bad]).size)

    def take(self, rows):
        """Return some of the rows."""
        return Sample(
            {name: values[rows] for name, values in self.features.items()},
            self.bad[rows],
            self.borrower[rows],
            self.date[rows],
        )


@dataclass(frozen=True)
class Needs:
    """How many borrowers with a default it takes; experience of the trade, as data.

    :ivar int fewest: below it nothing is trained
    :ivar int expert: below it the expert scorecard usually beats a learned model
    :ivar int boosting: from it on boosting has something to win
    """

    fewest: int = 50
    expert: int = 250
    boosting: int = 1000


def check(sample, needs=None):
    """Refuse a sample that is too small, saying how much is needed.

    :raises FieldError: naming the number found and the number needed
    """
    needs = needs or Needs()
    if sample.defaulted < needs.fewest:
        raise FieldError(
            "defaults",
            f"{sample.defaulted} borrowers defaulted, at least {needs.fewest} are "
            "needed. Add earlier dates or another book, or stay with the expert "
            "scorecard",
        )
    if sample.bad.all():
        raise FieldError("defaults", "every loan defaulted: there is nothing to tell")


def advice(defaulted, needs=None):
    """Return the key of what the number of defaults advises: expert, simple or all."""
    needs = needs or Needs()
    if defaulted < needs.expert:
        return "expert"
    return "simple" if defaulted < needs.boosting else "all"


def folds(borrower, bad, parts=5, seed=0):
    """Return (N,) fold of each row: borrowers stay together, defaults are spread.

    :param borrower: (N,) key; ``bad``: (N,) bool
    """
    _keys, who = np.unique(borrower, return_inverse=True)
    defaulted = np.bincount(who, weights=bad) > 0
    rng = np.random.default_rng(seed)
    of_borrower = np.empty(defaulted.size, np.int64)
    for group in (defaulted, ~defaulted):
        people = rng.permutation(np.flatnonzero(group))
        of_borrower[people] = np.arange(people.size) % parts
    return of_borrower[who]
