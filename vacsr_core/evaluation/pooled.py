"""Intervals over queries of several seeds: all queries of one image are drawn together.

Where every seed measures the same images, a drawn image brings its queries under every seed, so
that the interval is that of the mean over seeds. Where the seeds deal other halves, it brings
those that it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.evaluation.trial import Trial
from vacsr_core.metrics.intervals import grouped_interval, share_interval
from vacsr_core.metrics.uncertainty import error_auroc

RESAMPLES = 200
PerQuery = Callable[[Trial, str], np.ndarray]
NOT_DEFINED = (math.nan, math.nan)


def mean_interval(trials: list[Trial], direction: str, read: PerQuery) -> tuple[float, float]:
    """Interval of the mean of a value per query."""
    values = np.concatenate([read(trial, direction) for trial in trials]).astype(float)
    return _or_none(lambda: share_interval(values, _images(trials, direction)))


def auroc_interval(trials: list[Trial], direction: str, doubt: str) -> tuple[float, float]:
    """Interval of the mean over seeds of a doubt's AUROC."""
    trials = [trial for trial in trials if f"{direction}/doubt/{doubt}" in trial.arrays]
    parts = [_errors_and_doubt(trial, direction, doubt) for trial in trials]
    return _seeds_interval(trials, direction, parts, lambda part: error_auroc(*part))


def hits_difference(
    trials: list[Trial], others: list[Trial], direction: str, read: PerQuery
) -> tuple[dict[int, float], float, float]:
    """Mean difference of a value per query: by seed, and its interval.

    Raises:
        DataError: the two were not asked the same queries.
    """
    pairs = _paired(trials, others, direction)
    gaps = [
        read(one, direction).astype(float) - read(other, direction).astype(float)
        for one, other in pairs
    ]
    values = {one.seed: float(gap.mean()) for (one, _), gap in zip(pairs, gaps, strict=True)}
    if not gaps:
        return values, *NOT_DEFINED
    images = _images([one for one, _ in pairs], direction)
    return values, *_or_none(lambda: share_interval(np.concatenate(gaps), images))


def auroc_difference_interval(
    trials: list[Trial], others: list[Trial], direction: str, doubt: str, other_doubt: str
) -> tuple[dict[int, float], float, float]:
    """Difference of AUROCs, each of its own doubt for its own errors: by seed, and its interval.

    Raises:
        DataError: the two were not asked the same queries.
    """
    pairs = _paired(trials, others, direction)
    parts = [
        (*_errors_and_doubt(one, direction, doubt), *_errors_and_doubt(two, direction, other_doubt))
        for one, two in pairs
    ]

    def difference(part: tuple[np.ndarray, ...]) -> float:
        return error_auroc(*part[:2]) - error_auroc(*part[2:])

    values = {one.seed: difference(part) for (one, _), part in zip(pairs, parts, strict=True)}
    return values, *_seeds_interval([one for one, _ in pairs], direction, parts, difference)


def _seeds_interval(
    trials: list[Trial], direction: str, parts: list[tuple], statistic: Callable[[tuple], float]
) -> tuple[float, float]:
    """Interval of the mean over seeds of a statistic of columns per query."""
    if not trials:
        return NOT_DEFINED
    ends = np.cumsum([len(part[0]) for part in parts])

    def mean(rows: np.ndarray) -> float:
        by_seed = np.searchsorted(ends, rows, side="right")
        starts = ends - [len(part[0]) for part in parts]
        found = []
        for seed, part in enumerate(parts):
            here = rows[by_seed == seed] - starts[seed]
            value = statistic(tuple(column[here] for column in part)) if len(here) else math.nan
            found.append(value)
        known = [value for value in found if not math.isnan(value)]
        return float(np.mean(known)) if known else math.nan

    images = _images(trials, direction)
    return _or_none(lambda: grouped_interval(images, mean, RESAMPLES, 0))


def _errors_and_doubt(trial: Trial, direction: str, doubt: str) -> tuple[np.ndarray, np.ndarray]:
    return trial.arrays[f"{direction}/rank"] > 1, trial.arrays[f"{direction}/doubt/{doubt}"]


def _images(trials: list[Trial], direction: str) -> np.ndarray:
    return np.concatenate([trial.arrays[f"{direction}/image"] for trial in trials])


def _paired(trials: list[Trial], others: list[Trial], direction: str) -> list[tuple[Trial, Trial]]:
    other_of = {trial.seed: trial for trial in others}
    pairs = [(trial, other_of[trial.seed]) for trial in trials if trial.seed in other_of]
    for one, other in pairs:
        asked = (trial.arrays[f"{direction}/query"] for trial in (one, other))
        if not np.array_equal(*asked):
            raise DataError(
                f"{one.contender} and {other.contender} were asked other queries under seed "
                f"{one.seed}; delete the checkpoint folder and measure them again."
            )
    return pairs


def _or_none(interval: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    try:
        return interval()
    except DataError:  # fewer than two images: a mean, but nothing to draw from
        return NOT_DEFINED
