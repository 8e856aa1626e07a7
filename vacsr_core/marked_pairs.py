"""What a person said of single pairs: a match, no match, or not to be asked.

Marks stand above labels. A pair that nobody marked is a match where the caption is labelled with
that image, and else counts as a mismatch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from vacsr_core import marks as pair_marks
from vacsr_core.errors import DataError, ShapeError

UNSURE, MISMATCH, OPEN, MATCH = -2, -1, 0, 1
MEANING = {
    pair_marks.MATCH: MATCH,
    pair_marks.NO_MATCH: MISMATCH,
    pair_marks.UNSURE: UNSURE,
}


def _nothing() -> np.ndarray:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class MarkedPairs:
    """P marked pairs, each named once.

    Args:
        rows, columns: int64 (P,), image and caption of each pair.
        values: int8 (P,), MATCH, MISMATCH or UNSURE.

    Raises:
        ShapeError: the arrays do not fit each other, or a row or column is negative.
        DataError: a pair comes twice, or a value has no meaning.

    Example:
        >>> marked = MarkedPairs.of([(0, 3, "match"), (1, 1, "no match")])
        >>> marked.settled(np.array([0, 1, 1, 1])).tolist()  # caption 1 loses its image
        [0, -1, 1, 1]
        >>> [rows.tolist() for rows in marked.matches(np.array([0, 1, 1, 1]))]
        [[0, 1, 1, 0], [0, 2, 3, 3]]
    """

    rows: np.ndarray = field(default_factory=_nothing)
    columns: np.ndarray = field(default_factory=_nothing)
    values: np.ndarray = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        for name, kind in (("rows", np.int64), ("columns", np.int64), ("values", np.int8)):
            object.__setattr__(self, name, np.asarray(getattr(self, name), kind))
        if not (self.rows.shape == self.columns.shape == self.values.shape == (len(self.rows),)):
            raise ShapeError(
                f"rows {self.rows.shape}, columns {self.columns.shape} and values "
                f"{self.values.shape} of marked pairs do not fit; wanted is (P,) of each."
            )
        if len(self) and min(self.rows.min(), self.columns.min()) < 0:
            raise ShapeError("A marked pair names a negative row or column; count from 0.")
        if len(np.unique(np.stack([self.rows, self.columns]), axis=1).T) < len(self):
            raise DataError("A pair is marked twice; give each pair one mark.")
        if not np.isin(self.values, list(MEANING.values())).all():
            raise DataError(f"Marks are {', '.join(MEANING)}; another value was given.")

    @classmethod
    def of(cls, marks: Iterable[tuple[int, int, str]]) -> MarkedPairs:
        """From (image row, caption column, mark), the mark as a library calls it."""
        marks = list(marks)
        unknown = {mark for _, _, mark in marks} - set(MEANING)
        if unknown:
            raise DataError(f"Unknown mark {sorted(unknown)}; choose from {', '.join(MEANING)}.")
        rows, columns, names = zip(*marks, strict=True) if marks else ((), (), ())
        return cls(np.array(rows), np.array(columns), np.array([MEANING[name] for name in names]))

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _table(self) -> csr_array:
        shape = (self.rows.max(initial=0) + 1, self.columns.max(initial=0) + 1)
        return csr_array((self.values, (self.rows, self.columns)), shape=shape)

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The marks of all pairs of some images (n) and captions (m), which may repeat.

        Returns:
            int8 (n, m); OPEN where nobody marked the pair.
        """
        found = np.zeros((len(rows), len(columns)), np.int8)
        height, width = self._table.shape
        inside, within = np.flatnonzero(rows < height), np.flatnonzero(columns < width)
        if len(self) and len(inside) and len(within):
            part = self._table[rows[inside]][:, columns[within]]
            found[np.ix_(inside, within)] = part.toarray()
        return found

    def at(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The marks of single pairs: int8 (n,) for images (n,) with captions (n,)."""
        if not len(self):
            return np.zeros(len(rows), np.int8)
        width = 1 + max(self.columns.max(), np.max(columns, initial=0))
        keys, order = np.unique(self.rows * width + self.columns, return_index=True)
        wanted = np.asarray(rows) * width + np.asarray(columns)
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, self.values[order[place]], OPEN).astype(np.int8)

    def on(self, rows: np.ndarray, columns: np.ndarray) -> MarkedPairs:
        """The marked pairs of some images and captions, counted anew within them.

        Args:
            rows, columns: rising and without repeats.
        """
        if not len(self):
            return self
        kept = np.isin(self.rows, rows) & np.isin(self.columns, columns)
        return MarkedPairs(
            np.searchsorted(rows, self.rows[kept]),
            np.searchsorted(columns, self.columns[kept]),
            self.values[kept],
        )

    def part(
        self, rows: np.ndarray, caption_image: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, MarkedPairs]:
        """What belongs to some images.

        Args:
            rows: image rows, rising.
            caption_image: int64 (M,), row of the image of each caption; -1 for none.

        Returns:
            Columns of their captions, the place in `rows` of each one's own image or -1, and the
            marks on these pairs, counted anew.
        """
        columns = np.flatnonzero(np.isin(self.homes(caption_image), rows))
        owner = self.settled(caption_image)[columns]
        places = np.where(owner < 0, -1, np.searchsorted(rows, owner))
        return columns, places, self.on(rows, columns)

    def settled(self, caption_image: np.ndarray) -> np.ndarray:
        """The image that each caption belongs to once the marks are heeded.

        Args:
            caption_image: int64 (M,), the labelled image of each caption, -1 for none.

        Returns:
            int64 (M,): the labelled image where that label stands, else the first image that was
            marked as a match, else -1. Settling twice changes nothing.
        """
        owner = np.array(caption_image, np.int64)
        if not len(self):
            return owner
        labelled = np.flatnonzero(owner >= 0)
        owner[labelled[self.at(owner[labelled], labelled) < 0]] = -1
        for row, column in zip(*self._of(MATCH), strict=True):
            if owner[column] < 0:
                owner[column] = row
        return owner

    def homes(self, caption_image: np.ndarray) -> np.ndarray:
        """The image with which each caption is held out or fitted on: int64 (M,), -1 for none.

        The one it belongs to; where there is none, the first that it was marked not to match, so
        that the mismatch is known. Captions of unsure pairs alone go nowhere.
        """
        home = self.settled(caption_image)
        for row, column in zip(*self._of(MISMATCH), strict=True):
            if home[column] < 0:
                home[column] = row
        return home

    def matches(self, caption_image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All pairs that belong together: rows (P,), columns (P,).

        First each caption with the image it belongs to, in the captions' order, then what was
        marked as a match beside it.
        """
        owner = self.settled(caption_image)
        columns = np.flatnonzero(owner >= 0)
        rows, further = self._of(MATCH)
        beside = owner[further] != rows
        return np.r_[owner[columns], rows[beside]], np.r_[columns, further[beside]]

    def mismatches(self) -> tuple[np.ndarray, np.ndarray]:
        """All pairs that were marked as no match: rows (P,), columns (P,)."""
        return self._of(MISMATCH)

    def _of(self, value: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.values == value
        return self.rows[chosen], self.columns[chosen]

    def labels(self, caption_image: np.ndarray, images: int) -> np.ndarray:
        """int8 (N, M): MATCH, UNSURE, and MISMATCH or OPEN for what is a match to nobody."""
        everything = np.arange(images), np.arange(len(caption_image))
        found = self.block(*everything)
        rows, columns = self.matches(caption_image)
        found[rows, columns] = MATCH
        return found


UNMARKED = MarkedPairs()
