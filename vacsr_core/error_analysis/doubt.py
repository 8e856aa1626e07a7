"""Is the doubt of use? Keep only the surest answers, and tell wrong ones from right ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.error_analysis.answers import DOUBTS, Answers
from vacsr_core.error_analysis.enough import CURVE, ERRORS, INTERVAL, TooFew
from vacsr_core.errors import DataError
from vacsr_core.metrics.intervals import grouped_interval
from vacsr_core.metrics.uncertainty import error_auroc, risk_coverage

_RESAMPLES = 500


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
    ends = (None, None)
    if len(np.unique(answers.group)) >= INTERVAL:
        ends = grouped_interval(
            answers.group, lambda rows: error_auroc(is_error[rows], doubts[rows]), _RESAMPLES, 0
        )
    return (error_auroc(is_error, doubts), *ends)
