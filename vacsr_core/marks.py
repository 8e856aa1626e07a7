"""Marks: what a person says of a pair after looking at it, kept and saved with the library."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from vacsr_core.errors import DataError

MATCH, NO_MATCH, UNSURE = MARKS = ("match", "no match", "unsure")

Marks = Mapping[tuple[str, str], str]  # (image id, caption id) -> one of MARKS


def check(marks: Marks, image_ids: Collection[str], caption_ids: Collection[str]) -> None:
    """See that every mark is one of the three and speaks of a pair that is there.

    Args:
        marks: (image id, caption id) -> mark.
        image_ids, caption_ids: of the library; anything that answers `in` quickly.

    Raises:
        DataError: another word than the three, or an id that is not in the library.
    """
    for (image_id, caption_id), mark in marks.items():
        if mark not in MARKS:
            raise DataError(
                f"The mark {mark!r} is unknown; a pair is marked {_listed()}, or not at all."
            )
        for what, key, known in (
            ("image", image_id, image_ids),
            ("caption", caption_id, caption_ids),
        ):
            if key not in known:
                raise DataError(
                    f"A mark speaks of the {what} {key!r}, which is not in the library "
                    f"({len(known):,} {what}s): add it first, or leave out the mark."
                )


def without(marks: Marks, gone: Collection[str]) -> dict[tuple[str, str], str]:
    """The marks of the pairs of which neither image nor caption is among the ids `gone`."""
    return {pair: mark for pair, mark in marks.items() if gone.isdisjoint(pair)}


def marked(
    marks: Marks, image_id: str, caption_id: str, mark: str | None
) -> dict[tuple[str, str], str]:
    """The marks with that of one pair changed; None takes it away."""
    changed = {pair: known for pair, known in marks.items() if pair != (image_id, caption_id)}
    return changed if mark is None else changed | {(image_id, caption_id): mark}


def to_json(marks: Marks) -> dict[str, dict[str, str]]:
    """The form in a saved file: image id -> caption id -> mark."""
    written: dict[str, dict[str, str]] = {}
    for (image_id, caption_id), mark in marks.items():
        written.setdefault(image_id, {})[caption_id] = mark
    return written


def from_json(content: Mapping[str, object]) -> dict[tuple[str, str], str]:
    """Read what `to_json` wrote, from a file that anyone may have made.

    Raises: DataError where an entry is not what `to_json` writes; ids are for `check` to judge.
    """
    found: dict[tuple[str, str], str] = {}
    for image_id, of_image in content.items():
        if not isinstance(of_image, dict):
            raise DataError(
                f"The marks of image {image_id!r} are {type(of_image).__name__}, not a list of "
                f"captions each marked {_listed()}: save the library anew."
            )
        for caption_id, mark in of_image.items():
            if not isinstance(mark, str) or mark not in MARKS:
                raise DataError(
                    f"The saved library marks a pair as {mark!r}, which this program does not "
                    f"know; a pair is marked {_listed()}."
                )
            found[image_id, caption_id] = mark
    return found


def _listed() -> str:
    return ", ".join(f'"{mark}"' for mark in MARKS[:-1]) + f' or "{MARKS[-1]}"'
