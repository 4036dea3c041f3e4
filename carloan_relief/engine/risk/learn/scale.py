"""The scale of points that learned models share with the expert scorecard."""

import numpy as np

#: 600 points are 30 good loans for a bad one; 40 points more double the odds.
BASE_POINTS, BASE_ODDS, TO_DOUBLE = 600.0, 30.0, 40.0
#: Points for a unit of log odds.
FACTOR = TO_DOUBLE / np.log(2)


def points(score):
    """Return the points of log odds of default."""
    return BASE_POINTS - FACTOR * (np.asarray(score, np.float64) + np.log(BASE_ODDS))
