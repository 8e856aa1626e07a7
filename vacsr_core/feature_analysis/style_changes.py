"""Ready-made changes of style for the style test: what is shown or said stays, how changes."""

from __future__ import annotations

import re

from PIL import Image

from vacsr_core.errors import DataError
from vacsr_core.perturb import MOST_BLUR, MOST_CROP, MOST_JPEG, MOST_NOISE, Changes, apply

PICTURE_CHANGES = {
    "grey": "Colours taken out",
    "noise": "Grain",
    "jpeg": "Strong compression (JPEG)",
    "blur": "Blur",
    "crop": "Crop: changes what is shown, to compare with",
}
CAPTION_CHANGES = {
    "framed": "“a picture of …” put in front",
    "formal": "Formal: “In this image one can see …”",
    "short": "Telegram: without small words",
    "loud": "CAPITALS!",
    "other": "“not” put in front: changes what is said, to compare with",
}
_SMALL_WORDS = frozenset(
    (
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "of",
        "and",
        "with",
        "that",
        "which",
        "this",
        "these",
        "those",
        "there",
        "it",
        "its",
        "his",
        "her",
        "their",
        "some",
        "very",
        "while",
        "who",
    )
)


def changed_picture(picture: Image.Image, change: str, strength: float) -> Image.Image:
    """A picture in another style.

    Args:
        picture: RGB.
        change: a key of `PICTURE_CHANGES`.
        strength: in (0, 1], of the strongest that `perturb` allows; colours have no half way.

    Raises:
        DataError: an unknown change, or a strength out of its range.
    """
    if change not in PICTURE_CHANGES or not 0.0 < strength <= 1.0:
        raise DataError(
            f"change {change!r} with strength {strength}; wanted is one of "
            f"{', '.join(PICTURE_CHANGES)} with a strength above 0 and up to 1."
        )
    made = {
        "grey": Changes(is_grey=True),
        "noise": Changes(noise=strength * MOST_NOISE),
        "jpeg": Changes(jpeg=strength * MOST_JPEG),
        "blur": Changes(blur=strength * MOST_BLUR),
        "crop": Changes(crop=strength * MOST_CROP),
    }
    return apply(picture, made[change])


def changed_caption(text: str, change: str) -> str:
    """A caption in other words, or in the same words written in another way.

    Args:
        change: a key of `CAPTION_CHANGES`.

    Raises:
        DataError: an unknown change.

    Example:
        >>> changed_caption("A dog is on the beach.", "short")
        'dog on beach'
    """
    words = text.strip()
    if change == "framed":
        return f"a picture of {_continued(words)}"
    if change == "formal":
        return f"In this image one can see {_continued(words).rstrip('. ')}."
    if change == "short":
        kept = [w for w in re.findall(r"[^\s.,;:!?]+", words) if w.lower() not in _SMALL_WORDS]
        return " ".join(kept) or words
    if change == "loud":
        return f"{words.rstrip('. ').upper()}!"
    if change == "other":
        return f"not {_continued(words)}"
    raise DataError(f"change {change!r}; wanted is one of {', '.join(CAPTION_CHANGES)}.")


def _continued(words: str) -> str:
    """A sentence's words for use inside another one: a small first letter, unless it is a name."""
    is_article = words.split(" ", 1)[0].lower() in _SMALL_WORDS
    return words[:1].lower() + words[1:] if is_article else words
