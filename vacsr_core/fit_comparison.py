"""Two fits measured on the same pairs: which is better, and whether that can be told at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vacsr_core import calibration, rank_figures
from vacsr_core.adapters import Adapters
from vacsr_core.marked_pairs import MATCH, UNSURE, MarkedPairs
from vacsr_core.metrics.calibration import log_losses
from vacsr_core.metrics.intervals import share_interval
from vacsr_core.pair_sets import PairSet
from vacsr_core.rank_figures import Answers
from vacsr_core.similarity import Similarity

TWO_ALTERNATIVE, FIRST_CAPTION, FIRST_IMAGE = "two_alternative", "first_caption", "first_image"
LOG_LOSS, BRIER_SKILL = "log_loss", "brier_skill"
LOWER_IS_BETTER = (LOG_LOSS,)
BETTER, WORSE, SAME = "better", "worse", "can't be told apart"

Interval = tuple[float, float, float]  # value, and the ends of its 95 % interval


@dataclass(frozen=True)
class Compared:
    """One figure of both fits.

    Args:
        name: TWO_ALTERNATIVE, FIRST_CAPTION (R@1 from images), FIRST_IMAGE (R@1 from captions),
            LOG_LOSS (nats) or BRIER_SKILL of P(match).
        before, after: of each fit.
        difference: after - before, its interval that of the paired difference.
        count: how many queries or pairs the figure is the mean of.
    """

    name: str
    before: Interval
    after: Interval
    difference: Interval
    count: int

    @property
    def verdict(self) -> str:
        """BETTER or WORSE for the later fit; SAME where the difference's interval holds 0."""
        _, low, high = self.difference
        if low <= 0.0 <= high:
            return SAME
        return BETTER if (low > 0) != (self.name in LOWER_IS_BETTER) else WORSE


@dataclass(frozen=True)
class Comparison:
    """All figures of two fits on one set of pairs.

    Args:
        figures: one `Compared` a figure, the ranking first.
        images: how many images the pairs are of.
        known_before: how many of those the earlier fit may have learnt from; None if unknown.
    """

    figures: tuple[Compared, ...]
    images: int
    known_before: int | None = 0


def compare_fits(
    before: Adapters,
    after: Adapters,
    pairs: PairSet,
    known_before: int | None = 0,
    seed: int = 0,
    progress: Callable | None = None,
) -> Comparison:
    """Measure two fits of one backbone on pairs that the later one has not learnt from.

    Intervals are 95 % percentile bootstraps over images; the rivals stay as they are. P(match) is
    judged on the 20 nearest of every query, by either fit; its Brier skill is against always naming
    the share of matches.

    Args:
        pairs: of at least two images with captions.
        known_before: for the record, see `Comparison`.
        seed: of the bootstrap.
        progress: called with (share done, text); may raise CancelledError.

    Raises:
        DataError: fewer than two images with captions.
    """
    labels = pairs.caption_image, pairs.marked
    sims = [adapters.similarity(pairs.images, pairs.captions) for adapters in (before, after)]
    where = _shortlisted(sims, *labels)
    measured = [_measure(sim, labels, where) for sim in sims]
    found = []
    for place, name in enumerate(measured[0]):
        if progress is not None:
            progress(place / len(measured[0]), "comparing the fit with the one before")
        one, other = (fit[name] for fit in measured)
        drawn = {"group": one.image, "seed": seed}
        before_value, after_value, difference = (
            (float(values.mean()), *share_interval(values, **drawn))
            for values in (one.values, other.values, other.values - one.values)
        )
        found.append(Compared(name, before_value, after_value, difference, len(one.values)))
    return Comparison(tuple(found), pairs.labelled_images, known_before)


def _shortlisted(sims: list[Similarity], owner: np.ndarray, marked: MarkedPairs) -> tuple:
    """Rows, columns and truth of the pairs that are on the shortlist of either fit."""
    flat = []
    for sim in sims:
        rows, columns = calibration.shortlist(sim, owner)
        flat.append(rows * len(owner) + columns)
    rows, columns = np.divmod(np.unique(np.concatenate(flat)), len(owner))
    said = marked.labels(owner, sims[0].shape[0])[rows, columns]
    return tuple(part[said != UNSURE] for part in (rows, columns, (said == MATCH).astype(float)))


def _measure(sim: Similarity, labels: tuple, where: tuple) -> dict[str, Answers]:
    """Each figure as what it is the mean of."""
    owner, marked = labels
    of_images, of_captions = rank_figures.hits(sim.mean, owner, 1, marked)
    rows, columns, truth = where
    chance = sim.match_probability[rows, columns].astype(np.float64)
    prevalence = truth.mean()
    skill = 1.0 - (chance - truth) ** 2 / (prevalence * (1.0 - prevalence))
    return {
        TWO_ALTERNATIVE: rank_figures.choices(sim.mean, owner, marked),
        FIRST_CAPTION: of_images,
        FIRST_IMAGE: of_captions,
        LOG_LOSS: Answers(log_losses(chance, truth), rows),
        BRIER_SKILL: Answers(skill, rows),
    }
