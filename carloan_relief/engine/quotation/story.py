"""The reliefs that a loan has had before the one that is quoted."""

import numpy as np

from .. import valuation
from ..fields import FieldError
from ..measures import apply
from ..plan_json import place_of
from ..plans import Plans
from ..rest import position_after


def go_through(position, status, digits, begin):
    """Return the position after the earlier reliefs of a status, one by one.

    Since the first of them every instalment was paid on its day.

    :param Position position: on the day of the first relief
    :param begin: function (position, plans) that gives plans their first day
    :raises FieldError: naming the relief and its measure
    """
    reliefs = status["reliefs"]
    days = [relief["as_of"] for relief in reliefs[1:]] + [status["as_of"]]
    for k, (relief, day) in enumerate(zip(reliefs, days, strict=True)):
        where = f"status.reliefs[{k}]"
        revised = _apply(position, relief["measures"], digits, begin, where)
        change = valuation.modification(position, revised)
        if np.datetime64(day) >= revised.after.due_date.max():
            raise FieldError("status.as_of", f"{day}: no instalment remains then")
        position = position_after(position, revised, change, day)
    return position


def _apply(position, measures, digits, begin, where):
    try:
        plans = Plans.from_dicts([measures], digits)
    except FieldError as error:
        raise FieldError(f"{where}.{error.field}", _after_colon(error)) from None
    try:
        return apply(position, begin(position, plans))
    except FieldError as error:
        field = place_of(measures, error.field)
        raise FieldError(f"{where}.{field}", _after_colon(error)) from None


def _after_colon(error):
    return str(error).split(": ", 1)[-1]
