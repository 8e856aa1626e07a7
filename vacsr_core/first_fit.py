"""The first fit of a backbone: how much may be learnt from what there is.

A fit is *full* (mean and spread are learnt) or *conservative* (the mean keeps the cosine's
ranking; only the spread and the calibration are learnt; see `FitConfig.is_ranking_kept`).

The rule: a fit is full only where a person's own labelled images number at least
`FEWEST_FOR_FULL`, and where on the fifth of them that was held out, by image, the full fit's mean
ranks no worse than the cosine: two-alternative choice, and R@1 as the mean of both directions,
both at least as high. Where it ranks worse, what it adds to the cosine's logit is shrunk, step by
step; where even a quarter of it ranks worse, the fit is conservative. Drawn scenes never count as
own images: what is learnt on drawings may order photographs worse than the cosine did.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from vacsr_core import platt, rank_figures
from vacsr_core.adapters import Adapters
from vacsr_core.calibration import calibrated
from vacsr_core.errors import DataError
from vacsr_core.fit_config import CONSERVATIVE, SCENES_CONFIG, FitConfig, split_by_image
from vacsr_core.pair_sets import PairSet, join, part_of
from vacsr_core.vacsr_fit import fit_adapters

FEWEST_FOR_FULL = 200  # a fifth, 40 images, tells a difference of a few percent in ranking
RESIDUAL_SHARES = (1.0, 0.75, 0.5, 0.25)  # of what a full fit adds to the cosine's logit
HOW = ("auto", "full", "conservative")
EPOCHS = {"full": FitConfig().epochs, "conservative": CONSERVATIVE.epochs}


@dataclass(frozen=True)
class Ranking:
    """How well scores rank the own pairs: two-alternative choice, and mean R@1, in [0, 1]."""

    two_alternative: float
    recall_at_1: float

    def is_no_worse_than(self, other: Ranking) -> bool:
        """Whether both figures are at least as high."""
        return (
            self.two_alternative >= other.two_alternative and self.recall_at_1 >= other.recall_at_1
        )


def fit_sets(
    sets: Sequence[PairSet],
    how: str = "auto",
    config: FitConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint: str | None = None,
    epochs: int | None = None,
    on_epoch: Callable[[dict], None] | None = None,
) -> Adapters:
    """Fit on several sources together; the sets that are not drawn are the person's own.

    Args:
        sets: of one backbone.
        how: "full", "conservative", or "auto" for the rule above.
        config: of a full fit; seed, device and members count for a conservative one too. None for
            the one that was chosen for scenes where there are scenes, else the default.
        progress: called with (share done, text); may raise CancelledError.
        should_stop, checkpoint, on_epoch: see `fit_adapters`; the checkpoint is of a full fit.
        epochs: at most so many; None for `EPOCHS` of the kind of fit that is made.

    Returns:
        Adapters whose `history` says under "how" what was chosen, under "why" for what reason,
        under "sources" what they were fitted on, and under "validation" the figures.

    Raises:
        DataError: an unknown `how`, or too few images with captions.
        CancelledError: stopped on request.
    """
    if how not in HOW:
        raise DataError(f"how is {how!r}; choose one of {', '.join(HOW)}.")
    joined = join(sets)
    config = config or (SCENES_CONFIG if joined.unlabelled is not None else FitConfig())
    config = replace(config, epochs=epochs or config.epochs)
    control = {"should_stop": should_stop, "on_epoch": on_epoch}
    careful = partial(_conservative, sets, joined, config, epochs, **control)
    own = sum(part.labelled_images for part in sets if not part.is_drawn)
    why = "asked for"
    if how == "auto" and own < FEWEST_FOR_FULL:
        how, why = "conservative", f"{own} own labelled images; {FEWEST_FOR_FULL} are needed"
    if how == "conservative":
        fitted = careful(progress)
    else:
        share = 0.9 if how == "auto" else 1.0
        full = fit_adapters(
            joined.images,
            joined.captions,
            joined.caption_image,
            replace(config, is_ranking_kept=False),
            part_of(progress, 0.0, share),
            checkpoint=checkpoint,
            unlabelled=joined.unlabelled,
            marked=joined.marked,
            **control,
        )
        fitted, how, why = _checked(full, how, sets, joined, config, progress, careful)
    said = {"how": how, "why": why, "sources": [source_of(part) for part in sets]}
    return replace(
        fitted,
        fitted_on=f"{joined.name}, seed {config.seed}",
        history=said | fitted.history,
    )


def source_of(part: PairSet) -> dict:
    """What `history["sources"]` says of a set: its name, kind, labelled images and pairs."""
    return {
        "name": part.name,
        "is_drawn": part.is_drawn,
        "images": part.labelled_images,
        "pairs": part.labelled_pairs,
    }


def own_images(sets: Sequence[PairSet]) -> np.ndarray:
    """Which images of several sets, one set after the other, are a person's own: bool (N,)."""
    return np.concatenate([np.full(len(part.images), not part.is_drawn) for part in sets])


def _conservative(sets, joined, config, epochs, progress, **control) -> Adapters:
    chosen = replace(CONSERVATIVE, seed=config.seed, device=config.device, members=config.members)
    chosen = replace(chosen, epochs=epochs or chosen.epochs)
    fitted = fit_adapters(
        joined.images,
        joined.captions,
        joined.caption_image,
        chosen,
        progress,
        is_own=own_images(sets),
        marked=joined.marked,
        **control,
    )
    judged = _judged(sets, joined)
    if judged is not None:
        ranking = vars(_rank(fitted, joined, judged)[1])
        fitted.history["validation"] |= {f"{name}_cosine": value for name, value in ranking.items()}
    return fitted


def _judged(sets, joined) -> np.ndarray | None:
    """Image rows that ranking is judged on: own ones where there are enough, else all labelled."""
    labelled = np.unique(joined.caption_image[joined.caption_image >= 0])
    own = labelled[own_images(sets)[labelled]]
    chosen = own if len(own) >= platt.FEWEST_OWN_IMAGES else labelled
    return chosen if len(chosen) >= 2 else None


def _checked(full, how, sets, joined, config, progress, careful) -> tuple[Adapters, str, str]:
    """The full fit, judged on own held-out pairs; the conservative one where it ranks worse."""
    _, held_out = split_by_image(joined.caption_image, config.validation_share, config.seed)
    own = held_out[own_images(sets)[held_out]]
    if len(own) < 2:
        return full, "full", "asked for"
    for share in RESIDUAL_SHARES if how == "auto" else (1.0,):
        kept = _shrunk(full, share)
        ours, cosine = _rank(kept, joined, own)
        said = f"held out: two-alternative {ours.two_alternative:.3f} against the cosine's "
        said += f"{cosine.two_alternative:.3f}, R@1 {ours.recall_at_1:.3f} against "
        said += f"{cosine.recall_at_1:.3f}, on {len(own)} own images"
        if how == "full" or ours.is_no_worse_than(cosine):
            break
    else:
        kept = careful(part_of(progress, 0.9, 1.0))
        return kept, "conservative", said
    full = kept
    full.history["residual_share"] = share
    full = _calibrated(full, joined, own, config.seed, progress)
    figures = {f"{name}_mean": value for name, value in vars(ours).items()}
    figures |= {f"{name}_cosine": value for name, value in vars(cosine).items()}
    full.history["validation"] |= figures
    if progress is not None:
        progress(1.0, "fitted")
    return full, "full", said


def _shrunk(full: Adapters, share: float) -> Adapters:
    """The same fit with a share of what its network adds to the mean of the cosine's logit."""
    if share == 1.0:
        return full
    first, *others = copy.deepcopy(full.members)
    for network in (first, *others):
        for value in network.mean_head.parameters():
            value.mul_(share)
    return replace(full, vacsr=first, others=tuple(others), history=dict(full.history))


def _calibrated(
    full: Adapters, joined: PairSet, rows: np.ndarray, seed: int, progress: Callable | None
) -> Adapters:
    """Calibrated on the held-out own pairs alone: it is for them that it will be read."""
    part = joined.of_images(rows)
    full = replace(full, history=full.history | {"validation": {}})
    said = part.caption_image, seed, part.marked
    if progress is None:
        return calibrated(full, part.images, part.captions, *said)
    return calibrated(full, part.images, part.captions, *said, lambda: progress(1, "calibrating"))


def _rank(fitted: Adapters, joined: PairSet, rows: np.ndarray) -> tuple[Ranking, Ranking]:
    """(mean's, cosine's) ranking of the labelled pairs of some images."""
    part = joined.of_images(rows)
    sim, labels = fitted.similarity(part.images, part.captions), (part.caption_image, part.marked)
    return tuple(
        Ranking(
            rank_figures.two_alternative(scores, *labels),
            float(np.mean(rank_figures.recall_at(scores, labels[0], 1, labels[1]))),
        )
        for scores in (sim.mean, sim.cosine)
    )
