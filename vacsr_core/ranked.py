"""Ranking: one image against many captions, or one caption against many images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core import mixture
from vacsr_core.errors import ShapeError
from vacsr_core.sentences import TELL_APART
from vacsr_core.similarity import Similarity

_FIRST_LOOK = 32  # how far ahead a run of ties is looked for at first
_NEGLIGIBLE = 1e-4  # chance of being the best that all rivals left out share between them
_MOST_VALUES = 1_000_000  # rivals times grid points: some 8 MB an array
_LOG_OF_NOTHING = -700.0


@dataclass(frozen=True, eq=False)
class Ranking:
    """R rivals in the order of their mean similarity, the most similar first.

    Args:
        order: int (R,), position of each rank's rival in the line that was ranked.
        line: Similarity of the rivals in that order, shape (1, R).
        best: float (R,), P(this rival is the most similar of all), sums to 1.
        ties: runs of ranks that can't be told apart, as (first, last) counted from 0, R > first
            and last > first; they do not overlap.
    """

    order: np.ndarray
    line: Similarity
    best: np.ndarray
    ties: tuple[tuple[int, int], ...]

    @property
    def tied_at_top(self) -> int:
        """How many ranks from the first on can't be told apart; 1 = the first stands alone."""
        return self.ties[0][1] + 1 if self.ties and self.ties[0][0] == 0 else 1


def rank(line: Similarity) -> Ranking:
    """Rank the pairs of one line.

    Args:
        line: Similarity of one image with R captions (1, R), or of R images with one caption
            (R, 1).

    Returns:
        Ranking of the R rivals; equal means keep their order.

    Raises:
        ShapeError: more than one line, or an empty one.
    """
    if 1 not in line.shape or 0 in line.shape:
        raise ShapeError(f"A ranking needs one row or one column of pairs, not {line.shape}.")
    lying = line if line.shape[0] == 1 else _turned(line)
    order = np.argsort(-lying.mean[0], kind="stable")
    lying = lying[:, order]
    return Ranking(order, lying, _chance_of_best(lying), _ties(lying))


def _turned(line: Similarity) -> Similarity:
    """A column of pairs as a row."""
    return Similarity(
        line.cosine.T,
        line.logit_means.swapaxes(0, 1),
        line.logit_variances.swapaxes(0, 1),
        line.weights,
        line.match_scale,
        line.match_offset,
    )


def _chance_of_best(line: Similarity) -> np.ndarray:
    """P(best) of every rival: the sum over x of P(it is at x) times P(all others are below x).

    Only the stretch in which the greatest logit lies is integrated over, and only rivals that
    reach it take part, so that thousands of rivals take a fraction of a second.
    """
    mixture_of = (line.logit_means[0], line.logit_variances[0])
    floor = _where_greatest(mixture_of, line.weights, _NEGLIGIBLE / 2)
    ceiling = _where_greatest(mixture_of, line.weights, 1.0 - _NEGLIGIBLE / 2)
    above = 1.0 - mixture.logit_cdf(floor, *mixture_of, line.weights)
    leaders = np.flatnonzero(above >= _NEGLIGIBLE / 2 / len(above))
    means, variances = (part[leaders][:, None] for part in mixture_of)

    def log_below(grid: np.ndarray) -> np.ndarray:  # (R', G)
        with np.errstate(divide="ignore"):
            return np.log(mixture.logit_cdf(grid, means, variances, line.weights))

    points = int(np.clip(_MOST_VALUES / len(leaders), 32, 256))
    even = np.linspace(floor, ceiling, points)
    greatest = np.exp(log_below(even).sum(axis=0))
    shares = np.linspace(greatest[0], greatest[-1], points)
    grid = np.unique(np.r_[even, np.interp(shares, greatest, even)])
    logs = np.maximum(log_below(grid), _LOG_OF_NOTHING)
    # d(product of all F) = product * sum of d(log F): each rival's part of every step.
    rises = np.diff(logs, axis=1)
    steps = np.diff(np.exp(logs.sum(axis=0)))
    share = rises @ (steps / np.maximum(rises.sum(axis=0), 1e-300))
    result = np.zeros(len(above))
    result[leaders] = share / share.sum()
    return result


def _where_greatest(mixture_of: tuple, weights: np.ndarray, level: float) -> float:
    """The logit below which the greatest of all rivals lies with the chance `level`."""
    means, spread = mixture_of[0], np.sqrt(mixture_of[1], dtype=np.float64)
    low, high = float((means - 9 * spread).min()), float((means + 9 * spread).max())
    for _ in range(50):
        middle = 0.5 * (low + high)
        with np.errstate(divide="ignore"):
            all_below = np.log(mixture.logit_cdf(middle, *mixture_of, weights)).sum()
        low, high = (middle, high) if all_below < np.log(level) else (low, middle)
    return low


def _ties(line: Similarity) -> tuple[tuple[int, int], ...]:
    """Runs in which neither the first nor any predecessor is above a rank with 75 % chance.

    Measuring every rank against the first of its run keeps runs short: a chain of neighbours
    alone would join the best with the worst as soon as there are many rivals in between.
    """
    count = line.shape[1]
    ranks = np.arange(count)
    over_next = _greater(line, ranks[:-1], ranks[1:])
    runs, first = [], 0
    while first < count - 1:
        last = first + _reach(line, over_next, first)
        if last > first:
            runs.append((first, last))
        first = last + 1
    return tuple(runs)


def _reach(line: Similarity, over_next: np.ndarray, first: int) -> int:
    """How many ranks after `first` belong to its run."""
    count, reached, look = line.shape[1], 0, _FIRST_LOOK
    while first + reached + 1 < count:
        rivals = np.arange(first + reached + 1, min(count, first + reached + 1 + look))
        is_tied = (_greater(line, np.full_like(rivals, first), rivals) < TELL_APART) & (
            over_next[rivals - 1] < TELL_APART
        )
        if not is_tied.all():
            return reached + int(is_tied.argmin())
        reached, look = reached + len(rivals), 2 * look
    return reached


def _greater(line: Similarity, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    row = np.zeros_like(first)
    return np.atleast_1d(line.prob_greater((row, first), (row, second)))
