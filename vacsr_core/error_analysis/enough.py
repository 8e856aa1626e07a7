"""How many answers a figure needs: below that it is not drawn, and the need is said instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from vacsr_core.metrics.intervals import share_interval

GALLERY = 2  # with one item to choose from the first choice is always right
INTERVAL = 10  # fewer draws give a bootstrap so few distinct means that its ends are chance
CURVE = 20  # one answer more or less then moves the curve by at most 5 points
ERRORS = 5  # of either kind: with four, one answer moves the AUROC by a quarter
BINS = 15  # of the reliability diagram, as in the usual expected calibration error
PAIRS = 10 * BINS  # ten pairs in each bin: the share of a bin is known to about 15 points
MATCHES = 10  # of either kind among the pairs: the skill divides by their variance


@dataclass(frozen=True)
class TooFew:
    """What a figure lacks.

    Args:
        figure: what cannot be given, as the beginning of a sentence, "A reliability diagram".
        things: what it is made of, in the plural.
        have, need: how many there are, and how many there must be.
    """

    figure: str
    things: str
    have: int
    need: int

    @property
    def sentence(self) -> str:
        """What is there, what is wanted, how many more.

        Example:
            >>> TooFew("A curve", "captions with an image", 4, 20).sentence
            'A curve needs 20 captions with an image; there are 4, so 16 more are wanted.'
        """
        is_one = self.need - self.have == 1
        return (
            f"{self.figure} needs {self.need:,} {self.things}; there "
            f"{'is' if self.have == 1 else 'are'} {self.have:,}, so {self.need - self.have:,} more "
            f"{'is' if is_one else 'are'} wanted."
        )


@dataclass(frozen=True)
class Share:
    """A share of queries with its 95 % interval.

    Args:
        hits, of: how many of how many.
        low, high: the interval's ends in [0, 1]; None where fewer than 10 groups were drawn.
    """

    hits: int
    of: int
    low: float | None
    high: float | None

    @property
    def value(self) -> float:
        """hits / of; NaN of nothing."""
        return self.hits / self.of if self.of else float("nan")


def share(is_hit: np.ndarray, group: np.ndarray, seed: int = 0) -> Share:
    """The share of hits with a bootstrap interval over groups.

    Where all hits are alike every draw gives the same share; the exact binomial interval
    (Clopper and Pearson, 1934) over the number of groups says what is known then.

    Args:
        is_hit: bool (Q,).
        group: int (Q,), queries that are drawn together.
        seed: of the draws.
    """
    hits, of = int(np.sum(is_hit)), len(is_hit)
    groups = len(np.unique(group))
    if groups < INTERVAL:
        return Share(hits, of, None, None)
    if hits in (0, of):
        ends = binomtest(groups if hits else 0, groups).proportion_ci(0.95, "exact")
        return Share(hits, of, float(ends.low), float(ends.high))
    return Share(hits, of, *share_interval(np.asarray(is_hit), group, seed=seed))
