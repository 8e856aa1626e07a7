"""A fit on trial: made as a person chose, and measured against the one in use before it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vacsr_core.adapters import Adapters
from vacsr_core.errors import DataError
from vacsr_core.first_fit import HOW
from vacsr_core.fit_comparison import Comparison, compare_fits
from vacsr_core.fit_config import FEWEST_IMAGES
from vacsr_core.hold_out import captioned_hold_out
from vacsr_core.pair_sets import PairSet, part_of

if TYPE_CHECKING:
    from vacsr_core.engine import Engine

STAGES_TO_FIT = ("vacsr",)
LEFT_OUT_SHARE = 0.2
FEWEST_LEFT_OUT = 10  # images; with fewer, one image moves every figure by more than 10 %
FEWEST_TO_COMPARE = 30  # labelled images: as many left out, and twice as many to fit on
MOST_MEMBERS = 5  # each takes the time of a fit, and its share of the time of every pair
LEARNT_FROM = "learnt_from"  # in a fit's history: keys of the person's images that it saw


@dataclass(frozen=True)
class FitChoices:
    """What a person chose.

    Args:
        stages: some of STAGES_TO_FIT.
        how: "auto", "full" or "conservative", see `first_fit`.
        epochs: at most so many; None for the default of the kind of fit.
        seed: of the split, the scenes, the weights and the batches.
        has_scenes: whether drawn scenes are added to the person's own pairs.
        members: fits side by side, see `FitConfig`; from two on, the doubt has two parts.

    Raises:
        DataError: a choice that there is not.
    """

    stages: tuple[str, ...] = STAGES_TO_FIT
    how: str = "auto"
    epochs: int | None = None
    seed: int = 0
    has_scenes: bool = True
    members: int = 1

    def __post_init__(self) -> None:
        if not self.stages or set(self.stages) - set(STAGES_TO_FIT):
            raise DataError(
                f"Stages to fit are {self.stages}; choose from {', '.join(STAGES_TO_FIT)}."
            )
        if self.how not in HOW:
            raise DataError(f"how is {self.how!r}; choose one of {', '.join(HOW)}.")
        if self.epochs is not None and self.epochs < 1:
            raise DataError(f"{self.epochs} epochs; wanted is at least 1.")
        if not 1 <= self.members <= MOST_MEMBERS:
            raise DataError(f"{self.members} fits side by side; wanted are 1 to {MOST_MEMBERS}.")


@dataclass(frozen=True)
class Trial:
    """A fit that is not in use yet.

    Args:
        adapters: the fit.
        comparison: with the fit in use before; None where too few images are labelled, or where
            there is nothing to compare with.
    """

    adapters: Adapters
    comparison: Comparison | None = None


def try_fit(
    engine: Engine,
    own: PairSet | None,
    keys: Sequence[str] = (),
    choices: FitChoices | None = None,
    before: Adapters | None = None,
    progress: Callable | None = None,
    on_epoch: Callable[[dict], None] | None = None,
) -> Trial:
    """Fit on a person's pairs; where `before` is given, leave some out and compare on those.

    Args:
        engine: its adapters stay as they are.
        own: the person's pairs; None for drawn scenes alone.
        keys: (N,), what tells each image of `own` from others and stays the same for it, such as
            a hash of its pixels. It decides what is left out, so that every fit on one library
            leaves out the same images.
        choices: None for the defaults.
        before: the adapters to compare with; None fits on everything and compares nothing.
        progress: called with (share done, text); may raise CancelledError.
        on_epoch: see `fit_adapters`.

    Raises:
        DataError: too few labelled images for what was chosen.
        CancelledError: stopped on request.
    """
    choices = choices or FitChoices()
    kept = own
    left_out = None if own is None or before is None else left_out_rows(own, keys)
    if left_out is not None:
        everyone = np.arange(len(own.images))
        kept = own.of_images(np.setdiff1d(everyone, left_out))
        kept = replace(kept, name=_name(kept, own))
    _check(kept, choices)
    adapters = engine.first_fit(
        kept,
        how=choices.how,
        seed=choices.seed,
        progress=part_of(progress, 0.0, 0.9),
        has_scenes=choices.has_scenes,
        epochs=choices.epochs,
        members=choices.members,
        on_epoch=on_epoch,
    )
    if own is not None:
        adapters.history[LEARNT_FROM] = _learnt_from(own, keys, left_out)
    if left_out is None:
        return Trial(adapters)
    known = _known(before, [keys[row] for row in left_out])
    pairs = own.of_images(left_out)
    return Trial(
        adapters,
        compare_fits(before, adapters, pairs, known, choices.seed, part_of(progress, 0.9, 1.0)),
    )


def left_out_rows(own: PairSet, keys: Sequence[str]) -> np.ndarray | None:
    """The labelled images to measure on: a fifth, at least ten, by a hash of their keys.

    Returns:
        int64 (n,), rising; None with fewer than 30 labelled images. Images of the same key are
        on the same side.
    """
    labelled = np.unique(own.caption_image[own.caption_image >= 0])
    names = np.unique([keys[row] for row in labelled])
    count = images_to_leave_out(len(names))
    if not count:
        return None
    chosen = names[captioned_hold_out(names.tolist(), count)]
    return np.flatnonzero(np.isin(keys, chosen))


def images_to_leave_out(labelled: int) -> int:
    """Of so many labelled images, how many are left out to measure on; 0 where they are too few."""
    if labelled < FEWEST_TO_COMPARE:
        return 0
    return max(FEWEST_LEFT_OUT, round(LEFT_OUT_SHARE * labelled))


def images_to_fit_on(labelled: int) -> int:
    """Of so many labelled images, how many a fit on trial learns from."""
    return labelled - images_to_leave_out(labelled)


def _name(kept: PairSet, own: PairSet) -> str:
    return f"{kept.labelled_images:,} of {own.name}"


def _learnt_from(own: PairSet, keys: Sequence[str], left_out: np.ndarray | None) -> list[str]:
    return sorted({key for row, key in enumerate(keys) if left_out is None or row not in left_out})


def _known(before: Adapters, left_out: Sequence[str]) -> int | None:
    """How many of the images left out the earlier adapters learnt from; None if unknown."""
    learnt = before.history.get(LEARNT_FROM)
    if learnt is not None:
        return len(set(learnt).intersection(left_out))
    sources = before.history.get("sources")
    is_impersonal = not before.is_fitted or sources is None or all(s["is_drawn"] for s in sources)
    return 0 if is_impersonal else None


def _check(kept: PairSet | None, choices: FitChoices) -> None:
    labelled = 0 if kept is None else kept.labelled_images
    if choices.has_scenes or labelled >= FEWEST_IMAGES:
        return
    raise DataError(
        f"{labelled} labelled images of your own are too few to fit on without drawn scenes; label "
        f"at least {FEWEST_IMAGES}, or add the scenes."
    )
