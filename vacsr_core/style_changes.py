"""Style changed and meaning kept: of pictures (grey, hue, blur, JPEG, poster) and of captions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

from vacsr_core import perturb
from vacsr_core.errors import DataError

HUE_SHIFT = 85  # of 256: red turns green
POSTER_BITS = 2  # of each channel's 8
LETTERS_PER_TYPO = 25

_FORMAL_WORDS = {
    "man": "gentleman",
    "woman": "lady",
    "boy": "male child",
    "girl": "female child",
    "kid": "child",
    "kids": "children",
    "guy": "gentleman",
    "dog": "canine",
    "dogs": "canines",
    "big": "sizeable",
    "small": "diminutive",
    "little": "diminutive",
    "near": "in the vicinity of",
    "next to": "adjacent to",
    "in front of": "before",
    "looks at": "regards",
    "looking at": "regarding",
}
_DROPPED = {"a", "an", "the", "is", "are", "was", "were", "be", "been", "being", "there", "this",
            "that", "these", "those", "some", "it", "its", "of"}  # fmt: skip
_VERBOSE = (
    "As far as anyone can tell from looking at it for a while, what can be seen in this picture "
    "is the following: {text}"
)


def change_picture(picture: Image.Image, style: str) -> Image.Image:
    """A picture in another style; the same picture always gives the same pixels.

    Args:
        picture: RGB.
        style: a key of `PICTURE_STYLES`.

    Returns: RGB of the same size.

    Raises: DataError where the style is unknown.
    """
    return _found(PICTURE_STYLES, style)(picture)


def change_caption(text: str, style: str) -> str:
    """A caption in another style; the same caption always gives the same words.

    Args:
        text: a caption, not empty.
        style: a key of `CAPTION_STYLES`.

    Raises: DataError where the style is unknown or the caption is empty.
    """
    if not text.strip():
        raise DataError("The caption is empty; write at least one word.")
    return _found(CAPTION_STYLES, style)(text.strip())


def _found(styles: dict[str, Callable], style: str) -> Callable:
    if style not in styles:
        raise DataError(f"style {style!r} is unknown; choose one of {', '.join(styles)}.")
    return styles[style]


def _perturbed(**changes) -> Callable[[Image.Image], Image.Image]:
    made = perturb.Changes(**changes)
    return lambda picture: perturb.apply(picture, made)


def _other_hues(picture: Image.Image) -> Image.Image:
    hue, saturation, value = picture.convert("HSV").split()
    turned = hue.point(lambda one: (one + HUE_SHIFT) % 256)
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def _poster(picture: Image.Image) -> Image.Image:
    return ImageOps.posterize(picture.convert("RGB"), POSTER_BITS)


def _template(text: str) -> str:
    return f"a photo of {_bare(text)}."


def _verbose(text: str) -> str:
    return _VERBOSE.format(text=_bare(text)) + "."


def _typos(text: str) -> str:
    """Two neighbouring letters of some words change places, at least once where there are two."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    generator = np.random.default_rng(seed)
    letters = list(text)
    places = [
        i
        for i in range(len(text) - 1)
        if text[i].isalpha() and text[i + 1].isalpha() and text[i].lower() != text[i + 1].lower()
    ]
    count = min(len(places), max(1, round(len(text) / LETTERS_PER_TYPO)))
    for place in generator.choice(places, count, replace=False) if places else ():
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)


def _formal(text: str) -> str:
    names = sorted(_FORMAL_WORDS, key=len, reverse=True)
    known = re.compile(rf"\b({'|'.join(names)})\b", re.IGNORECASE)
    put = known.sub(lambda found: _FORMAL_WORDS[found[0].lower()], _bare(text))
    return f"The present image depicts {put}."


def _telegraphic(text: str) -> str:
    words = re.findall(r"[\w'-]+", text)
    kept = [word for word in words if word.lower() not in _DROPPED]
    return " ".join(kept or words).lower() or text


def _bare(text: str) -> str:
    """Without a full stop at the end, and without a capital that only starts the sentence."""
    text = text.strip().rstrip(".").rstrip()
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


PICTURE_STYLES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "grey": _perturbed(is_grey=True),
    "colour shift": _other_hues,
    "blur": _perturbed(blur=1.5),
    "JPEG": _perturbed(jpeg=90.0),
    "posterise": _poster,
}
CAPTION_STYLES: dict[str, Callable[[str], str]] = {
    "template": _template,
    "upper case": str.upper,
    "verbose": _verbose,
    "typos": _typos,
    "formal": _formal,
    "telegraphic": _telegraphic,
}
