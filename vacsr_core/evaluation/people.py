"""Against people's judgements: does the score follow them, is doubt where they disagree?"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.evaluation.data_set import DataSet, Judged
from vacsr_core.evaluation.queries import Judge, judged_pairs
from vacsr_core.evaluation.trial import key
from vacsr_core.metrics import agreement, uncertainty
from vacsr_core.metrics.ratings import gaussian_figures

TABLE, FORECAST, MISSING = "judgements", "forecast of ratings", "false negatives"
RESAMPLES = 200


def judgement_figures(
    judge: Judge, data: DataSet, seed: int, has_intervals: bool = True
) -> tuple[dict[str, float], list[str]]:
    """All figures against people, of every kind of judgement; and what could not be measured.

    Args:
        has_intervals: bootstrap over images, which takes nearly all of the time.
    """
    found: dict[str, float] = {}
    notes: list[str] = []
    for judged in data.judged:
        given = (data.images, judged.captions, judged.image, judged.caption, len(data.images))
        values = judged_pairs(judge, *given)
        score = values.pop("score")
        resamples = RESAMPLES if has_intervals else 0
        found[key(TABLE, "n", judged.kind)] = float(len(score))
        found |= _agreement(judged, score, seed, resamples)
        if "std" in values:  # a distribution on the scale of the similarity
            found |= _forecast(judged, score, values["std"])
        for name, doubt in values.items():
            found |= _disagreement(judged, score, doubt, name, seed, resamples)
            found |= _missing_labels(judged, score, doubt, name, seed, notes)
    return found, notes


def _agreement(judged: Judged, score: np.ndarray, seed: int, resamples: int) -> dict[str, float]:
    mean = judged.rating.mean(axis=1)
    asked = {"tau_b with the mean rating": (mean, "b")}
    if judged.rating.shape[1] > 1:  # a scale of few steps, and several who used it
        asked["tau_c with the mean rating"] = (mean, "c")
        asked["tau_c, every rating a row"] = (judged.rating, "c")
    found = {}
    for name, (rating, variant) in asked.items():
        value = agreement.judgement_tau(score, rating, variant)
        given = (score, rating, judged.image, variant, resamples, seed)
        place = (TABLE, name, judged.kind, "")
        found |= _with_ends(place, value, resamples, agreement.tau_interval, given)
    return found


def _forecast(judged: Judged, mean: np.ndarray, std: np.ndarray) -> dict[str, float]:
    """How well a similarity's mean and spread foretell the mean rating, brought to 0 to 1."""
    low, high = judged.scale
    rating = (judged.rating.mean(axis=1) - low) / (high - low)
    figures = gaussian_figures(mean, std, rating)
    return {key(FORECAST, name, judged.kind): value for name, value in figures.items()}


def _disagreement(
    judged: Judged, score: np.ndarray, doubt: np.ndarray, name: str, seed: int, resamples: int
) -> dict[str, float]:
    """Spearman of doubt with the judges' disagreement, alone and beyond the score.

    People agree on what is clearly right or wrong and differ in between, which a score cannot say
    by its order alone: so its square is also taken into account.
    """
    found = {}
    centred = score - score.mean()
    given = {
        "Spearman with disagreement": None,
        "partial, beyond the score": score,
        "partial, beyond the score and its square": np.stack([score, centred**2], axis=1),
    }
    for measure, known in given.items():
        pair = (doubt, judged.disagreement)
        value = uncertainty.partial_spearman(*pair, known)
        all_of_it = (*pair, judged.image, seed, known, resamples)
        place = (TABLE, measure, judged.kind, name)
        found |= _with_ends(place, value, resamples, uncertainty.spearman_interval, all_of_it)
    return found


def _with_ends(
    place: tuple[str, str, str, str], value: float, resamples: int, interval: Callable, given: tuple
) -> dict[str, float]:
    """The figure, and its interval where it is asked for and there is more than one image."""
    found = {key(*place): value}
    if resamples and not math.isnan(value):
        with contextlib.suppress(DataError):  # judgements of a single image
            found |= _ends(*place, interval(*given))
    return found


def _missing_labels(
    judged: Judged, score: np.ndarray, doubt: np.ndarray, name: str, seed: int, notes: list[str]
) -> dict[str, float]:
    """What doubt adds to the score in telling the pairs that match though nobody labelled them."""
    if judged.may_match is None:
        return {}
    given = (judged.may_match, score, doubt, judged.image, seed)
    try:
        gain = uncertainty.auroc_gain_from_doubt(*given, RESAMPLES)
    except DataError as too_few:
        notes.append(f"False negatives of the {judged.kind} not measured: {too_few}")
        return {}
    found = {
        key(MISSING, "n", judged.kind): float(gain["pairs"]),
        key(MISSING, "matches", judged.kind): float(gain["matches"]),
        key(MISSING, "AUROC of the doubt alone", judged.kind, name): uncertainty.error_auroc(
            judged.may_match, doubt
        ),
        key(MISSING, "AUROC of the score", judged.kind, name): gain["auroc_mean"],
        key(MISSING, "AUROC of both", judged.kind, name): gain["auroc_both"],
        key(MISSING, "AP of the score", judged.kind, name): gain["average_precision_mean"],
        key(MISSING, "AP of both", judged.kind, name): gain["average_precision_both"],
        key(MISSING, "gain of AUROC", judged.kind, name): gain["gain"],
    }
    ends = (gain["gain_low"], gain["gain_high"])
    return found | _ends(MISSING, "gain of AUROC", judged.kind, name, ends)


def _ends(table: str, measure: str, kind: str, doubt: str, ends: tuple) -> dict[str, float]:
    names = (f"{measure}: low", f"{measure}: high")
    return {key(table, name, kind, doubt): end for name, end in zip(names, ends, strict=True)}
