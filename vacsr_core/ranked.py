"""Ranking: one image against many captions, or one caption against many images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.sentences import TELL_APART
from vacsr_core.similarity import Similarity

_FIRST_LOOK = 32  # how far ahead a run of ties is looked for at first


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
    best = lying.prob_best(axis=1)[0]
    return Ranking(order, lying, best, _ties(lying))


def _turned(line: Similarity) -> Similarity:
    """A column of pairs as a row."""
    return Similarity(
        line.cosine.T,
        line.logit_means.swapaxes(0, 1),
        line.logit_variances.swapaxes(0, 1),
        line.weights,
        line.match_scale,
        line.match_offset,
        len(line.cosine) if line.gallery is None else line.gallery,
        line.members,
    )


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
