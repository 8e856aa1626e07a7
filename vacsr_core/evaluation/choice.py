"""Which doubt stands for a contender: chosen on the fit's own held-out images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from vacsr_core.evaluation.one_trial import CHOICE
from vacsr_core.evaluation.queries import DIRECTIONS
from vacsr_core.evaluation.report import Chosen
from vacsr_core.evaluation.trial import Trial, key

FEWEST_ERRORS = 10  # on validation, all seeds and directions; fewer choose by luck
STANDARD = "entropy"  # what stands in: how many candidates could be the first


def choose_doubts(
    by_name: Mapping[str, Sequence[Trial]], kinds: Mapping[str, str], data: str
) -> list[Chosen]:
    """The best doubt on validation of every contender, and which are best of their kind.

    The figure is the AUROC for wrong first choices, mean of both directions and of all seeds.
    """
    found = []
    for name, trials in by_name.items():
        doubts = _names(trials)
        auroc = {doubt: _mean_auroc(trials, doubt) for doubt in doubts}
        errors = sum(
            trial.numbers.get(key(CHOICE, "errors", direction), 0.0)
            for trial in trials
            for direction in DIRECTIONS
        )
        known = {doubt: value for doubt, value in auroc.items() if not math.isnan(value)}
        if known and errors >= FEWEST_ERRORS:
            doubt = max(known, key=known.__getitem__)
            why = f"best of {len(known)} on validation"
            found.append((name, doubt, known[doubt], why))
        else:
            standard = [doubt for doubt in doubts if doubt.startswith(STANDARD)]
            why = f"{errors:.0f} wrong first choices on validation; {FEWEST_ERRORS} are needed"
            found.append((name, (standard or doubts)[0], None, why))
    best = _best_of_kind(found, kinds)
    return [
        Chosen(data, name, kinds[name], doubt, auroc, why, name in best)
        for name, doubt, auroc, why in found
    ]


def _names(trials: Sequence[Trial]) -> list[str]:
    prefix = f"{DIRECTIONS[0]}/doubt/"
    return [name.removeprefix(prefix) for name in trials[0].arrays if name.startswith(prefix)]


def _mean_auroc(trials: Sequence[Trial], doubt: str) -> float:
    values = [
        trial.numbers.get(key(CHOICE, "AUROC", direction, doubt), math.nan)
        for trial in trials
        for direction in DIRECTIONS
    ]
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _best_of_kind(found: list[tuple], kinds: Mapping[str, str]) -> set[str]:
    """Of each kind the contender with the highest figure; the first where none has one."""
    best: dict[str, tuple] = {}
    for row in found:
        kind, value = kinds[row[0]], -1.0 if row[2] is None else row[2]
        if kind not in best or value > best[kind][0]:
            best[kind] = (value, row[0])
    return {name for _, name in best.values()}
