"""Everything that the Errors page and its report say about a library, from one pass over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vacsr_core.error_analysis.answers import KINDS, Answers, ask
from vacsr_core.error_analysis.shortlist import Shortlist, shortlist
from vacsr_core.error_analysis.truth import Truth, judged
from vacsr_core.similarity import Similarity


@dataclass(frozen=True, eq=False)
class Analysis:
    """Answers both ways, and the shortlisted pairs.

    Args:
        truth: labels with the marks above them.
        as_labelled: each of KINDS -> answers by the labels alone, from which lists are made: a
            mark then changes what a row says, and the rows stay where they are.
        answers: each of KINDS -> answers by labels and marks, from which figures are made.
        shortlist: pairs among the first 20 of any query, by labels and marks.
    """

    truth: Truth
    as_labelled: Mapping[str, Answers]
    answers: Mapping[str, Answers]
    shortlist: Shortlist


def analyse(
    sim: Similarity,
    caption_image: np.ndarray,
    marks: Mapping[tuple[int, int], str],
    known: Analysis | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Analysis:
    """Look at all answers of a library.

    Args:
        sim: N x M pairs, at least two images and two captions.
        caption_image: int (M,), row of the image that each caption belongs to, -1 for none.
        marks: (image row, caption row) -> one of `MARKS`.
        known: an earlier analysis of the same `sim`, so that a new mark takes moments.
        progress: called with (share done, text); may raise CancelledError.

    Raises:
        DataError: nothing is labelled or marked as a match, or there is no choice to make.
    """
    truth = judged(sim.shape, caption_image, marks)
    labels = judged(sim.shape, caption_image, {})
    has_labels = bool(labels.is_match.any())
    answers, as_labelled = {}, {}
    for place, kind in enumerate(KINDS):
        step = None if progress is None else _part(progress, place / len(KINDS), 1 / len(KINDS))
        before = None if known is None else known.answers[kind]
        answers[kind] = ask(sim, truth, kind, before, step)
        # Where all there is are marks, the lists go by these.
        as_labelled[kind] = (
            ask(sim, labels, kind, answers[kind]) if marks and has_labels else answers[kind]
        )
    return Analysis(truth, as_labelled, answers, shortlist(sim, truth))


def _part(progress: Callable[[float, str], None], start: float, width: float) -> Callable:
    return lambda share, text="": progress(start + width * share, text)
