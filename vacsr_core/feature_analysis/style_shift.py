"""The style test: which columns move when only the style changes, and are they those of low p?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import permutation_test, rankdata

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.feature_analysis.standing import Spread
from vacsr_core.leaning import QUARTER

CHANCE = 0.05  # a link that shuffled columns show less often than this is called one
FEWEST_COLUMNS = 8


@dataclass(frozen=True, eq=False)
class StyleShift:
    """How far columns moved, and how that goes with p.

    Args:
        moved: float64 (D,), mean signed move of each column over the items, in standard
            deviations of the library.
        size: float64 (D,), root mean square of the moves.
        items: how many items were changed.
        link: Spearman's rank correlation of `size` and p over the columns that vary; below 0
            where columns of low p move more. NaN where it cannot be told.
        chance: two-sided permutation p-value of `link`: how often columns in a shuffled order
            show as strong a link. NaN where `link` is.
        low_share: share of the whole squared movement that falls on the columns of lowest p.
        low_expected: the share of columns that these are.
    """

    moved: np.ndarray
    size: np.ndarray
    items: int
    link: float
    chance: float
    low_share: float
    low_expected: float

    @property
    def verdict(self) -> str:
        """ "style" or "meaning" columns move more, "neither", or "still" where none moves."""
        if not self.size.any() or np.isnan(self.link):
            return "still"
        if self.chance >= CHANCE:
            return "neither"
        return "style" if self.link < 0 else "meaning"


def style_shift(
    before: np.ndarray,
    after: np.ndarray,
    spread: Spread,
    probability: np.ndarray,
    resamples: int = 1_999,
    seed: int = 0,
) -> StyleShift:
    """Compare items before and after a change of style.

    Args:
        before, after: float (M, D), unit vectors of the same M items.
        spread: what is usual in the library's items of that kind; moves are measured in it.
        probability: float (D,), p of each column.
        resamples: how often the columns are shuffled.
        seed: of the shuffling.

    Raises:
        ShapeError: the arrays do not fit.
        DataError: fewer than 8 columns vary, so no link can be seen.
    """
    before, after, p = (np.asarray(a, np.float64) for a in (before, after, probability))
    if before.shape != after.shape or before.ndim != 2 or before.shape[1:] != p.shape:
        raise ShapeError(
            f"before {before.shape}, after {after.shape} and probability {p.shape} do not fit; "
            "wanted are (M, D), (M, D) and (D,)."
        )
    varies = ~spread.is_constant
    if varies.sum() < FEWEST_COLUMNS:
        raise DataError(
            f"Only {varies.sum()} of {len(p)} columns vary over this library; {FEWEST_COLUMNS} are "
            "needed to see which ones a change moves. Add items that differ."
        )
    moves = spread.in_deviations(after - before)  # (M, D)
    size = np.sqrt((moves**2).mean(axis=0))
    link, chance = _link(size[varies], p[varies], resamples, seed)
    low = np.flatnonzero(varies)[np.argsort(p[varies], kind="stable")]
    low = low[: max(1, round(QUARTER * len(low)))]
    total = float((size**2).sum())
    return StyleShift(
        moved=moves.mean(axis=0),
        size=size,
        items=len(before),
        link=link,
        chance=chance,
        low_share=float((size[low] ** 2).sum()) / total if total else float("nan"),
        low_expected=len(low) / int(varies.sum()),
    )


def _link(size: np.ndarray, p: np.ndarray, resamples: int, seed: int) -> tuple[float, float]:
    """Spearman's correlation and its permutation p-value; NaN where one side is all the same."""
    if np.ptp(size) == 0.0 or np.ptp(p) == 0.0:
        return float("nan"), float("nan")
    first, second = (_centred_ranks(values) for values in (size, p))
    found = permutation_test(
        (first,),
        lambda shuffled, axis: shuffled @ second,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=resamples,
        rng=seed,
    )
    return float(found.statistic), float(found.pvalue)


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of mean 0 and length 1, so that the product of two is Spearman's correlation."""
    ranks = rankdata(values)
    ranks -= ranks.mean()
    return ranks / np.linalg.norm(ranks)
