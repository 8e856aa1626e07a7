"""The first choices of every query, and the chance that each of them is the most similar one."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vacsr_core import mixture
from vacsr_core.errors import ShapeError
from vacsr_core.similarity import Similarity

MOST = 50
_CANDIDATES_AT_ONCE = 8_192  # of all queries of a block: working arrays of some 16 MB
_POINTS = 128


@dataclass(frozen=True, eq=False)
class Leaders:
    """The k candidates of highest mean similarity for each of Q queries, best first.

    Args:
        axis: 0 = images for each caption (Q = M), 1 = captions for each image (Q = N).
        candidate: int64 (Q, k), row of the image or column of the caption.
        means, variances: float32 (Q, k, K), of the candidates' logits.
        weights: (K,).
    """

    axis: int
    candidate: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    weights: np.ndarray

    def __getitem__(self, queries: np.ndarray) -> Leaders:
        """The chosen queries; `pairs` needs all of them in their order."""
        parts = (self.candidate[queries], self.means[queries], self.variances[queries])
        return Leaders(self.axis, *parts, self.weights)

    @cached_property
    def best(self) -> np.ndarray:
        """P(candidate is the most similar of the k): float64 (Q, k), rows sum to 1.

        Candidates beyond the k-th are taken to have no chance.
        """
        return self.best_with(1.0)

    def best_with(self, spread: float, points: int = _POINTS) -> np.ndarray:
        """The same, had every logit `spread` times its standard deviation.

        Args:
            points: of the grid that the integral is over; fewer are quicker and less exact.
        """
        queries, most = self.candidate.shape
        result, at_once = np.empty((queries, most)), max(1, _CANDIDATES_AT_ONCE // most)

        def fill(start: int) -> None:
            block = slice(start, start + at_once)
            result[block] = _best(
                self.means[block], spread**2 * self.variances[block], self.weights, points
            )

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(fill, range(0, queries, at_once)))  # a list, so that errors are raised
        return result

    def pairs(self, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Image rows and caption columns of the first `most` candidates, int64 (Q, most) each."""
        chosen = self.candidate[:, :most]
        query = np.broadcast_to(np.arange(len(chosen))[:, None], chosen.shape)
        return (chosen, query) if self.axis == 0 else (query, chosen)


def leaders(sim: Similarity, axis: int, most: int = MOST) -> Leaders:
    """The first candidates of every query.

    Args:
        axis: 0 = among images, for each caption; 1 = among captions, for each image.
        most: k; fewer where there are fewer candidates.

    Raises:
        ShapeError: another axis, or nothing to choose from.
    """
    if axis not in (0, 1) or 0 in sim.shape:
        raise ShapeError(f"axis {axis} of pairs {sim.shape} asked for; wanted 0 or 1 of some.")
    means, variances, cosine, score = sim.logit_means, sim.logit_variances, sim.cosine, sim.mean
    if axis == 0:
        means, variances = means.swapaxes(0, 1), variances.swapaxes(0, 1)
        cosine, score = cosine.T, score.T
    most = min(most, score.shape[1])
    candidate = np.argpartition(-score, most - 1, axis=1)[:, :most]
    row = np.arange(len(score))[:, None]
    # Equal means, as a saturated sigmoid gives them, are ordered by the cosine.
    order = np.lexsort((-cosine[row, candidate], -score[row, candidate]), axis=1)
    candidate = np.take_along_axis(candidate, order, axis=1)
    return Leaders(axis, candidate, means[row, candidate], variances[row, candidate], sim.weights)


def _best(means: np.ndarray, variances: np.ndarray, weights: np.ndarray, points: int) -> np.ndarray:
    """The integral of the chance that one is at x and all others below, on an even grid."""
    deviation = np.sqrt(variances, dtype=np.float64)
    lowest = (means - 5 * deviation).min(axis=2).max(axis=1)  # the leader of leaders is above it
    highest = (means + 5 * deviation).max(axis=(1, 2))
    grid = np.linspace(lowest, highest, points, axis=1)[:, None, :]  # (Q, 1, G)
    with np.errstate(divide="ignore"):
        below = mixture.logit_cdf(
            grid, means[:, :, None, :], variances[:, :, None, :], weights
        )  # (Q, k, G)
        logs = np.maximum(np.log(below), -700.0)
    rises = np.diff(logs, axis=2)
    steps = np.diff(np.exp(logs.sum(axis=1)), axis=1)  # (Q, G - 1)
    share = np.einsum("qkg,qg->qk", rises, steps / np.maximum(rises.sum(axis=1), 1e-300))
    return share / np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
