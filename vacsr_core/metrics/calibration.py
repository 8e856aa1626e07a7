"""Is a chance what it says? Reliability, calibration error, Brier skill and log loss.

Over all pairs of a gallery these say nothing: matches are so rare that a constant answer looks
calibrated. Ask on shortlists, and read the Brier skill and the prevalence beside the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.columns import binary, columns

EDGE = 1e-7  # a chance nearer to 0 or 1 counts as this far from it: no single pair costs infinity
BY = ("mass", "width")


@dataclass(frozen=True, eq=False)
class Reliability:
    """What was said and what came true, bin by bin; empty bins are left out.

    Args:
        chance: float64 (B,), mean chance in each bin, ascending.
        share: float64 (B,), share of matches in each bin.
        count: int64 (B,), pairs in each bin.
        low, high: float64 (B,), Wilson's 95 % interval of the share.
    """

    chance: np.ndarray
    share: np.ndarray
    count: np.ndarray
    low: np.ndarray
    high: np.ndarray


def reliability(
    chance: np.ndarray, labels: np.ndarray, bins: int = 15, by: str = "mass"
) -> Reliability:
    """The reliability diagram of chances for labels.

    Args:
        chance: float (P,) in [0, 1].
        labels: (P,) of 0 or 1.
        bins: at most so many; equal chances never part, so there may be fewer.
        by: "mass" for bins of about as many pairs each, "width" for bins of equal width.

    Raises: ShapeError where the columns do not fit each other, hold NaN or leave their range;
        DataError where `bins` or `by` is not one of those.
    """
    from scipy.stats import (
        binomtest,
    )  # slow to load, and pages that only show P(match) need the rest

    chance, labels = _checked(chance, labels)
    if bins < 1 or by not in BY:
        raise DataError(f"{bins} bins by {by!r}; wanted is at least 1, by {' or '.join(BY)}.")
    steps = np.linspace(0, 1, bins + 1)
    edges = np.quantile(chance, steps) if by == "mass" else steps
    place = np.searchsorted(edges[1:-1], chance)
    count = np.bincount(place, minlength=bins)
    is_used = count > 0
    matches = np.bincount(place, labels, bins)[is_used].astype(int)
    total = np.bincount(place, chance, bins)[is_used]
    count = count[is_used]
    wilson = [
        binomtest(int(yes), int(all_of_it)).proportion_ci(method="wilson")
        for yes, all_of_it in zip(matches, count, strict=True)
    ]
    low, high = np.array(wilson).T
    return Reliability(total / count, matches / count, count, low, high)


def calibration_error(
    chance: np.ndarray, labels: np.ndarray, bins: int = 15, by: str = "mass"
) -> float:
    """Expected calibration error: how far chance and share of matches lie apart, mean over pairs.

    Args, Raises: as of `reliability`.

    Returns: float in [0, 1].
    """
    found = reliability(chance, labels, bins, by)
    return float(np.average(np.abs(found.chance - found.share), weights=found.count))


def brier_score(chance: np.ndarray, labels: np.ndarray) -> float:
    """Mean squared distance of chance and label, in [0, 1]; args as of `reliability`."""
    chance, labels = _checked(chance, labels)
    return float(np.mean((chance - labels) ** 2))


def brier_skill(chance: np.ndarray, labels: np.ndarray) -> float:
    """1 - Brier score / that of always saying the prevalence.

    Args, Raises: as of `reliability`.

    Returns: float <= 1; 0 for the prevalence itself, NaN where all labels are the same.
    """
    spread = float(np.var(np.asarray(labels, np.float64)))
    score = brier_score(chance, labels)
    return 1.0 - score / spread if spread > 0 else float("nan")


def log_loss(chance: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative log likelihood of the labels, in nats.

    Args, Raises: as of `reliability`.
    """
    return float(log_losses(chance, labels).mean())


def log_losses(chance: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Negative log likelihood of every label, float64 (P,) in nats.

    Args, Raises: as of `reliability`.
    """
    chance, labels = _checked(chance, labels)
    said = np.clip(np.where(labels == 1, chance, 1 - chance), EDGE, 1 - EDGE)
    return -np.log(said)


def figures(chance: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """All figures of a chance of a match.

    Args, Raises: as of `reliability`.

    Returns:
        pairs, prevalence, log_loss (nats), brier, brier_skill, ece (15 bins of equal mass) and
        ece_width (15 of equal width).
    """
    return {
        "pairs": len(labels),
        "prevalence": float(np.mean(labels)),
        "log_loss": log_loss(chance, labels),
        "brier": brier_score(chance, labels),
        "brier_skill": brier_skill(chance, labels),
        "ece": calibration_error(chance, labels),
        "ece_width": calibration_error(chance, labels, by="width"),
    }


def _checked(chance: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chance, labels = columns(chance=chance, labels=labels)
    binary("labels", labels)
    if chance.min() < -EDGE or chance.max() > 1 + EDGE:
        raise ShapeError(
            f"chance goes from {chance.min():g} to {chance.max():g}; wanted is 0 to 1. Turn a "
            "similarity into P(match) first."
        )
    return chance.clip(0.0, 1.0), labels
