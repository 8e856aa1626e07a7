"""Pairs that are ready to be fitted on, from one source or from several together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vacsr_core import scenes
from vacsr_core.errors import DataError
from vacsr_core.features import Features
from vacsr_core.marked_pairs import UNMARKED, MarkedPairs

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.pico import StyleViews

SCENE_PIXELS = 224
# Chosen on 200 validation scenes. An unlabelled pair aims at half of the share of facts that hold:
# even where all hold, nobody has said that the two belong together.
UNLABELLED_SHARE = 0.5
POSITIVE_LEVELS = tuple(level for level in scenes.LEVELS if level != "wrong")


@dataclass(frozen=True, eq=False)
class PairSet:
    """Features of one source with its labels.

    Args:
        name: of the source, as a sentence shows it, such as "600 drawn scenes".
        images: N items; captions: M items, of the same backbone.
        caption_image: (M,), row of the image that each caption is labelled with; -1 for none.
            Once made, the set holds what the marks leave of it, see `MarkedPairs.settled`.
        unlabelled: float32 (N, M), the aim of each pair that is not labelled where graded truth is
            known; None for 0.
        is_drawn: drawn scenes, which stand in where there is nothing else.
        marked: what a person said of single pairs; it stands above the labels.
        views: some of the images in other styles, for PICO; None where there are none.
    """

    name: str
    images: Features
    captions: Features
    caption_image: np.ndarray
    unlabelled: np.ndarray | None = None
    is_drawn: bool = False
    marked: MarkedPairs = UNMARKED
    views: StyleViews | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "caption_image", self.marked.settled(self.caption_image))

    @property
    def labelled_images(self) -> int:
        """How many images have a caption."""
        return len(np.unique(self.caption_image[self.caption_image >= 0]))

    @property
    def labelled_pairs(self) -> int:
        """How many pairs belong together."""
        return len(self.marked.matches(self.caption_image)[0])

    def of_images(self, rows: np.ndarray, name: str = "") -> PairSet:
        """Some images with the captions that go with them; see `MarkedPairs.homes`.

        Args:
            rows: int (n,), rising and without repeats.
            name: of the part; "" keeps the set's.
        """
        columns, places, marked = self.marked.part(rows, self.caption_image)
        aims = self.unlabelled
        return PairSet(
            name=name or self.name,
            images=self.images[rows],
            captions=self.captions[columns],
            caption_image=places,
            unlabelled=None if aims is None else aims[np.ix_(rows, columns)],
            is_drawn=self.is_drawn,
            marked=marked,
        )


def join(sets: Sequence[PairSet]) -> PairSet:
    """One set of all: pairs across two sources are plain mismatches.

    Raises:
        DataError: nothing was given.
    """
    if not sets:
        raise DataError("No pairs were given to fit on; name at least one source.")
    if len(sets) == 1:
        return sets[0]
    owners, marks, aims = [], [], None
    tops = np.cumsum([0, *(len(part.images) for part in sets)])
    lefts = np.cumsum([0, *(len(part.captions) for part in sets)])
    if any(part.unlabelled is not None for part in sets):
        aims = np.zeros((tops[-1], lefts[-1]), np.float32)
    for part, top, left in zip(sets, tops, lefts, strict=False):
        owners.append(np.where(part.caption_image >= 0, part.caption_image + top, -1))
        said = part.marked
        marks.append((said.rows + top, said.columns + left, said.values))
        if part.unlabelled is not None:
            height, width = part.unlabelled.shape
            aims[top : top + height, left : left + width] = part.unlabelled
    return PairSet(
        name=" and ".join(part.name for part in sets),
        images=_stacked([part.images for part in sets]),
        captions=_stacked([part.captions for part in sets]),
        caption_image=np.concatenate(owners),
        unlabelled=aims,
        is_drawn=all(part.is_drawn for part in sets),
        marked=MarkedPairs(*(np.concatenate(parts) for parts in zip(*marks, strict=True))),
        views=_views(sets, tops),
    )


def _views(sets: Sequence[PairSet], tops: np.ndarray) -> StyleViews | None:
    """The views of all sets, by the rows of the joined images."""
    given = [(part.views, top) for part, top in zip(sets, tops, strict=False) if part.views]
    if not given:
        return None
    rows = np.concatenate([views.row + top for views, top in given])
    return replace(given[0][0], features=_stacked([v.features for v, _ in given]), row=rows)


def _stacked(parts: Sequence[Features]) -> Features:
    """All items in one; with their tokens where every part has some."""
    vectors = np.concatenate([part.vectors for part in parts])
    first, tokens, mask = parts[0], None, None
    if all(part.tokens is not None for part in parts):
        longest = max(part.tokens.shape[1] for part in parts)

        def padded(array: np.ndarray) -> np.ndarray:
            width = [(0, 0)] * array.ndim
            width[1] = (0, longest - array.shape[1])
            return np.pad(array, width)

        tokens = np.concatenate([padded(part.tokens) for part in parts])
        mask = np.concatenate([padded(part.token_mask) for part in parts])
    return Features(
        vectors, first.modality, tokens, mask, grid=first.grid, backbone_id=first.backbone_id
    )


def scene_pairs(
    engine: Engine,
    count: int,
    seed: int,
    progress: Callable | None = None,
    has_tokens: bool = False,
) -> PairSet:
    """Freshly drawn scenes, encoded; their facts give graded aims for unlabelled pairs.

    Args:
        count: scenes; each has one caption of every level that tells the truth.
        progress: called with (share done, text); may raise CancelledError.
        has_tokens: keep the tokens too, which take many times the memory, and add views of some
            scenes in other styles: what PICO looks at.
    """
    drawn = scenes.sample(count, seed=seed + 1_000_003, levels=POSITIVE_LEVELS)
    pictures = []
    for index, scene in enumerate(drawn.scenes):
        pictures.append(scenes.draw(scene, SCENE_PIXELS))
        if progress is not None:
            progress(0.15 * (index + 1) / len(drawn.scenes), "drawing scenes")
    images = engine.encode_images(pictures, part_of(progress, 0.15, 0.8), tokens=has_tokens)
    texts = [caption.text for caption in drawn.captions]
    captions = engine.encode_captions(texts, part_of(progress, 0.8, 1.0), tokens=has_tokens)
    views = None
    if has_tokens:
        from vacsr_core.style_views import MOST_PICTURES, drawn_again, style_views

        views = style_views(engine, drawn_again(drawn.scenes[:MOST_PICTURES], SCENE_PIXELS))
    return PairSet(
        name=f"{len(images):,} drawn scenes with {len(captions):,} captions",
        images=images,
        captions=captions,
        caption_image=drawn.caption_image,
        unlabelled=UNLABELLED_SHARE * scenes.truth(drawn.scenes, drawn.captions),
        is_drawn=True,
        views=views,
    )


def part_of(progress: Callable | None, start: float, end: float) -> Callable | None:
    """A progress callback for the part of some work from `start` to `end`, in [0, 1]."""
    if progress is None:
        return None
    return lambda share, text="": progress(start + share * (end - start), text)
