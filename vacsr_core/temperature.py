"""The temperature of a score: divided by it, the score is the logarithm of a softmax weight."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from vacsr_core.errors import DataError, ShapeError

TEMPERATURE_RANGE = (1e-3, 1e2)  # in standard deviations of the score
_PRIOR_TEMPERATURE, _PRIOR_FACTOR = 0.25, np.e  # median in the same unit; one deviation around it


def fit_temperature(score: np.ndarray, owner: np.ndarray) -> float:
    """The temperature under which own candidates are most likely, over both directions.

    Each own candidate of a query stands against the query's mismatches alone, so that a query of
    five own candidates is not asked to share one chance between them. A log-normal prior matters
    only where there are so few pairs that the score separates them without a mistake.

    Args:
        score: (N, M); owner: (M,), row of the image of each caption; -1 for none.

    Returns:
        > 0, in units of the score.

    Raises:
        ShapeError: one owner a caption is wanted.
        DataError: no own pairs, no mismatches, or scores that are all the same.
    """
    if score.ndim != 2 or owner.shape != score.shape[1:]:
        raise ShapeError(f"scores {score.shape} and owners {owner.shape}; wanted (N, M) and (M,).")
    known = np.flatnonzero(owner >= 0)
    rows, score = owner[known], score[:, known].astype(np.float64)
    spread = float(score.std()) if known.size else 0.0
    if len(np.unique(rows)) < 2 or not spread > 0:
        raise DataError(
            f"A temperature needs own pairs of at least two images and scores that differ; got "
            f"{len(np.unique(rows))} images with captions and a standard deviation of {spread:.3g}."
        )
    columns = np.arange(len(known))
    own = score[rows, columns]
    mismatch = score.copy()
    mismatch[rows, columns] = -np.inf

    def loss(log_temperature: float) -> float:
        sharp = np.exp(-log_temperature) / spread
        rivals = mismatch * sharp
        of_image = logsumexp(rivals, axis=1)[rows] - sharp * own
        of_caption = logsumexp(rivals, axis=0) - sharp * own
        misses = np.logaddexp(0.0, of_image).sum() + np.logaddexp(0.0, of_caption).sum()
        away = (log_temperature - np.log(_PRIOR_TEMPERATURE)) / np.log(_PRIOR_FACTOR)
        return float(misses + 0.5 * away**2)

    bounds = tuple(np.log(TEMPERATURE_RANGE))
    return spread * float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
