"""A map to take away: Parquet that Embedding Atlas opens, and CSV."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.library import LibraryCaption, LibraryImage

COMMAND = (
    "embedding-atlas common-space.parquet --x projection_x --y projection_y "
    "--neighbors neighbors --text text --image image"
)


def map_columns(
    images: Sequence[LibraryImage],
    captions: Sequence[LibraryCaption],
    maps: Mapping[str, np.ndarray],
    values: Mapping[str, np.ndarray],
) -> dict[str, list]:
    """Plain columns of P items, images first.

    Args:
        images, captions: the items.
        maps: prefix -> float (P, 2 or 3), such as "projection": it gives "projection_x", …
        values: further numbers or names, name -> (P,).

    Raises: ShapeError where a column has not one value for each item.
    """
    count = len(images) + len(captions)
    table: dict[str, list] = {
        "id": [item.id for item in (*images, *captions)],
        "kind": ["image"] * len(images) + ["caption"] * len(captions),
        "text": [image.name for image in images] + [caption.text for caption in captions],
        "image_id": [image.id for image in images] + [c.image_id for c in captions],
    }
    for prefix, places in maps.items():
        for axis in range(places.shape[1]):
            table[f"{prefix}_{'xyz'[axis]}"] = places[:, axis].astype(float).tolist()
    table |= {name: list(column) for name, column in values.items()}
    wrong = {name: len(column) for name, column in table.items() if len(column) != count}
    if wrong:
        raise ShapeError(f"columns of {wrong} for {count} items; wanted one value for each.")
    return table


def map_parquet(
    images: Sequence[LibraryImage],
    captions: Sequence[LibraryCaption],
    maps: Mapping[str, np.ndarray],
    values: Mapping[str, np.ndarray],
    neighbours: np.ndarray,
    distances: np.ndarray,
) -> bytes:
    """The items with their places, pictures and true neighbours as Parquet.

    Embedding Atlas opens the file as `COMMAND` says: coordinates in columns of numbers,
    neighbours as {"ids", "distances"} with row numbers, pictures as {"bytes", "path"}.

    Args:
        images, captions, maps, values: as of `map_columns`.
        neighbours, distances: (P, k), exact ones in the backbone's space.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = map_columns(images, captions, maps, values)
    pictures = [{"bytes": image.data, "path": image.name} for image in images]
    pairs = zip(neighbours.tolist(), distances.astype(float).tolist(), strict=True)
    arrays = {name: pa.array(column) for name, column in table.items()} | {
        "row": pa.array(range(len(table["id"])), pa.int64()),
        "image": pa.array(
            [*pictures, *[None] * len(captions)],
            pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        ),
        "neighbors": pa.array([{"ids": ids, "distances": far} for ids, far in pairs]),
    }
    written = io.BytesIO()
    pq.write_table(pa.table(arrays), written)
    return written.getvalue()
