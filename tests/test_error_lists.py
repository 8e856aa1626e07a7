"""Which pairs are listed and how answers fall into slices, on planted pairs."""

from dataclasses import replace

import numpy as np
import pytest

from error_pairs import LABELS, LOGITS, certain, made_captions, planted
from vacsr_core.error_analysis import (
    LISTS,
    ask,
    judged,
    listed,
    slices,
)
from vacsr_core.error_analysis.tables import slices_table
from vacsr_core.errors import DataError
from vacsr_core.library_items import LibraryCaption


def test_sure_and_wrong_comes_by_rising_doubt_and_undecided_by_falling():
    sim, labels = planted()
    answers = ask(sim, judged(sim.shape, labels, {}), "caption")
    doubts = answers.doubts["1 - P(best)"]
    wrong = listed(LISTS[0], sim, labels, answers, "1 - P(best)", 6)
    assert wrong.total == 10 and len(wrong.rows) == 6
    assert (wrong.columns % 4 == 0).all() and (wrong.rows == (wrong.columns + 1) % 40).all()
    assert (np.diff(doubts[wrong.columns]) >= 0).all() and (wrong.rank == 2).all()
    undecided = listed(LISTS[1], sim, labels, answers, "1 - P(best)", 40)
    assert undecided.total == 40 and (np.diff(doubts[undecided.columns]) <= 0).all()
    assert set(undecided.columns[:10]) == set(range(0, 40, 4))


def test_missing_and_wrong_labels_are_the_planted_ones_and_marked_pairs_are_passed_over():
    logits = np.full((4, 5), -3.0)
    labels = np.array([0, 1, 2, 3, -1])
    logits[labels[:4], np.arange(4)] = 3.0
    logits[2, 2] = -2.0  # a wrong label
    logits[3, 4], logits[3, 0], logits[1, 4] = 2.5, 2.0, 1.0  # matches that nobody labelled
    sim = certain(logits)
    answers = ask(sim, judged(sim.shape, labels, {}), "caption")

    def pairs(name, passed_over=None):
        found = listed(name, sim, labels, answers, "std", 10, passed_over)
        return list(zip(found.rows.tolist(), found.columns.tolist(), strict=True)), found.total

    assert pairs(LISTS[2]) == ([(3, 4), (1, 4)], 3)
    assert pairs(LISTS[2], {(3, 4): "match"}) == ([(3, 0), (1, 4)], 2)
    assert pairs(LISTS[3]) == ([(2, 2)], 1)
    assert pairs(LISTS[3], {(2, 2): "no match"}) == ([], 0)
    sim = replace(sim, gallery=200)  # a label needs only be likelier than 1 in 200
    assert pairs(LISTS[3]) == ([(2, 2)], 1) and sim.match_probability[3, 4] < 0.5
    everything = {(i, j): "unsure" for i in range(4) for j in range(5)}
    assert pairs(LISTS[0], everything) == ([], 0) == pairs(LISTS[1], everything)
    with pytest.raises(DataError, match="no list 'best'"):
        listed("best", sim, labels, answers, "std", 3)


def test_slices_by_length_doubt_duplicates_and_tags():
    sim, labels = planted()
    answers = ask(sim, judged(sim.shape, labels, {}), "caption")
    copies = np.arange(40) < 2
    found = slices(answers, "1 - P(best)", made_captions(40), labels, copies)
    by = {(s.by, s.value): (s.first.hits, s.first.of) for s in found}
    assert by == {
        ("caption length", "1 to 5 words"): (20, 20),
        ("caption length", "11 to 15 words"): (10, 20),
        ("doubt", "surest third"): (14, 14),
        ("doubt", "middle third"): (13, 13),
        ("doubt", "most doubtful third"): (3, 13),
        ("the image's file", "there once"): (29, 38),
        ("the image's file", "there more than once"): (1, 2),
        ("tag “level”", "easy"): (30, 30),
        ("tag “level”", "hard"): (0, 10),
    }
    table = slices_table(found)
    assert table["right at rank 1"][0] == 1.0 and table["95 % from"][6] is None


def test_images_have_a_tag_only_where_all_their_captions_share_it():
    sim = certain(LOGITS)
    answers = ask(sim, judged((3, 5), LABELS, {}), "image")
    words = ["a", "b", "a", "b", "b"]
    captions = [LibraryCaption(str(i), "x", extra={"kind": w}) for i, w in enumerate(words)]
    found = slices(answers, "std", captions, LABELS, np.zeros(3, bool))
    tags = {s.value: s.first.of for s in found if s.by.startswith("tag")}
    assert tags == {"a": 1, "b": 1}  # image 0 has both
    assert not any(s.by == "caption length" for s in found)
