"""One pair's density as a curve: where to evaluate it, and how high to draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vacsr_core.similarity import Similarity

_EVEN_POINTS = np.linspace(0.0, 1.0, 201)
_SPREAD = np.linspace(-4.0, 4.0, 49)
_STRIPS = np.linspace(0.0, 1.0, 101)


def points(belief: Similarity) -> np.ndarray:
    """Where to evaluate a density: evenly, and closer where a component is narrow.

    Args:
        belief: Similarity of shape (1, 1).

    Returns:
        float64 (G,), rising from 0 to 1.
    """
    deviation = np.sqrt(belief.logit_variances[0, 0].astype(np.float64))
    logits = belief.logit_means[0, 0][:, None] + deviation[:, None] * _SPREAD
    close = 1.0 / (1.0 + np.exp(-logits.ravel()))
    return np.unique(np.concatenate([_EVEN_POINTS, close]))


def density(belief: Similarity, grid: np.ndarray) -> np.ndarray:
    """The density at (G,) points, float64 (G,), of a Similarity of shape (1, 1)."""
    return belief.pdf(grid)[0, 0]


def height(belief: Similarity) -> float:
    """How high to draw a density so that a needle at one end does not flatten the rest.

    The peak, but at most 1.5 times the greatest average over a hundredth of the axis.
    """
    peak = float(density(belief, points(belief)).max())
    averages = np.diff(belief.cdf(_STRIPS)[0, 0]) * (len(_STRIPS) - 1)
    return min(peak, 1.5 * float(averages.max()))


def components(belief: Similarity) -> list[Similarity]:
    """Each component of a (1, 1) Similarity as a distribution of its own, in its order."""
    return [
        replace(
            belief,
            logit_means=belief.logit_means[..., k : k + 1],
            logit_variances=belief.logit_variances[..., k : k + 1],
            weights=np.ones(1),
            members=1,
        )
        for k in range(len(belief.weights))
    ]
