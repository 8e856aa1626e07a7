"""How sure is the first choice? P(it is the best of its line) for many lines at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from vacsr_core.similarity import Similarity

RIVALS = 100  # the strongest of a line; the others' chances together are far below one percent
_NODES, _SHARES = np.polynomial.hermite.hermgauss(32)
_LINES = 32  # at once: 32 lines x 100 rivals x 64 points in float64 are 1.6 MB
_SMALLEST = 1e-300  # keeps the logarithm of a chance finite


def chance_best(
    sim: Similarity,
    kind: str,
    query: np.ndarray,
    choice: np.ndarray,
    is_left_out: np.ndarray | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> np.ndarray:
    """P(the choice is the most similar of its line), by Gauss-Hermite quadrature.

    The expectation, over the choice's own logit, of the chance that all rivals are below it. In
    lines of more than 101 items only the 100 strongest rivals are asked, so that a library of
    millions of pairs takes seconds; up to that it agrees with `Similarity.prob_best`.

    Args:
        sim: N x M pairs.
        kind: "caption" where lines are captions and choices images, "image" the other way round.
        query: int (Q,), the lines; choice: int (Q,), an item of each.
        is_left_out: bool (lines, items), rivals that do not count; None for none.
        progress: called with (share done, text); may raise CancelledError.

    Returns:
        float64 (Q,) in [0, 1]; 1 where there is no rival.
    """
    means, variances = sim.logit_means, sim.logit_variances
    if kind == "caption":
        means, variances = means.swapaxes(0, 1), variances.swapaxes(0, 1)
    chances = np.empty(len(query))
    for start in range(0, len(query), _LINES):
        part = slice(start, start + _LINES)
        lines = query[part]
        out = None if is_left_out is None else is_left_out[lines]
        chances[part] = _of_lines(means[lines], variances[lines], sim.weights, choice[part], out)
        if progress is not None:
            progress((start + len(lines)) / len(query), f"{start + len(lines):,} first choices")
    return chances


def _of_lines(
    means: np.ndarray,
    variances: np.ndarray,
    weights: np.ndarray,
    choice: np.ndarray,
    is_left_out: np.ndarray | None,
) -> np.ndarray:
    """float64 (B,) of lines (B, R, K)."""
    lines = np.arange(len(choice))
    means, variances = means.astype(np.float64), variances.astype(np.float64)
    strength = _lead(means, variances, weights, choice)  # (B, R)
    strength[lines, choice] = -np.inf
    if is_left_out is not None:
        strength[is_left_out] = -np.inf
    count = min(RIVALS, strength.shape[1])
    strongest = np.argpartition(-strength, count - 1, axis=1)[:, :count]
    is_rival = np.isfinite(np.take_along_axis(strength, strongest, axis=1))
    own_mean, own_deviation = means[lines, choice], np.sqrt(variances[lines, choice])  # (B, K)
    points = own_mean[..., None] + np.sqrt(2.0) * own_deviation[..., None] * _NODES  # (B, K, G)
    points = points.reshape(len(lines), 1, -1)
    below = np.zeros((len(lines), count, points.shape[-1]))
    for k, weight in enumerate(weights):
        mean = means[lines[:, None], strongest, k][..., None]
        deviation = np.sqrt(variances[lines[:, None], strongest, k])[..., None]
        below += weight * ndtr((points - mean) / deviation)
    logs = np.where(is_rival[..., None], np.log(np.maximum(below, _SMALLEST)), 0.0).sum(axis=1)
    shares = (np.asarray(weights)[:, None] * _SHARES / np.sqrt(np.pi)).ravel()
    return np.clip(np.exp(logs) @ shares, 0.0, 1.0)


def _lead(
    means: np.ndarray, variances: np.ndarray, weights: np.ndarray, choice: np.ndarray
) -> np.ndarray:
    """How far each rival's logit lies above the choice's, in deviations of the difference."""
    mean = means @ weights  # (B, R)
    variance = (variances + means**2) @ weights - mean**2
    lines = np.arange(len(choice))[:, None]
    choice = choice[:, None]
    return (mean - mean[lines, choice]) / np.sqrt(variance + variance[lines, choice])
