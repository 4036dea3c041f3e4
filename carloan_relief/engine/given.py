"""What a relief gives up, by component: the parts of a concession, for N cases."""

from dataclasses import dataclass

import numpy as np

from .measures import apply
from .plans import WAIVABLE
from .valuation import modification_loss


@dataclass(frozen=True)
class Given:
    """Parts of the concession, every field (N,) int64 minor units.

    ``interest``, ``fee``, ``penalty`` waived now, ``principal`` forgiven, ``time``
    the present value given up by a lower rate or by paying later: together they are
    the concession. ``conditional`` is what is waived once the plan is completed, at
    its face; it is no part of the concession as long as the plan runs.
    """

    interest: np.ndarray
    fee: np.ndarray
    penalty: np.ndarray
    principal: np.ndarray
    time: np.ndarray
    conditional: np.ndarray

    @property
    def concession(self):
        """Everything given up now, (N,)."""
        waived = self.interest + self.fee + self.penalty
        return waived + self.principal + self.time


def given(position, plans):
    """Return the :class:`Given` of N plans, each of one position.

    :raises FieldError: (a ValueError) for a plan the position cannot take
    """
    revised = apply(position, plans)
    return Given(
        **{name: revised.waived[name] for name in WAIVABLE},
        principal=revised.forgiven,
        time=modification_loss(position, revised)[1],
        conditional=sum(revised.conditional.values()),
    )


def rate_cut(position, plans):
    """Return by how much plans lower the rate, (N,) float; 0 where they do not.

    :return: fractions a year, as rates are (0.01 = one percentage point)
    """
    present = np.where(
        position.first_rate_rows > 0, position.first_rate, position.annual_rate
    )
    wanted = np.where(np.isnan(plans.annual_rate), present, plans.annual_rate)
    return np.maximum(present - wanted, 0.0)
