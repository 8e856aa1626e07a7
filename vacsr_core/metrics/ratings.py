"""Do scores and their doubt agree with what people said? Graded scores, Gaussians, disagreement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.columns import columns


@dataclass(frozen=True)
class GradedLink:
    """Spearman's correlation of scores and ratings over many draws of one item per query.

    Args:
        mean, std: over the draws.
        queries: how many there are; each draw asks half of them.
    """

    mean: float
    std: float
    queries: int


def graded_link(
    scores: np.ndarray, ratings: np.ndarray, query: np.ndarray, seed: int, draws: int = 1_000
) -> GradedLink:
    """Spearman's correlation of scores and graded ratings, as Crisscrossed Captions measures it.

    Each draw takes half of the queries without replacement and one rated item of each, so that
    no query counts more for having more items. Draws in which all scores or all ratings are the
    same are left out; NaN where none is left.

    Args:
        scores: float (P,), one per rated pair; ratings: float (P,), more is better.
        query: int (P,), the query of each pair.
        seed, draws: of the bootstrap.

    Raises: ShapeError where the columns do not fit each other or hold NaN; DataError with fewer
        than four queries.

    Source: Parekh et al., arXiv 2004.15020, as papers that quote their procedure word it.
    """
    scores, ratings, query = columns(scores=scores, ratings=ratings, query=query)
    order = np.argsort(query, kind="stable")
    _, starts, counts = np.unique(query[order], return_index=True, return_counts=True)
    if len(starts) < 4:
        raise DataError(f"{len(starts)} queries have ratings; at least 4 are wanted.")
    generator = np.random.default_rng(seed)
    found = np.empty(draws)
    for draw in range(draws):
        asked = generator.permutation(len(starts))[: len(starts) // 2]
        rows = order[starts[asked] + generator.integers(counts[asked])]
        found[draw] = _pearson(rankdata(scores[rows]), rankdata(ratings[rows]))
    found = found[np.isfinite(found)]
    if not len(found):
        return GradedLink(float("nan"), float("nan"), len(starts))
    return GradedLink(float(found.mean()), float(found.std()), len(starts))


def gaussian_figures(mean: np.ndarray, std: np.ndarray, ratings: np.ndarray) -> dict[str, float]:
    """How well N(mean, std²) foretells human ratings on the scale of the similarity.

    Args:
        mean: float (P,); std: float (P,), above 0.
        ratings: float (P,), on the same scale: a score of 0 to 5 divided by 5.

    Returns:
        nll (nats, mean over pairs), crps (in units of the rating), miscalibration (area between
        said and seen shares of central intervals, 0 to 0.5) and sharpness (root mean square of
        std). Less is better; sharpness only beside the others.

    Raises: ShapeError where the columns do not fit each other, hold NaN or a std is not positive.

    Source: the definitions of the package uncertainty_toolbox, which computes them.
    """
    from uncertainty_toolbox import metrics

    mean, std, ratings = columns(mean=mean, std=std, ratings=ratings)
    if std.min() <= 0:
        raise ShapeError(f"std goes down to {std.min():g}; wanted is above 0 for every pair.")
    given = mean, std, ratings
    return {
        "nll": float(metrics.nll_gaussian(*given)),
        "crps": float(metrics.crps_gaussian(*given)),
        "miscalibration": float(metrics.miscalibration_area(*given)),
        "sharpness": float(metrics.sharpness(std)),
    }


def disagreement(judgements: np.ndarray) -> np.ndarray:
    """How much the judges of each pair differ.

    Args:
        judgements: float (P, J), one column per judge, J at least 2; or (P,), the share of J who
            said yes, in [0, 1].

    Returns:
        float64 (P,): of judges the standard deviation, in units of the judgement; of shares y
        the variance y (1 - y), 0 to 0.25, which is in the order of the standard deviation.

    Raises: ShapeError where there is one judge only, a share is none, or a value is NaN.
    """
    judgements = np.asarray(judgements, np.float64)
    if judgements.ndim == 2 and judgements.shape[1] >= 2:
        columns(judgements=judgements.ravel())
        return judgements.std(axis=1)
    if judgements.ndim != 1:
        raise ShapeError(
            f"judgements have shape {judgements.shape}; wanted (P, J) of at least 2 judges, or "
            "(P,) shares of yes."
        )
    (shares,) = columns(judgements=judgements)
    if shares.min() < 0 or shares.max() > 1:
        raise ShapeError(
            f"Shares of yes go from {shares.min():g} to {shares.max():g}; wanted is 0 to 1. "
            "Give graded judgements as (P, J), one column per judge."
        )
    return shares * (1 - shares)


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    length = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / length) if length > 0 else float("nan")
