"""One fit under one seed, measured in every way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vacsr_core.contenders import Verdict
from vacsr_core.errors import DataError
from vacsr_core.evaluation import coco, figures_of, people
from vacsr_core.evaluation.data_set import DataSet
from vacsr_core.evaluation.queries import DIRECTIONS, Judge, ask, judged_pairs
from vacsr_core.evaluation.roster import Entry, validation_part
from vacsr_core.evaluation.trial import Trial, key
from vacsr_core.features import Features
from vacsr_core.label_noise import shuffle_captions
from vacsr_core.metrics.uncertainty import error_auroc
from vacsr_core.pair_sets import part_of

CHOICE, NOISE, COST = "choice on validation", "noise", "cost"
LEFT_OUT = "queries without a match, left out"


@dataclass(eq=False)
class Timed:
    """A judge, and how long it has been judging how many pairs."""

    fitted: Judge
    seconds: float = 0.0
    pairs: int = 0
    parameters: int = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = self.fitted.parameters

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        """The fitted judge's verdict."""
        start = time.perf_counter()
        verdict = self.fitted.judge(images, captions, gallery)
        self.seconds += time.perf_counter() - start
        self.pairs += verdict.score.size
        return verdict


def run_trial(
    entry: Entry,
    fitting: DataSet | None,
    measured: Sequence[DataSet],
    seed: int,
    noise: Sequence[float] = (),
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Trial]:
    """Fit an entry and measure all of its contenders on all data sets.

    Args:
        fitting: what to fit on; None for an entry that is fitted already.
        measured: data sets that the fit does not see; label noise is measured on the first.
        noise: shares of shuffled captions for further fits.
        progress: called with (share done, text); may raise CancelledError.

    Raises:
        DataError, ShapeError: the data cannot be fitted or measured.
        CancelledError: stopped on request.
    """
    fits = 1 + len(noise)
    start, start_cpu = time.perf_counter(), time.process_time()
    judges = entry.fit(fitting, seed, part_of(progress, 0.0, 0.7 / fits), should_stop)
    cost = {
        key(COST, "fit seconds"): time.perf_counter() - start,
        key(COST, "fit CPU seconds"): time.process_time() - start_cpu,
    }
    trials = []
    for name, fitted in judges.items():
        chosen = {} if fitting is None else _choice(fitted, validation_part(fitting, seed))
        for data in measured:
            judge = Timed(fitted)
            trial = _measured(name, judge, data, seed, entry.kind != "ablation")
            speed = {
                key(COST, "ms per 1,000 pairs"): 1e6 * judge.seconds / judge.pairs,
                key(COST, "parameters"): float(judge.parameters),
            }
            trials.append(replace(trial, numbers=trial.numbers | cost | speed | chosen))
    for place, share in enumerate(noise, start=1):
        part = part_of(progress, (0.7 + place - 1) / fits, (place + 0.7) / fits)
        found = _noise_figures(entry, fitting, measured[0], seed, share, part, should_stop)
        trials = [
            _with_noise(trial, found[trial.contender], share)
            if trial.data == measured[0].name
            else trial
            for trial in trials
        ]
    return trials


def _with_noise(trial: Trial, found: dict[str, float], share: float) -> Trial:
    """The trial with the figures of a noisy fit, and how much of the clean fit's R@1 is left."""
    table, clean = noise_table(share), trial.numbers
    for direction in DIRECTIONS:
        before = clean[key("retrieval", "R@1", direction)]
        after = found[key(table, "R@1", direction)]
        found[key(table, "R@1 kept", direction)] = after / before if before else math.nan
    return replace(trial, numbers=clean | found)


def noise_table(share: float) -> str:
    """The name of the table of a share of shuffled captions."""
    return f"{NOISE} {100 * share:g} %"


def _measured(name: str, judge: Judge, data: DataSet, seed: int, has_intervals: bool) -> Trial:
    """Retrieval, doubt, calibration and judgements on one data set."""
    numbers: dict[str, float] = {}
    arrays: dict[str, np.ndarray] = {}
    for matches in (data.labels, *data.others):
        suffix = "" if matches.name == "labels" else f", {matches.name}"
        queries, near = ask(judge, data, matches)
        numbers |= figures_of.retrieval_figures(queries, f"retrieval{suffix}")
        numbers |= figures_of.doubt_figures(queries, f"doubt{suffix}")
        numbers |= figures_of.calibration_figures(near, f"calibration{suffix}")
        for direction, asked in queries.items():
            left_out = len(data.images if direction == DIRECTIONS[0] else data.captions)
            left_out -= len(asked.rank)
            numbers[key(f"excluded{suffix}", LEFT_OUT, direction)] = float(left_out)
        if not suffix:
            arrays |= figures_of.query_arrays(queries, data.image_keys)
            arrays |= figures_of.reliability_arrays(near)
    if any(matches.name == coco.NAME for matches in data.others):
        numbers |= coco.coco_figures(judge, data)
    found, said = people.judgement_figures(judge, data, seed, has_intervals)
    return Trial(data.name, name, seed, numbers | found, arrays, tuple(dict.fromkeys(said)))


def _choice(judge: Judge, held_out: DataSet) -> dict[str, float]:
    """AUROC of every doubt on the fit's own held-out images, by which doubts are chosen."""
    queries, _ = ask(judge, held_out, held_out.labels)
    found = {}
    for direction, asked in queries.items():
        found[key(CHOICE, "n", direction)] = float(len(asked.rank))
        found[key(CHOICE, "errors", direction)] = float(asked.is_error.sum())
        found |= {
            key(CHOICE, "AUROC", direction, name): error_auroc(asked.is_error, doubt)
            for name, doubt in asked.doubt.items()
        }
    return found


def _noise_figures(
    entry: Entry,
    fitting: DataSet | None,
    measured: DataSet,
    seed: int,
    share: float,
    progress: Callable | None,
    should_stop: Callable[[], bool] | None,
) -> dict[str, dict[str, float]]:
    """Fit on a share of shuffled captions: are they noticed, and what is left of the ranking?"""
    if fitting is None:
        raise DataError(f"{entry.name} is fitted already; label noise needs a fit of its own.")
    noisy, is_shuffled = shuffle_captions(fitting.owner, share, seed)
    judges = entry.fit(replace(fitting, owner=noisy), seed, progress, should_stop)
    column = np.flatnonzero(noisy >= 0)
    found = {}
    for name, judge in judges.items():
        given = (fitting.images, fitting.captions, noisy[column], column, len(fitting.images))
        values = judged_pairs(judge, *given)
        values["low score"] = -values.pop("score")
        table = noise_table(share)
        wrong = is_shuffled[column]
        numbers = {key(table, "n"): float(len(column)), key(table, "shuffled"): float(wrong.sum())}
        numbers |= {
            key(table, "AUROC for shuffled pairs", "", doubt): error_auroc(wrong, value)
            for doubt, value in values.items()
        }
        queries, _ = ask(judge, measured, measured.labels)
        for direction, asked in queries.items():
            numbers[key(table, "R@1", direction)] = float((asked.rank == 1).mean())
        found[name] = numbers
    return found
