"""Marks: what may be marked, what leaves with its items, and the form in a file."""

import pytest

from vacsr_core import marks
from vacsr_core.errors import DataError

PAIRS = {("i1", "c1"): "match", ("i1", "c2"): "no match", ("i2", "c1"): "unsure"}


def test_the_form_in_a_file_loses_nothing():
    written = marks.to_json(PAIRS)
    assert written == {"i1": {"c1": "match", "c2": "no match"}, "i2": {"c1": "unsure"}}
    assert marks.from_json(written) == PAIRS
    assert marks.to_json({}) == {} and marks.from_json({}) == {}


def test_one_mark_changes_and_the_others_stay():
    assert marks.marked(PAIRS, "i1", "c2", "match") == PAIRS | {("i1", "c2"): "match"}
    assert ("i2", "c1") not in marks.marked(PAIRS, "i2", "c1", None)
    assert marks.marked({}, "i1", "c1", None) == {}


def test_marks_leave_with_an_item_of_their_pair():
    assert set(marks.without(PAIRS, {"i1"})) == {("i2", "c1")}
    assert set(marks.without(PAIRS, {"c1", "nobody"})) == {("i1", "c2")}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({("i1", "c1"): "yes"}, "mark 'yes' is unknown; a pair is marked \"match\""),
        ({("i9", "c1"): "match"}, r"the image 'i9'.*\(2 images\)"),
        ({("i1", "c9"): "match"}, r"the caption 'c9'.*\(1 captions\)"),
    ],
)
def test_what_cannot_be_is_refused(given, said):
    with pytest.raises(DataError, match=said):
        marks.check(given, {"i1": 0, "i2": 1}, {"c1": 0})
