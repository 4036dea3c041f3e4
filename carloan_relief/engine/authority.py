"""Authority to approve: what of a limit is left, and when a committee has decided.

Source of the rule: authority counts what is already in flight, so that a large relief
cannot be cut into small ones (domain 11, 11).
"""

from dataclasses import dataclass

import numpy as np

OPEN, APPROVED, REFUSED = 0, 1, 2


@dataclass(frozen=True)
class Standing:
    """Limits and what is taken of them, every field an (N,) array.

    ``available`` is what is left without the case itself, never below 0; ``exceeded``
    where the case takes more than that.
    """

    used: np.ndarray
    in_process: np.ndarray
    case: np.ndarray
    available: np.ndarray
    exceeded: np.ndarray


def standing(limit, used, in_process, case):
    """Return how a case stands to limits of authority.

    :param limit: (N,) most that may be decided; minor units or a count
    :param used: (N,) of what became active within the window of each limit
    :param in_process: (N,) of what is proposed, offered or accepted, the case excepted
    :param case: (N,) of the case itself
    :rtype: Standing
    """
    limit, used, in_process, case = (
        np.asarray(values, dtype=np.int64) for values in (limit, used, in_process, case)
    )
    left = limit - used - in_process
    exceeded = (case > 0) & (case > left)
    return Standing(used, in_process, case, np.maximum(left, 0), exceeded)


def outcome(needed, members, approvals, refusals, single_refusal):
    """Return where committees stand: OPEN, APPROVED or REFUSED, (N,) int64.

    ``needed`` approvals of ``members`` decide; a refusal ends it where one is enough,
    else as soon as ``needed`` approvals cannot be reached any more.

    :param needed: (N,) approvals needed
    :param members: (N,) who may decide, those who have decided among them
    :param approvals: (N,) given
    :param refusals: (N,) given
    :param single_refusal: (N,) bool, whether one refusal is enough
    """
    needed, members, approvals, refusals = (
        np.asarray(values, dtype=np.int64)
        for values in (needed, members, approvals, refusals)
    )
    blocked = refusals > np.maximum(members - needed, 0)
    refused = np.where(single_refusal, refusals > 0, blocked)
    decided = np.where(approvals >= needed, APPROVED, OPEN)
    return np.where(refused, REFUSED, decided)
