"""From the trials of all seeds to a report: means, intervals, chosen doubts, differences."""

from __future__ import annotations

import importlib.metadata
import math
import platform
from collections.abc import Callable, Sequence

import numpy as np

from vacsr_core.evaluation.choice import choose_doubts
from vacsr_core.evaluation.curves import curves_of
from vacsr_core.evaluation.pooled import (
    auroc_difference_interval,
    auroc_interval,
    hits_difference,
    mean_interval,
)
from vacsr_core.evaluation.queries import DIRECTIONS
from vacsr_core.evaluation.report import Chosen, Figure, Report
from vacsr_core.evaluation.trial import Trial, key

DIFFERENCE = "difference"
PER_QUERY = {
    "R@1": lambda trial, direction: trial.arrays[f"{direction}/rank"] <= 1,
    "R@5": lambda trial, direction: trial.arrays[f"{direction}/rank"] <= 5,
    "R@10": lambda trial, direction: trial.arrays[f"{direction}/rank"] <= 10,
    "mAP@R": lambda trial, direction: trial.arrays[f"{direction}/map_at_r"],
    "R-P": lambda trial, direction: trial.arrays[f"{direction}/r_precision"],
}
PACKAGES = ("vacsr-explorer", "numpy", "scipy", "scikit-learn", "torch")


def summarise(
    trials: Sequence[Trial],
    kinds: dict[str, str],
    data: str,
    split: str,
    command: str,
    baseline: str,
    notes: Sequence[str] = (),
    progress: Callable | None = None,
) -> Report:
    """One data set's report.

    Args:
        trials: of all contenders and seeds.
        kinds: contender -> "rival", "ours" or "ablation".
        data, split, command: as every figure will say.
        baseline: the contender that the others are compared with.
    """
    by_name: dict[str, list[Trial]] = {}
    for trial in trials:
        by_name.setdefault(trial.contender, []).append(trial)
    figures: list[Figure] = []
    for place, (name, group) in enumerate(by_name.items()):
        if progress is not None:
            progress(place / len(by_name), f"{name}: intervals")
        figures += _figures(name, group, data, split, kinds[name] != "ablation")
    chosen = choose_doubts(by_name, kinds, data)
    main = {name: group for name, group in by_name.items() if kinds[name] != "ablation"}
    figures += _differences(main, chosen, data, split, baseline)
    if progress is not None:
        progress(1.0, "summarised")
    said = [note for trial in trials for note in trial.notes]
    return Report(
        command,
        versions(),
        tuple(figures),
        tuple(chosen),
        tuple(curves_of(by_name, {row.contender: row.doubt for row in chosen}, data)),
        tuple(f"{data}: {note}" for note in dict.fromkeys([*notes, *said])),
    )


def versions() -> dict[str, str]:
    """Of Python and of what the figures depend on."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _figures(
    name: str, trials: list[Trial], data: str, split: str, has_intervals: bool
) -> list[Figure]:
    """Every figure of a contender, mean over seeds; intervals take nearly all of the time."""
    found = []
    keys = dict.fromkeys(key for trial in trials for key in trial.numbers)
    for full in keys:
        table, measure, direction, doubt = full.split("|")
        if measure == "n" or measure.endswith((": low", ": high")):
            continue
        values = {trial.seed: trial.numbers.get(full, math.nan) for trial in trials}
        low = high = math.nan
        if has_intervals:
            low, high = _interval(trials, table, measure, direction, doubt)
        place = (data, split, table, name, measure, direction, doubt)
        found.append(_figure(place, values, low, high, _count(trials, table, direction)))
    return found


def _figure(
    place: tuple[str, ...], values: dict[int, float], low: float, high: float, count: int | None
) -> Figure:
    defined = {seed: value for seed, value in values.items() if not math.isnan(value)}
    numbers = list(defined.values())
    return Figure(
        *place,
        value=float(np.mean(numbers)) if numbers else None,
        spread=float(np.std(numbers, ddof=1)) if len(numbers) > 1 else None,
        low=None if math.isnan(low) else low,
        high=None if math.isnan(high) else high,
        count=count,
        seeds=tuple(defined),
    )


def _interval(
    trials: list[Trial], table: str, measure: str, direction: str, doubt: str
) -> tuple[float, float]:
    """Over queries where they were kept; else the mean of the ends that every seed's figure has."""
    if table == "retrieval" and measure in PER_QUERY:
        return mean_interval(trials, direction, PER_QUERY[measure])
    if table == "doubt" and measure == "AUROC":
        return auroc_interval(trials, direction, doubt)
    ends = (key(table, f"{measure}: {end}", direction, doubt) for end in ("low", "high"))
    low, high = ([trial.numbers.get(name, math.nan) for trial in trials] for name in ends)
    known = [end for end in low if not math.isnan(end)]
    return (float(np.nanmean(low)), float(np.nanmean(high))) if known else (math.nan, math.nan)


def _count(trials: list[Trial], table: str, direction: str) -> int | None:
    counts = [
        trial.numbers[name]
        for trial in trials
        for name in (key(table, "n", direction), key(table, "n"))
        if name in trial.numbers
    ]
    return int(max(counts)) if counts else None


def _differences(
    by_name: dict[str, list[Trial]],
    chosen: list[Chosen],
    data: str,
    split: str,
    baseline: str,
) -> list[Figure]:
    """Of every contender to the baseline, and of our best to the best rival, paired by query."""
    doubt_of = {row.contender: row.doubt for row in chosen}
    best = {row.kind: row.contender for row in chosen if row.is_best}
    pairs = [(name, baseline) for name in by_name if name != baseline and baseline in by_name]
    if {"ours", "rival"} <= set(best) and (best["ours"], best["rival"]) not in pairs:
        pairs.append((best["ours"], best["rival"]))
    found = []
    for name, other in pairs:
        table = f"{DIFFERENCE} to {other}"
        for direction in DIRECTIONS:
            both = (by_name[name], by_name[other], direction)
            count = _count(by_name[name], "retrieval", direction)
            values, low, high = hits_difference(*both, PER_QUERY["R@1"])
            place = (data, split, table, name, "R@1", direction, "")
            found.append(_figure(place, values, low, high, count))
            values, low, high = auroc_difference_interval(*both, doubt_of[name], doubt_of[other])
            place = (data, split, table, name, "AUROC", direction, doubt_of[name])
            found.append(_figure(place, values, low, high, count))
    return found
