"""Is the doubt of use? Keep only the surest answers, and tell wrong ones from right ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.error_analysis.answers import DOUBTS, Answers
from vacsr_core.error_analysis.enough import CURVE, ERRORS, INTERVAL, TooFew
from vacsr_core.errors import DataError
from vacsr_core.metrics.intervals import percentile_interval
from vacsr_core.metrics.uncertainty import error_auroc, risk_coverage

_RESAMPLES = 2_000


@dataclass(frozen=True, eq=False)
class Kept:
    """What remains when only the surest answers are kept.

    Args:
        risk: float64 (Q,), share of errors among the k surest, k = 1 .. Q.
        kept: how many are kept at the coverage asked for.
        right: how many of these are right; in doubt the lower number.
    """

    risk: np.ndarray
    kept: int
    right: int

    @property
    def error(self) -> float:
        """Share of errors among those kept."""
        return float(self.risk[self.kept - 1])

    @property
    def error_of_all(self) -> float:
        """Share of errors among all."""
        return float(self.risk[-1])


def keep_surest(answers: Answers, doubt: str, coverage: float) -> Kept | TooFew:
    """Keep the share `coverage` of the queries that are least in doubt.

    Args:
        answers: of one direction.
        doubt: one of DOUBTS.
        coverage: in (0, 1]; at least one query is kept.

    Returns:
        Kept, or TooFew below 20 queries.

    Source: risk-coverage curves, Geifman and El-Yaniv, arXiv 1705.08500.
    """
    if doubt not in DOUBTS or not 0.0 < coverage <= 1.0:
        raise DataError(
            f"Doubt {doubt!r} at coverage {coverage}; wanted one of {', '.join(DOUBTS)} and a "
            "share above 0, at most 1."
        )
    asked = len(answers.query)
    if asked < CURVE:
        return TooFew("A risk-coverage curve", f"{answers.kind}s with a match", asked, CURVE)
    risk = risk_coverage(answers.is_error, answers.doubts[doubt])
    kept = max(1, round(coverage * asked))
    return Kept(risk, kept, int(np.floor(kept * (1.0 - risk[kept - 1]) + 1e-9)))


def doubt_auroc(answers: Answers, doubt: str) -> tuple[float, float | None, float | None] | TooFew:
    """Chance that a wrong answer is in greater doubt than a right one.

    Args:
        answers: of one direction.
        doubt: one of DOUBTS.

    Returns:
        (AUROC, and the ends of its 95 % bootstrap interval over groups, None below 10 groups);
        0.5 is chance. TooFew with fewer than 5 wrong or 5 right answers.
    """
    is_error, doubts = answers.is_error, answers.doubts[doubt]
    for things, have in (("wrong", is_error.sum()), ("right", (~is_error).sum())):
        if have < ERRORS:
            figure = "How well doubt tells wrong from right"
            return TooFew(figure, f"{things} first choices", int(have), ERRORS)
    groups, place = np.unique(answers.group, return_inverse=True)
    ends = (None, None)
    if len(groups) >= INTERVAL:

        def of_draws(drawn: np.ndarray, axis: int = -1) -> np.ndarray:
            counts = [np.bincount(row, minlength=len(groups)) for row in np.atleast_2d(drawn)]
            found = weighted_auroc(is_error, doubts, np.array(counts)[:, place])
            return found.reshape(drawn.shape[:-1])

        ends = percentile_interval((np.arange(len(groups)),), of_draws, _RESAMPLES, seed=0)
    return (error_auroc(is_error, doubts), *ends)


def weighted_auroc(is_error: np.ndarray, doubt: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """AUROC of doubt for errors under many weightings of the same answers at once.

    Args:
        is_error: bool (Q,); doubt: float (Q,); equal doubts count half.
        weights: float (B, Q), how often each answer counts.

    Returns:
        float64 (B,); NaN where one kind has no weight.
    """
    order = np.argsort(doubt, kind="stable")
    _, start = np.unique(doubt[order], return_index=True)
    wrong = np.add.reduceat(np.where(is_error, weights, 0.0)[:, order], start, axis=1)
    right = np.add.reduceat(np.where(is_error, 0.0, weights)[:, order], start, axis=1)
    below = np.cumsum(right, axis=1) - 0.5 * right
    with np.errstate(divide="ignore", invalid="ignore"):
        return (wrong * below).sum(axis=1) / (wrong.sum(axis=1) * right.sum(axis=1))
