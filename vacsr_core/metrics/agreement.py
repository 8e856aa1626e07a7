"""Does the similarity rise with what people said? Rank correlation and its interval."""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau

from vacsr_core.errors import ShapeError
from vacsr_core.metrics.intervals import grouped_interval


def judgement_tau(scores: np.ndarray, judgements: np.ndarray, variant: str = "c") -> float:
    """Kendall's tau of scores and judgements.

    Args:
        scores: float (P,), one per pair.
        judgements: float (P,), more is better; or (P, J) of J judges, where every judgement is
            a row of its own, as in CLIPScore (arXiv 2104.08718, section 4).
        variant: "c" for a scale of few steps, "b" for ties on both sides.

    Returns: float in [-1, 1]; NaN where all scores or all judgements are the same.

    Raises: ShapeError where scores and judgements differ in number.
    """
    scores, judgements = np.asarray(scores, float), np.asarray(judgements, float)
    if scores.ndim != 1 or len(judgements) != len(scores):
        raise ShapeError(
            f"scores {scores.shape} and judgements {judgements.shape}; wanted (P,) and (P, ...)."
        )
    repeated = np.repeat(scores, judgements.size // max(len(judgements), 1))
    return float(kendalltau(repeated, judgements.ravel(), variant=variant).statistic)


def tau_interval(
    scores: np.ndarray,
    judgements: np.ndarray,
    group: np.ndarray,
    variant: str = "c",
    resamples: int = 200,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of `judgement_tau` over groups of pairs.

    Args:
        scores, judgements, variant: as of `judgement_tau`.
        group: int (P,), pairs that are drawn together: those of one image.
        resamples: how many draws.
        seed: of the draws.

    Raises: DataError with fewer than two groups.
    """
    scores, judgements = np.asarray(scores, float), np.asarray(judgements, float)

    def statistic(rows: np.ndarray) -> float:
        return judgement_tau(scores[rows], judgements[rows], variant)

    return grouped_interval(group, statistic, resamples, seed)
