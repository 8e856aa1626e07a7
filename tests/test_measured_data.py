"""Reading judgements and held-out pictures."""

import pandas
import pytest

from vacsr_core.errors import DataError
from vacsr_core.hold_out import held_out_rows, image_key
from vacsr_core.measured_data import read_judgements, read_labelled


def judged(path, **columns):
    table = {
        "image_id": ["a.jpg", "a.jpg", "b.jpg", "c.jpg"],
        "caption_id": ["b.jpg#0", "a.jpg#1", "a.jpg#1", "a.jpg#1"],
        "caption": ["a boat .", "a tree .", "a tree .", "a tree ."],
        "judge": [1, 4, 2, 3],
    }
    pandas.DataFrame(table | columns).to_csv(path, index=False)
    return path


def test_judgements_without_own_and_unknown_pairs(tmp_path):
    found = read_judgements(judged(tmp_path / "j.csv"), ["judge"], ["b.jpg", "a.jpg"])
    assert found.image.tolist() == [1, 0]
    assert [found.captions[row] for row in found.caption] == ["a boat .", "a tree ."]
    assert found.values.tolist() == [[1], [2]]
    assert (found.own, found.unknown) == (1, 1)


def test_errors_in_judgements(tmp_path):
    path = judged(tmp_path / "j.csv")
    with pytest.raises(DataError, match="it needs judge2 as well"):
        read_judgements(path, ["judge", "judge2"], ["a.jpg"])
    with pytest.raises(DataError, match="of 4 pairs none"):
        read_judgements(path, ["judge"], ["z.jpg"])
    with pytest.raises(DataError, match=r"line 3: a judgement that is no number"):
        read_judgements(judged(path, judge=[1, "?", 2, 3]), ["judge"], ["a.jpg"])


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
