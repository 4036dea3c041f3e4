"""Who takes up which case: the least loaded of those who may and are there."""

import numpy as np

#: what a case gets that nobody may take
NOBODY = -1


def spread(load, allowed, rank):
    """Give each of N cases to one of K people, case after case.

    A case goes to whoever has the fewest open cases at that moment, those just given
    out included; of equals to the one of the lowest rank.

    :param load: (K,) int64 open cases of each person
    :param allowed: (N, K) bool, who may take which case
    :param rank: (K,) order among equals, lower first
    :return: (N,) int64 index of the person, ``NOBODY`` where nobody may
    """
    load = np.array(load, dtype=np.int64)
    allowed = np.asarray(allowed, dtype=bool)
    chosen = np.full(len(allowed), NOBODY, dtype=np.int64)
    for case, able in enumerate(allowed):
        people = np.flatnonzero(able)
        if not len(people):
            continue
        order = np.lexsort((np.asarray(rank)[people], load[people]))
        chosen[case] = people[order[0]]
        load[chosen[case]] += 1
    return chosen
