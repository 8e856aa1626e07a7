"""DataSet: images and captions as features, what belongs to what, and what people judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.features import Features


@dataclass(frozen=True, eq=False)
class Judged:
    """What people said of P pairs of an image of the data set and any caption.

    Args:
        kind: "experts" or "crowd", or what a table shall call them.
        image: int64 (P,), row of the image.
        captions: J items, the distinct captions; caption: int64 (P,), row of each pair's.
        rating: float (P, R), every rating a column; more is better.
        disagreement: float (P,), how much the judges differ on a pair.
        may_match: bool (P,), the judges find that the caption fits, though nobody labelled it so;
            None where the ratings do not say.
        scale: the least and the greatest rating that can be given.
    """

    kind: str
    image: np.ndarray
    captions: Features
    caption: np.ndarray
    rating: np.ndarray
    disagreement: np.ndarray
    may_match: np.ndarray | None = None
    scale: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Matches:
    """What counts as right, for either direction of asking.

    Args:
        name: "labels", or what else says so.
        of_images: bool (N, M), sparse: the matches of the images that are asked about.
        of_captions: bool (N, M), sparse: the matches of the captions that are asked about.
    """

    name: str
    of_images: csr_array
    of_captions: csr_array

    def take(self, rows: np.ndarray, columns: np.ndarray) -> Matches:
        """Those of some images and captions."""
        parts = (part[rows][:, columns] for part in (self.of_images, self.of_captions))
        return Matches(self.name, *parts)


@dataclass(frozen=True, eq=False)
class DataSet:
    """Features of N images and M captions, and the image that each caption belongs to.

    Args:
        name: of the data set, with its split, as every figure will name it.
        images: N items; captions: M items.
        owner: int64 (M,), row of the image of each caption; -1 for none.
        image_ids: N distinct names.
        caption_ids: M names, or none.
        texts: M captions, or none.
        judged: people's judgements of pairs with these images.
        others: what else may count as right, such as ECCV Caption's matches.
        notes: sentences on what was left out.
    """

    name: str
    images: Features
    captions: Features
    owner: np.ndarray
    image_ids: tuple[str, ...]
    caption_ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    judged: tuple[Judged, ...] = ()
    others: tuple[Matches, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check_shapes()
        pictures, captions = len(self.images), len(self.captions)
        labelled = self.owner[self.owner >= 0]
        if not len(labelled):
            raise DataError(
                f"{self.name}: none of {captions:,} captions belongs to an image, so nothing can "
                "be measured; give at least the pairs of a few images."
            )
        if pictures < 2 or len(np.unique(labelled)) < 2:
            raise DataError(
                f"{self.name}: {pictures:,} images, captions for {len(np.unique(labelled)):,}; a "
                "choice among images needs captions of at least two."
            )
        if captions > 1 and (self.captions.vectors == self.captions.vectors[0]).all():
            raise DataError(
                f"{self.name}: all {captions:,} captions are equal, so they cannot tell images "
                "apart; check the column that they were read from."
            )

    def _check_shapes(self) -> None:
        pictures, captions = len(self.images), len(self.captions)
        if self.images.dimension != self.captions.dimension:
            raise ShapeError(
                f"{self.name}: images have {self.images.dimension} columns, captions "
                f"{self.captions.dimension}; give features of one model."
            )
        if self.owner.shape != (captions,) or len(self.image_ids) != pictures:
            raise ShapeError(
                f"{self.name}: {pictures:,} images with {len(self.image_ids):,} ids, {captions:,} "
                f"captions with owners of shape {self.owner.shape}; wanted one for each."
            )
        if captions and (self.owner.min() < -1 or self.owner.max() >= pictures):
            raise ShapeError(
                f"{self.name}: owners go from {self.owner.min()} to {self.owner.max()}; with "
                f"{pictures:,} images they must stay in -1 to {pictures - 1:,}."
            )

    @property
    def labels(self) -> Matches:
        """The pairs that were labelled as matches."""
        columns = np.flatnonzero(self.owner >= 0)
        places = (self.owner[columns], columns)
        shape = (len(self.images), len(self.captions))
        pairs = csr_array((np.ones(len(columns), bool), places), shape=shape)
        return Matches("labels", pairs, pairs)

    @cached_property
    def image_keys(self) -> np.ndarray:
        """int64 (N,): a number made of each image's id, the same in every draw of images."""
        digests = (hashlib.sha256(name.encode()).digest() for name in self.image_ids)
        return np.array([int.from_bytes(digest[:7], "big") for digest in digests], np.int64)

    def take(self, rows: np.ndarray, name: str = "") -> DataSet:
        """The chosen images, ascending rows, with exactly their captions and judgements."""
        columns = np.flatnonzero(np.isin(self.owner, rows))
        return replace(
            self,
            name=name or self.name,
            images=self.images[rows],
            captions=self.captions[columns],
            owner=np.searchsorted(rows, self.owner[columns]),
            image_ids=tuple(self.image_ids[row] for row in rows),
            caption_ids=tuple(self.caption_ids[column] for column in columns if self.caption_ids),
            texts=tuple(self.texts[column] for column in columns if self.texts),
            judged=tuple(part for part in map(_taken(rows), self.judged) if len(part.image)),
            others=tuple(part.take(rows, columns) for part in self.others),
        )

    def fingerprint(self) -> str:
        """A hash of everything that a figure can depend on."""
        digest = hashlib.sha256()
        arrays = [self.images.vectors, self.captions.vectors, self.owner]
        for part in self.judged:
            arrays += [part.image, part.captions.vectors, part.caption, part.rating]
        for part in self.others:
            arrays += [array for half in (part.of_images, part.of_captions)
                       for array in (half.indices, half.indptr)]  # fmt: skip
        for array in arrays:
            digest.update(str(array.shape).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def _taken(rows: np.ndarray):
    """Judgements of the chosen images alone, with the images counted anew."""

    def part(judged: Judged) -> Judged:
        kept = np.isin(judged.image, rows)
        matching = judged.may_match
        return replace(
            judged,
            image=np.searchsorted(rows, judged.image[kept]),
            caption=judged.caption[kept],
            rating=judged.rating[kept],
            disagreement=judged.disagreement[kept],
            may_match=None if matching is None else matching[kept],
        )

    return part
