"""Shortlist: the pairs that a search would show, and whether P(match) keeps its word on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core import calibration
from vacsr_core.error_analysis.enough import BINS, INTERVAL, MATCHES, PAIRS, TooFew
from vacsr_core.error_analysis.truth import Truth
from vacsr_core.metrics.calibration import Reliability, brier_skill, reliability
from vacsr_core.metrics.intervals import percentile_interval
from vacsr_core.similarity import Similarity

_RESAMPLES = 2_000


@dataclass(frozen=True, eq=False)
class Shortlist:
    """The pairs among the first 20 of any query that has a match, each pair once.

    Over all pairs nearly everything is no match, and any constant would look calibrated.

    Args:
        rows, columns: int64 (P,), image and caption of each pair.
        chance: float64 (P,), P(match).
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
        reliability: bins of about equally many pairs.
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


def shortlist(sim: Similarity, truth: Truth) -> Shortlist:
    """Collect the first 20 items of every query with a match, in both directions.

    Captions without a match are passed over, because nobody said what belongs to them, and so
    are pairs that are left out.
    """
    rows, columns = calibration.shortlist(sim, truth.owner)
    keep = ~truth.is_left_out[rows, columns]
    rows, columns = rows[keep], columns[keep]
    chance = sim.match_probability[rows, columns].astype(np.float64)
    return Shortlist(rows, columns, chance, truth.is_match[rows, columns])


def judge(pairs: Shortlist) -> Calibration | TooFew:
    """Compare P(match) with what is true on shortlisted pairs."""
    matches = int(pairs.is_match.sum())
    others = len(pairs.is_match) - matches
    for things, have, need in (
        ("shortlisted pairs", len(pairs.is_match), PAIRS),
        ("shortlisted matches", matches, MATCHES),
        ("shortlisted pairs that do not match", others, MATCHES),
    ):
        if have < need:
            return TooFew("A reliability diagram", things, have, need)
    bins = reliability(pairs.chance, pairs.is_match, bins=BINS, by="mass")
    low, high = _skill_interval(pairs)
    skill = brier_skill(pairs.chance, pairs.is_match)
    return Calibration(len(pairs.chance), matches, pairs.chance, bins, skill, low, high)


def _skill_interval(pairs: Shortlist) -> tuple[float | None, float | None]:
    """The pairs of one image are drawn together, because they share its difficulties."""
    _, place = np.unique(pairs.rows, return_inverse=True)
    if place.max() + 1 < INTERVAL:
        return None, None
    squares = np.bincount(place, (pairs.chance - pairs.is_match) ** 2)
    matches, counts = np.bincount(place, pairs.is_match), np.bincount(place)

    def skill(squares, matches, counts, axis=-1):
        share = matches.sum(axis) / counts.sum(axis)
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1.0 - squares.sum(axis) / counts.sum(axis) / (share * (1.0 - share))

    return percentile_interval((squares, matches, counts), skill, _RESAMPLES, seed=0)
