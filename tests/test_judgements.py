"""Reading judgements of pairs."""

import pandas
import pytest

from vacsr_core.errors import DataError
from vacsr_core.judgements import read_judgements


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
