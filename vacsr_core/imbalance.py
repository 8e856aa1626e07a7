"""One modality made worse on purpose: noise in its features, or less of it to go by.

Source: the imbalance of modalities that arXiv 2412.10761 is about, noise and insufficiency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from vacsr_core import perturb
from vacsr_core.errors import DataError
from vacsr_core.features import Features

KINDS = ("blur", "crop")


def noisy_features(features: Features, level: float, seed: int) -> Features:
    """Mix every row with a random direction of its own.

    Args:
        features: N items.
        level: in [0, 1], the noise's share before the row is brought to length 1 again: with D
            columns the cosine to the row as it was is about (1 - level) /
            sqrt((1 - level)^2 + level^2). 0 changes nothing, 1 leaves noise alone.
        seed: of the directions; they are the same at every level.

    Returns:
        N items of the same modality, without the tokens, which would still tell what they were.

    Raises:
        DataError: a level outside [0, 1].
    """
    _check(level)
    noise = np.random.default_rng(seed).standard_normal(features.vectors.shape)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    mixed = (1.0 - level) * features.vectors + level * noise
    rows = (
        features.vectors if level == 0.0 else mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    )
    return replace(
        features,
        vectors=rows.astype(np.float32),
        tokens=None,
        token_mask=None,
        words=None,
        grid=None,
    )


def drop_words(texts: Sequence[str], level: float, seed: int) -> list[str]:
    """Leave out some words of every caption; the others keep their order.

    Args:
        texts: M captions, whose words stand between spaces.
        level: share of the words, in [0, 1], rounded; one word always stays.
        seed: of which words. At a higher level of the same seed more go, and none comes back.

    Returns:
        M captions.

    Raises:
        DataError: a level outside [0, 1].
    """
    _check(level)
    generator = np.random.default_rng(seed)
    shortened = []
    for text in texts:
        words = text.split()
        order = generator.permutation(len(words))
        count = min(round(level * len(words)), max(len(words) - 1, 0))
        shortened.append(" ".join(words[place] for place in np.sort(order[count:])))
    return shortened


def degrade_image(image: Image.Image, level: float, kind: str, seed: int) -> Image.Image:
    """Leave less of a picture to see.

    Args:
        image: RGB.
        level: in [0, 1]; 0 changes nothing, 1 is the most that `perturb` does.
        kind: "blur", a Gaussian of up to 10 % of the shorter side; "crop", a window somewhere in
            the picture, of its proportions, that leaves out up to 80 % of either side.
        seed: of where the window lies.

    Returns:
        RGB, smaller where it is cropped.

    Raises:
        DataError: a level outside [0, 1], or another kind.
    """
    _check(level)
    if kind not in KINDS:
        raise DataError(f"kind is {kind!r}; choose one of {', '.join(KINDS)}.")
    if kind == "blur":
        return perturb.apply(image, perturb.Changes(blur=level * perturb.MOST_BLUR))
    share = 1.0 - level * perturb.MOST_CROP / 100.0
    width, height = (max(1, round(share * side)) for side in image.size)
    place = np.random.default_rng(seed).random(2)
    left, top = round(place[0] * (image.width - width)), round(place[1] * (image.height - height))
    return image.crop((left, top, left + width, top + height))


def _check(level: float) -> None:
    if not 0.0 <= level <= 1.0:
        raise DataError(f"level is {level}; wanted is a number from 0 to 1.")
