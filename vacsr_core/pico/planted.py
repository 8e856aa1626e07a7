"""Features with planted style: which columns carry it, and how much, is known.

Meaning: every image has many meanings, which its caption shares in part. Style: a picture has a few
styles and so has a sentence, each of them seen in many columns and the same in all tokens of an
item. Column d is sqrt(1 - s_d) meaning + sqrt(s_d) style, both of variance 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.features import Features

PAIRS = 2_000


@dataclass(frozen=True)
class Planting:
    """How the features of one case come about.

    Args:
        pairs: matched pairs; every image has one caption.
        columns: D; patches and words: tokens of an item.
        style_columns: share of the columns that carry style.
        is_graded: style shares drawn from 0 to 1 for all columns, in place of 0 and 1.
        styles: independent styles of each modality.
        meanings: independent meanings behind the columns.
        shared: correlation of a meaning in an image and in its caption, in [0, 1].
        token_noise: standard deviation of what is peculiar to a token, beside the column's 1.
        tail: degrees of freedom of a Student-t style; None for a Gaussian one.
        offset: mean of the style columns, the same sign in both modalities.
        style_link: correlation of an image's styles with its caption's, in [0, 1]; above 0, a
            column shows the same style in both, as where sketches are captioned "a sketch of".
    """

    pairs: int = PAIRS
    columns: int = 128
    patches: int = 9
    words: int = 6
    style_columns: float = 0.4
    is_graded: bool = False
    styles: int = 4
    meanings: int = 64
    shared: float = 0.4
    token_noise: float = 0.7
    tail: float | None = None
    offset: float = 0.0
    style_link: float = 0.0


CASES: dict[str, Planting] = {
    "easy": Planting(),
    "graded": Planting(is_graded=True),
    "few pairs": Planting(pairs=60),
    "heavy tails": Planting(pairs=200, tail=1.5),
    "shared sign": Planting(pairs=200, offset=1.5),
    "linked styles": Planting(style_link=0.8),
    "repeated styles": Planting(pairs=200, styles=2),
    "many styles": Planting(pairs=200, styles=64),
}


@dataclass(frozen=True, eq=False)
class Planted:
    """Features and the truth behind them.

    Args:
        images, captions: N items each, with tokens; caption n belongs to image n.
        caption_image: int64 (N,), 0 to N - 1.
        style_share: float64 (D,) in [0, 1], share of each column's variance that is style.
    """

    images: Features
    captions: Features
    caption_image: np.ndarray
    style_share: np.ndarray


def plant(case: str | Planting, seed: int) -> Planted:
    """Draw features of a case.

    Args:
        case: a key of `CASES`, or an own planting.
        seed: of everything that is drawn.

    Raises:
        DataError: the case is unknown.
    """
    if isinstance(case, str):
        if case not in CASES:
            raise DataError(f"planted case {case!r}; choose one of {', '.join(CASES)}.")
        case = CASES[case]
    generator = np.random.default_rng(seed)
    share = _shares(case, generator)
    loading = generator.standard_normal((case.meanings, case.columns))
    loading /= np.linalg.norm(loading, axis=0)
    image_style, caption_style = _styles(case, generator)
    common = generator.standard_normal((case.pairs, case.meanings))
    seen, sign = _places(case, generator)
    made = []
    for modality, style, tokens in (
        ("image", image_style, case.patches),
        ("caption", caption_style, case.words),
    ):
        own = generator.standard_normal((case.pairs, case.meanings))
        meaning = np.sqrt(case.shared) * common + np.sqrt(1 - case.shared) * own
        if not case.style_link:
            seen, sign = _places(case, generator)
        columns = np.sqrt(1 - share) * (meaning @ loading)  # (N, D)
        columns += np.sqrt(share) * (sign * style[:, seen] + case.offset)
        made.append(_features(columns, modality, tokens, case.token_noise, generator))
    return Planted(*made, np.arange(case.pairs), share)


def _shares(case: Planting, generator: np.random.Generator) -> np.ndarray:
    if case.is_graded:
        return generator.permutation(np.linspace(0.0, 1.0, case.columns))
    share = np.zeros(case.columns)
    share[: round(case.style_columns * case.columns)] = 1.0
    return generator.permutation(share)


def _places(case: Planting, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Which style a column shows (D,), and with which sign (D,)."""
    seen = generator.integers(case.styles, size=case.columns)
    return seen, generator.choice([-1.0, 1.0], case.columns)


def _styles(case: Planting, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Styles (N, S) of images and of captions, of variance about 1."""
    size = (case.pairs, case.styles)

    def draw() -> np.ndarray:
        if case.tail is None:
            return generator.standard_normal(size)
        drawn = generator.standard_t(case.tail, size)
        return drawn / np.median(np.abs(drawn)) * 0.6745  # a normal's median of |x|

    of_images, own = draw(), draw()
    link = case.style_link
    return of_images, link * of_images + np.sqrt(1 - link**2) * own


def _features(
    columns: np.ndarray, modality: str, tokens: int, noise: float, generator: np.random.Generator
) -> Features:
    """Unit rows: tokens scatter around their item, whose vector is their mean."""
    count, dimension = columns.shape
    scatter = generator.standard_normal((count, tokens, dimension), dtype=np.float32)
    drawn = columns[:, None].astype(np.float32) + np.float32(noise) * scatter
    vectors = drawn.mean(axis=1)
    return Features(
        vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        modality=modality,
        tokens=drawn / np.linalg.norm(drawn, axis=2, keepdims=True),
        token_mask=np.ones((count, tokens), bool),
    )
