"""Images and captions as a data set gives them: pictures stay on disk until they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vacsr_core.errors import DataError


class LazyImages(Sequence):
    """N images that are fetched one by one, when asked for.

    Args:
        count: N.
        fetch: gives the image of a row: bytes, or the path of a file.
    """

    def __init__(self, count: int, fetch: Callable[[int], bytes | Path]) -> None:
        self._count = count
        self._fetch = fetch

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> bytes | Path:
        if not -self._count <= row < self._count:
            raise IndexError(f"row {row} of {self._count} images")
        return self._fetch(int(row) % self._count)


@dataclass(frozen=True, eq=False)
class PairData:
    """Images and the captions that belong to them, as `encode` and `fit_adapters` take them.

    Args:
        name: of the file or folder.
        image_ids: N distinct names.
        images: N images, each bytes or the path of a file; fetched when asked for.
        captions: M texts.
        caption_image: int64 (M,), row of each caption's image.
        columns: further columns, name -> M texts, such as "level".
        notes: sentences on what was left out.

    Raises:
        DataError: lengths do not fit, an id comes twice, or a caption has no image.
    """

    name: str
    image_ids: tuple[str, ...]
    images: Sequence[bytes | Path]
    captions: tuple[str, ...]
    caption_image: np.ndarray
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.image_ids)
        if len(self.images) != count or len(set(self.image_ids)) != count:
            raise DataError(
                f"{self.name} has {len(self.images):,} images and {len(set(self.image_ids)):,} "
                f"distinct ids among {count:,}: every image needs an id of its own."
            )
        rows = self.caption_image
        if len(rows) != len(self.captions) or (
            len(rows) and not 0 <= rows.min() <= rows.max() < count
        ):
            raise DataError(
                f"{self.name} has {len(self.captions):,} captions and {len(rows):,} image rows for "
                f"them; every caption needs one between 0 and {count - 1:,}."
            )

    def select(self, rows: Sequence[int] | np.ndarray) -> PairData:
        """The chosen images, in that order, with exactly their captions.

        Args:
            rows: distinct image rows, 0 to N - 1.
        """
        rows = np.asarray(rows, dtype=np.int64)
        new_row = np.full(len(self.image_ids), -1, dtype=np.int64)
        new_row[rows] = np.arange(len(rows))
        kept = np.flatnonzero(new_row[self.caption_image] >= 0)
        source = self.images
        return PairData(
            name=self.name,
            image_ids=tuple(self.image_ids[row] for row in rows),
            images=LazyImages(len(rows), lambda row: source[rows[row]]),
            captions=tuple(self.captions[row] for row in kept),
            caption_image=new_row[self.caption_image[kept]],
            columns={key: tuple(cells[row] for row in kept) for key, cells in self.columns.items()},
            notes=self.notes,
        )
