"""What about a library or its model deserves a person's attention, as short chips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app_pages.parts.fit_words import is_on_scenes_only
from app_pages.parts.text import counted
from vacsr_core.library import Library

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.familiarity import Reading
    from vacsr_core.features import Features


@dataclass(frozen=True)
class Chip:
    """One thing to look at.

    Args:
        label: a few words with a number, no user text.
        explanation: what it means and what to do, one or two sentences, no user text.
        show: the Library page's view that shows the items, or None where there is none.
    """

    label: str
    explanation: str
    show: str | None = None


def chips(
    library: Library,
    engine: Engine | None = None,
    captions: Features | None = None,
    readings: tuple[Reading | None, Reading | None] | None = None,
) -> list[Chip]:
    """List what deserves attention, the gravest first.

    Args:
        library: as shown.
        engine: the model in use, or None while it is not loaded.
        captions: features of all captions in the library's order, or None while unknown.
        readings: whether the model has seen anything like its images and its captions.
    """
    return (
        _about_model(engine)
        + _about_familiarity(readings or ())
        + _about_items(library)
        + _about_length(engine, captions)
    )


def _about_model(engine: Engine | None) -> list[Chip]:
    if engine is None:
        return []
    if not engine.adapters.is_fitted:
        return [
            Chip(
                "VACSR not fitted for this model",
                "No adapter was fitted for this backbone yet, so every pair has the same width of "
                "doubt. The model panel of the Library page shows how far a fit is, or starts one.",
            )
        ]
    if is_on_scenes_only(engine.adapters):
        return [
            Chip(
                "Fitted on drawn scenes only",
                "The adapter learnt its doubt on drawn scenes, not on photographs. Take its "
                "probabilities for photographs as a first guess.",
            )
        ]
    return []


def _about_familiarity(readings: Sequence[Reading | None]) -> list[Chip]:
    found = []
    for kind, reading in zip(("image", "caption"), readings, strict=False):
        outside = 0 if reading is None else int(reading.is_outside.sum())
        if outside:
            found.append(
                Chip(
                    f"{counted(outside, kind)} outside what this model has seen",
                    "They lie farther from what it was trained on than 99 of 100 others of that "
                    "kind, or most of their words are new to it, so its numbers for them are "
                    "guesses. Choose a larger model at the end of the Library page.",
                    "outside",
                )
            )
    return found


def _about_items(library: Library) -> list[Chip]:
    found = []
    unpaired = len(library.captions) - library.pair_count
    lonely = sum(not library.captions_of(image.id) for image in library.images)
    doubled = len(library.duplicate_of)
    if unpaired:
        found.append(
            Chip(
                f"{counted(unpaired, 'caption')} without an image",
                "They are compared with every image all the same; but nobody said which image "
                "they belong to, so they cannot tell right from wrong.",
                "unpaired",
            )
        )
    if lonely and library.captions:
        found.append(
            Chip(
                f"{counted(lonely, 'image')} without a caption",
                "They are compared with every caption all the same. Pair them in the table of "
                "captions.",
                "unpaired",
            )
        )
    if doubled:
        found.append(
            Chip(
                counted(doubled, "exact duplicate"),
                "The same file is there more than once. Each copy competes with the other for the "
                "same captions; remove one unless you want that.",
                "duplicates",
            )
        )
    return found


def _about_length(engine: Engine | None, captions: Features | None) -> list[Chip]:
    cut = 0 if captions is None or captions.is_truncated is None else captions.is_truncated.sum()
    if not cut:
        return []
    reach = f"{engine.backbone.context_length} word pieces" if engine else "its limit"
    return [
        Chip(
            f"{counted(int(cut), 'caption')} longer than the model reads",
            f"The model reads a caption up to {reach} and no further; what comes after is not "
            "compared. They are marked in the table of captions.",
            "long",
        )
    ]
