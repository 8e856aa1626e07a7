"""The lines of the report's plots, mean over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vacsr_core.evaluation.queries import DIRECTIONS
from vacsr_core.evaluation.report import Curve
from vacsr_core.evaluation.trial import Trial
from vacsr_core.metrics.uncertainty import risk_coverage

COVERAGES = np.arange(1, 101) / 100


def curves_of(
    by_name: Mapping[str, Sequence[Trial]], doubt_of: Mapping[str, str], data: str
) -> list[Curve]:
    """Risk-coverage of every contender's chosen doubt, and its reliability diagram."""
    found = []
    for name, trials in by_name.items():
        for direction in DIRECTIONS:
            risks = [_risk(trial, direction, doubt_of[name]) for trial in trials]
            risk = np.mean(risks, axis=0)
            found.append(
                Curve(data, "risk-coverage", name, direction, _numbers(COVERAGES), _numbers(risk))
            )
        first = trials[0].arrays  # bins differ by seed, so one seed is drawn
        if "reliability/chance" in first:
            lines = (_numbers(first[f"reliability/{line}"]) for line in
                     ("chance", "share", "low", "high"))  # fmt: skip
            found.append(Curve(data, "reliability", name, "", *lines))
    return found


def _risk(trial: Trial, direction: str, doubt: str) -> np.ndarray:
    is_error = trial.arrays[f"{direction}/rank"] > 1
    risk = risk_coverage(is_error, trial.arrays[f"{direction}/doubt/{doubt}"])
    kept = np.ceil(COVERAGES * len(risk) - 1e-9).astype(int)
    return risk[np.maximum(kept, 1) - 1]


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)
