"""The whole protocol on one data set: every contender under every seed, kept as it is finished."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from vacsr_core.evaluation.one_trial import run_trial
from vacsr_core.evaluation.plan import Plan
from vacsr_core.evaluation.roster import SHIPPED, Entry
from vacsr_core.evaluation.trial import Store, Trial
from vacsr_core.pair_sets import part_of

PROTOCOL = 1  # raise it where a figure of the same name is made in another way


def run(
    plan: Plan,
    entries: Sequence[Entry],
    noise: Sequence[float] = (),
    folder: str | Path | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Trial]:
    """Fit and measure every entry under every seed.

    Args:
        noise: shares of shuffled captions for further fits, in (0, 1).
        folder: keeps every finished fit, so that an interrupted run goes on there.
        progress: called with (share done, text); may raise CancelledError.

    Returns:
        Trials, entry by entry, seed by seed.

    Raises:
        DataError: the folder keeps an evaluation of another model, or data cannot be used.
        CancelledError: stopped on request; finished fits are kept.
    """
    trials: list[Trial] = []
    steps = len(plan.seeds) * len(entries)
    for turn, seed in enumerate(plan.seeds):
        fitting, measured = plan.parts(seed)
        images = measured[0].images
        model = images.backbone_id or "a model without a name"
        store = Store(folder, f"{images.dimension} columns of {model}")
        parts = [*measured, fitting] if fitting else measured
        data = [part.name + part.fingerprint() for part in parts]
        for place, entry in enumerate(entries):
            step = turn * len(entries) + place
            is_fitted = entry.name == SHIPPED
            shares = () if is_fitted else tuple(noise)
            name = _file_name(entry, seed, [*data, entry.settings, shares])
            found = store.load(name)
            if found is None:
                said = _named(progress, f"{entry.name}, seed {seed}")
                part = part_of(said, step / steps, (step + 1) / steps)
                given = (None if is_fitted else fitting, measured, seed, shares)
                found = run_trial(entry, *given, part, should_stop)
                store.save(name, found)
            trials += found
            if progress is not None:
                progress((step + 1) / steps, f"{entry.name}, seed {seed}: measured")
    return trials


def _file_name(entry: Entry, seed: int, what: list) -> str:
    """A readable name with a hash of all that the figures depend on."""
    content = json.dumps([PROTOCOL, entry.name, seed, *what], sort_keys=True)
    readable = re.sub(r"\W+", "-", entry.name).strip("-").lower()
    return f"{readable}-seed-{seed}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _named(progress: Callable | None, name: str) -> Callable | None:
    return progress and (lambda share, text="": progress(share, f"{name}: {text}"))
