"""Reading labelled pictures on either side of the hold-out."""

import pandas
import pytest

from vacsr_core.errors import DataError
from vacsr_core.hold_out import held_out_rows, image_key
from vacsr_core.labelled_data import read_labelled


def test_only_held_out_pictures_are_read(tmp_path):
    pictures = [f"picture {number}".encode() for number in range(9_000)]
    labels = [str(number % 7) for number in range(9_000)]
    path = tmp_path / "l.parquet"
    pandas.DataFrame({"image": pictures, "label": labels}).to_parquet(path)
    found = read_labelled(path, "label")
    is_held_out = held_out_rows([image_key(picture) for picture in pictures], 0.2)
    wanted = [row for row in range(9_000) if is_held_out[row]]
    assert list(found.images) == [pictures[row] for row in wanted]
    assert list(found.labels) == [labels[row] for row in wanted]
    others = read_labelled(path, "label", is_held_out=False)
    assert set(found.images) | set(others.images) == set(pictures)
    assert not set(found.images) & set(others.images)
    few = read_labelled(path, "label", limit=50)
    assert len(few.images) == len(few.labels) == 50 and len(set(few.labels)) == 7
    assert set(zip(few.images, few.labels, strict=True)) <= set(
        zip(found.images, found.labels, strict=True)
    )
    assert few.images != read_labelled(path, "label", limit=50, seed=1).images
    with pytest.raises(DataError, match="no held-out picture"):
        read_labelled(path, "label", share=0.0)
    with pytest.raises(DataError, match="columns image, label; wanted: image, wnid"):
        read_labelled(path, "wnid")
