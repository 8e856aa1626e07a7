"""What the backbone's training never sees, decided by a fixed hash of a key of each image.

Adapters and figures are made on these rows. A hash, and not a drawn split, so that a file in
another order, or with rows added, keeps every image on its side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from vacsr_core.errors import DataError

LABELLED_SHARE = 0.2
CAPTIONED_COUNT = 1_000


def image_key(image: bytes) -> str:
    """The key of a labelled picture: SHA-256 of its stored bytes, in hex."""
    return hashlib.sha256(image).hexdigest()


def held_out_rows(keys: Sequence[str], share: float = LABELLED_SHARE) -> np.ndarray:
    """Which rows are held out.

    Args:
        keys: one per row: image_id of a captioned photo, `image_key` of a labelled picture.
        share: in [0, 1]; the share of all possible keys that is held out.

    Returns: bool (N,).

    Raises: DataError for a share outside [0, 1].
    """
    if not 0.0 <= share <= 1.0:
        raise DataError(f"The share held out is {share}; wanted is a number from 0 to 1.")
    return _positions(keys) < share


def captioned_hold_out(image_ids: Sequence[str], count: int = CAPTIONED_COUNT) -> np.ndarray:
    """The `count` images of smallest hash, so that exactly so many are held out.

    Args:
        image_ids: one per row, no two equal.
        count: how many to hold out; at most as many as there are rows.

    Returns: bool (N,) with exactly `count` True.

    Raises: DataError where an id comes twice, or there are fewer rows than `count`.
    """
    if len(set(image_ids)) < len(image_ids):
        twice = len(image_ids) - len(set(image_ids))
        raise DataError(f"{twice} of {len(image_ids)} image ids come twice; give each image once.")
    if not 0 <= count <= len(image_ids):
        raise DataError(f"{count} images to hold out of {len(image_ids)}; wanted is no more.")
    is_held_out = np.zeros(len(image_ids), bool)
    is_held_out[np.argsort(_positions(image_ids), kind="stable")[:count]] = True
    return is_held_out


def _positions(keys: Sequence[str]) -> np.ndarray:
    """float64 (N,) in [0, 1): where the hash of each key falls."""
    digests = (hashlib.sha256(f"held out/{key}".encode()).digest() for key in keys)
    return np.array([int.from_bytes(digest[:8], "big") / 2**64 for digest in digests], float)
