"""Ceilings of a month on what is relieved, as shares of the book."""

import numpy as np

from .money import mul_div, rate_fraction


def most(share, book):
    """Return the most that a share of the book allows, (N,) int64, rounded down.

    :param share: (N,) share of the book, 8 decimals
    :param book: (N,) loans of the book, or their principal in minor units
    """
    num, den = rate_fraction(share)
    nearest = mul_div(book, num, den)
    book = np.asarray(book, dtype=object)
    return nearest - (np.asarray(nearest, dtype=object) * den > book * num)


def room(share, book, used, in_process):
    """Return what is left of a ceiling, (N,) int64, never below 0.

    :param used: (N,) of the reliefs that became active in the month
    :param in_process: (N,) of those proposed, offered or accepted
    """
    taken = np.asarray(used, np.int64) + np.asarray(in_process, np.int64)
    return np.maximum(most(share, book) - taken, 0)


def exceeds(share, book, used, in_process, more):
    """Tell where one relief more passes the ceiling, (N,) bool; a share of 0 is none.

    :param more: (N,) what the relief adds: 1, or its principal
    """
    share = np.asarray(share, np.float64)
    return (share > 0) & (np.asarray(more) > room(share, book, used, in_process))


def admit(left, takes, more):
    """Tell which ceiling stops each of N reliefs that come one after another.

    One that is stopped takes nothing from those behind it.

    :param left: (C, 2) loans and principal that C ceilings leave; -1 = no ceiling
    :param takes: (N, C) bool, whether a relief counts under a ceiling
    :param more: (N,) principal of each in minor units
    :return: (N,) int64, the place of the ceiling, -1 where none stops it
    """
    left = np.array(left, dtype=np.int64).reshape(-1, 2)
    capped, stopped = left >= 0, np.full(len(more), -1)
    for i, amount in enumerate(np.asarray(more, dtype=np.int64)):
        takes_here = np.asarray(takes[i], dtype=bool)
        over = (np.array([1, amount]) > left) & capped & takes_here[:, None]
        if over.any():
            stopped[i] = int(over.any(axis=1).argmax())
        else:
            left[takes_here] -= np.array([1, amount])
            left = np.where(capped, left, -1)
    return stopped
