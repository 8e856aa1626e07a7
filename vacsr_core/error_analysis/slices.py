"""Slices: on which captions and images it goes wrong more often than on others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vacsr_core.error_analysis.answers import Answers
from vacsr_core.error_analysis.enough import Share, share
from vacsr_core.library_items import LibraryCaption

LENGTHS = ((1, 5), (6, 10), (11, 15), (16, None))  # words of a caption
THIRDS = ("surest third", "middle third", "most doubtful third")
MOST_TAGS = 12  # distinct values: a column of more is text of its own rather than a tag

Labels = list[str | None]


@dataclass(frozen=True)
class Slice:
    """Some of the queries, by one property.

    Args:
        by: the property, such as "caption length" or a column of the caption table.
        value: what these have in common.
        first: share whose first choice is right, with interval.
    """

    by: str
    value: str
    first: Share


def slices(
    answers: Answers,
    doubt: str,
    captions: Sequence[LibraryCaption],
    caption_image: np.ndarray,
    is_duplicate: np.ndarray,
) -> tuple[Slice, ...]:
    """Share of right first choices by caption length, doubt, duplicates and tags.

    Where images ask, an image has a tag only if all its captions have it, and no caption length.

    Args:
        answers: of one direction.
        doubt: one of `answers.DOUBTS`.
        captions: M captions; their `extra` holds the tags.
        caption_image: int (M,), row of the image that each belongs to, -1 for none.
        is_duplicate: bool (N,), images whose file is there more than once.
    """
    made = []
    for by, labels in _properties(answers, doubt, captions, caption_image, is_duplicate):
        values = [value for value in dict.fromkeys(labels) if value is not None]
        order = _ORDERS.get(by)
        for value in sorted(values, key=order.index if order else str.casefold):
            inside = np.array([label == value for label in labels])
            made.append(Slice(by, value, share(~answers.is_error[inside], answers.group[inside])))
    return tuple(made)


def _properties(
    answers: Answers,
    doubt: str,
    captions: Sequence[LibraryCaption],
    caption_image: np.ndarray,
    is_duplicate: np.ndarray,
) -> Iterator[tuple[str, Labels]]:
    """Each property's name, and its value for every query."""
    asks_caption = answers.kind == "caption"
    if asks_caption:
        texts = (captions[column].text for column in answers.query)
        yield "caption length", [_length(len(text.split())) for text in texts]
    order = np.argsort(np.argsort(answers.doubts[doubt], kind="stable"), kind="stable")
    yield "doubt", [THIRDS[3 * int(place) // len(order)] for place in order]
    if is_duplicate.any():
        image = answers.group  # of a caption the image it belongs to, of an image itself
        yield "the image's file", [_FILES[int(flag)] for flag in is_duplicate[image]]
    own: dict[int, list[int]] = {}
    for column, row in enumerate(np.asarray(caption_image).tolist()):
        own.setdefault(row, []).append(column)
    for name in _tag_names(captions):
        of_caption = [caption.extra.get(name, "").strip() or None for caption in captions]
        if asks_caption:
            yield f"tag “{name}”", [of_caption[column] for column in answers.query]
            continue
        shared = [{of_caption[column] for column in own.get(row, ())} for row in answers.query]
        yield f"tag “{name}”", [found.pop() if len(found) == 1 else None for found in shared]


def _tag_names(captions: Sequence[LibraryCaption]) -> list[str]:
    """Columns of the caption tables that hold few distinct values, in their order."""
    values: dict[str, set[str]] = {}
    for caption in captions:
        for name, value in caption.extra.items():
            if value.strip():
                values.setdefault(name, set()).add(value.strip())
    return [name for name, found in values.items() if 2 <= len(found) <= MOST_TAGS]


def _length(words: int) -> str:
    for low, high in LENGTHS:
        if high is None or words <= high:
            return _length_name(low, high)
    raise AssertionError("the last length has no end")


def _length_name(low: int, high: int | None) -> str:
    return f"{low} words and more" if high is None else f"{low} to {high} words"


_FILES = ("there once", "there more than once")
_ORDERS = {
    "caption length": [_length_name(*length) for length in LENGTHS],
    "doubt": list(THIRDS),
    "the image's file": list(_FILES),
}
