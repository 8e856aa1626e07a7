"""Shortlist: the pairs that a search would show, and whether P(match) keeps its word on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.error_analysis.answers import KINDS
from vacsr_core.error_analysis.enough import BINS, INTERVAL, MATCHES, PAIRS, TooFew
from vacsr_core.error_analysis.truth import Truth
from vacsr_core.errors import DataError
from vacsr_core.metrics.calibration import Reliability, brier_skill, reliability
from vacsr_core.metrics.intervals import percentile_interval
from vacsr_core.similarity import Similarity

PER_QUERY = 20  # over all pairs nearly everything is no match, and any constant looks calibrated
_RESAMPLES = 2_000
_SURE = 1e-6  # chances are kept this far from 0 and 1, where odds have no number


@dataclass(frozen=True, eq=False)
class Shortlist:
    """The pairs among the first 20 of any query that has a match, each pair once.

    Args:
        rows, columns: int64 (P,), image and caption of each pair.
        chance: float64 (P,), P(match) as the app shows it: for even odds.
        is_match: bool (P,).
    """

    rows: np.ndarray
    columns: np.ndarray
    chance: np.ndarray
    is_match: np.ndarray

    @property
    def share(self) -> float:
        """How many of the pairs match, in [0, 1]."""
        return float(self.is_match.mean()) if len(self.is_match) else float("nan")


@dataclass(frozen=True, eq=False)
class Calibration:
    """Whether P(match) keeps its word.

    Args:
        pairs, matches: how many were looked at, and how many of them match.
        chance: float64 (P,), what was said of each pair.
        reliability: bins of equally many pairs.
        skill: Brier skill, 1 - Brier score / that of always saying the share of matches; above 0
            is better than knowing that share alone.
        low, high: 95 % bootstrap interval of the skill over images; None below 10 images.
    """

    pairs: int
    matches: int
    chance: np.ndarray
    reliability: Reliability
    skill: float
    low: float | None
    high: float | None


def shortlist(sim: Similarity, truth: Truth, per_query: int = PER_QUERY) -> Shortlist:
    """Collect the first `per_query` items of every query with a match, in both directions.

    Queries without a match are passed over, because nobody said what belongs to them, and so
    are pairs that are left out.
    """
    is_listed = np.zeros(sim.shape, bool)
    for kind in KINDS:
        is_match, _ = truth.of_queries(kind)
        asked = np.flatnonzero(is_match.any(axis=1))
        scores = (sim.mean.T if kind == "caption" else sim.mean)[asked]
        count = min(per_query, is_match.shape[1])
        if not len(asked) or not count:
            continue
        top = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        lines = np.repeat(asked, count)
        place = (top.ravel(), lines) if kind == "caption" else (lines, top.ravel())
        is_listed[place] = True
    rows, columns = np.nonzero(is_listed & ~truth.is_left_out)
    chance = sim.match_probability[rows, columns].astype(np.float64)
    return Shortlist(rows, columns, chance, truth.is_match[rows, columns])


def at_base_rate(chance: np.ndarray, share: float) -> np.ndarray:
    """Chances for even odds as chances where only `share` of the pairs match.

    The order stays; only the odds are multiplied, by share / (1 - share).

    Args:
        chance: float (P,) in [0, 1], for even odds.
        share: of matches, in (0, 1).

    Source: C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.
    """
    if not 0.0 < share < 1.0:
        raise DataError(f"The share of matches is {share}; wanted is a number between 0 and 1.")
    held = np.clip(np.asarray(chance, np.float64), _SURE, 1.0 - _SURE)
    odds = held / (1.0 - held) * share / (1.0 - share)
    return odds / (1.0 + odds)


def judge(pairs: Shortlist, has_base_rate: bool = True) -> Calibration | TooFew:
    """Compare P(match) with what is true on shortlisted pairs.

    Args:
        pairs: from `shortlist`.
        has_base_rate: whether the chances are first brought from even odds to the list's own
            share of matches. Without that they are judged as the app shows them.
    """
    matches = int(pairs.is_match.sum())
    others = len(pairs.is_match) - matches
    for things, have, need in (
        ("shortlisted pairs", len(pairs.is_match), PAIRS),
        ("shortlisted matches", matches, MATCHES),
        ("shortlisted pairs that do not match", others, MATCHES),
    ):
        if have < need:
            return TooFew("A reliability diagram", things, have, need)
    chance = at_base_rate(pairs.chance, pairs.share) if has_base_rate else pairs.chance
    bins = reliability(chance, pairs.is_match, bins=BINS, by="mass")
    low, high = _skill_interval(chance, pairs)
    skill = brier_skill(chance, pairs.is_match)
    return Calibration(len(chance), matches, chance, bins, skill, low, high)


def _skill_interval(chance: np.ndarray, pairs: Shortlist) -> tuple[float | None, float | None]:
    """The pairs of one image are drawn together, because they share its difficulties."""
    _, place = np.unique(pairs.rows, return_inverse=True)
    if place.max() + 1 < INTERVAL:
        return None, None
    squares = np.bincount(place, (chance - pairs.is_match) ** 2)
    matches, counts = np.bincount(place, pairs.is_match), np.bincount(place)

    def skill(squares, matches, counts, axis=-1):
        share = matches.sum(axis) / counts.sum(axis)
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1.0 - squares.sum(axis) / counts.sum(axis) / (share * (1.0 - share))

    return percentile_interval((squares, matches, counts), skill, _RESAMPLES, seed=0)
