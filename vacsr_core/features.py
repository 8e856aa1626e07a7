"""Features: what a backbone says about a list of images or captions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vacsr_core.errors import ShapeError

MODALITIES = ("image", "caption")


@dataclass(frozen=True, eq=False)
class Features:
    """Unit vectors in the joint space of one backbone, one row per item.

    Args:
        vectors: float32 (N, D), every row of length 1.
        modality: "image" or "caption".
        tokens: float32 (N, T, D) unit rows in the same space, or None where the backbone has
            none. Images: patches in row-major order; captions: words. Padding rows are 0.
        token_mask: bool (N, T), True where a token is real; None exactly when `tokens` is.
        words: for captions, the strings behind the tokens: N tuples, the n-th as long as
            `token_mask[n].sum()`. None for images and where the backbone has no tokens.
        grid: for images, (rows, columns) of the patches, rows * columns = T. None for captions.
        is_truncated: bool (N,), True where a caption was longer than the model's context.
        backbone_id: which backbone made the vectors; "" for vectors from elsewhere.

    Raises:
        ShapeError: shapes do not fit each other, or a value is NaN or infinite.
    """

    vectors: np.ndarray
    modality: str
    tokens: np.ndarray | None = None
    token_mask: np.ndarray | None = None
    words: tuple[tuple[str, ...], ...] | None = None
    grid: tuple[int, int] | None = None
    is_truncated: np.ndarray | None = None
    backbone_id: str = ""

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise ShapeError(f"modality is {self.modality!r}; it must be one of {MODALITIES}.")
        if self.vectors.ndim != 2:
            raise ShapeError(
                f"vectors have shape {self.vectors.shape}; give one row per item: (N, D)."
            )
        if not np.isfinite(self.vectors).all():
            bad = int((~np.isfinite(self.vectors).all(axis=1)).argmax())
            raise ShapeError(f"vectors hold NaN or infinity, first in row {bad}; remove that item.")
        if (self.tokens is None) != (self.token_mask is None):
            raise ShapeError("tokens and token_mask go together: give both or neither.")
        if self.tokens is not None:
            wanted = (len(self), self.tokens.shape[1], self.dimension)
            if self.tokens.shape != wanted or self.token_mask.shape != wanted[:2]:
                raise ShapeError(
                    f"tokens {self.tokens.shape} and token_mask {self.token_mask.shape} do not fit "
                    f"vectors {self.vectors.shape}; wanted {wanted} and {wanted[:2]}."
                )

    def __len__(self) -> int:
        return self.vectors.shape[0]

    @property
    def dimension(self) -> int:
        """D, the number of feature columns."""
        return self.vectors.shape[1]

    @classmethod
    def from_vectors(cls, array: np.ndarray, modality: str) -> Features:
        """Take precomputed vectors, of any length, and bring every row to length 1.

        Args:
            array: real numbers (N, D).
            modality: "image" or "caption".

        Returns:
            Features without tokens.

        Raises:
            ShapeError: not two-dimensional, not finite, or a row of zeros.
        """
        vectors = np.asarray(array, dtype=np.float32)
        checked = cls(vectors=vectors, modality=modality)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        if (length == 0).any():
            row = int((length[:, 0] == 0).argmax())
            raise ShapeError(f"row {row} is all zeros and has no direction; remove that item.")
        return replace(checked, vectors=vectors / length)

    def __getitem__(self, rows) -> Features:
        """The chosen rows, by index, slice, boolean mask or list of indices."""
        if isinstance(rows, (int, np.integer)):
            rows = [rows]
        index = np.arange(len(self))[rows]

        def part(array):
            return None if array is None else array[index]

        words = None if self.words is None else tuple(self.words[i] for i in index)
        return replace(
            self,
            vectors=self.vectors[index],
            tokens=part(self.tokens),
            token_mask=part(self.token_mask),
            words=words,
            is_truncated=part(self.is_truncated),
        )
