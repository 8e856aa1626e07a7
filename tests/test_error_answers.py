"""Whose answer is right: truth, marks, ranks and doubts by hand."""

import numpy as np
import pytest

from beliefs import some_pairs
from error_pairs import LABELS, LOGITS, certain, planted
from vacsr_core.error_analysis import (
    DOUBTS,
    ask,
    first_choice,
    judged,
    recall,
)
from vacsr_core.errors import DataError, ShapeError


def test_marks_stand_above_labels():
    marks = {(0, 0): "no match", (2, 4): "match", (1, 1): "unsure", (0, 3): "no match"}
    truth = judged((3, 5), LABELS, marks)
    wanted = np.zeros((3, 5), bool)
    wanted[[0, 1, 2, 2], [1, 2, 3, 4]] = True
    assert (truth.is_match == wanted).all()
    assert np.argwhere(truth.is_left_out).tolist() == [[1, 1]]
    assert (truth.of_queries("caption")[0] == wanted.T).all()


def test_labels_and_marks_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"shape \(4,\); 3 images and 5 captions"):
        judged((3, 5), LABELS[:4], {})
    with pytest.raises(ShapeError, match="from 0 to 1"):
        judged((2, 5), LABELS, {})
    with pytest.raises(DataError, match="image 3, caption 0, and there are 3 x 5 pairs"):
        judged((3, 5), LABELS, {(3, 0): "match"})
    with pytest.raises(DataError, match="perhaps"):
        judged((3, 5), LABELS, {(0, 0): "perhaps"})


def test_captions_look_for_their_image_and_ties_count_against_us():
    answers = ask(certain(LOGITS), judged((3, 5), LABELS, {}), "caption")
    assert answers.query.tolist() == [0, 1, 2, 3]
    assert answers.rank.tolist() == [1, 3, 1, 3]  # caption 3: three images share its score
    assert answers.first[[0, 1, 2]].tolist() == [0, 1, 1]
    assert answers.first[3] in (0, 1)  # of equal ones a wrong one
    assert (answers.excluded, answers.gallery) == (1, 3)
    assert answers.is_error.tolist() == [False, True, False, True]
    assert answers.group.tolist() == [0, 0, 1, 2]


def test_images_look_for_any_of_their_captions():
    answers = ask(certain(LOGITS), judged((3, 5), LABELS, {}), "image")
    assert answers.query.tolist() == [0, 1, 2]
    assert answers.rank.tolist() == [1, 4, 2]
    assert answers.first[0] == 0 and answers.first[2] == 1
    assert answers.pairs(np.array([0, 2])) == (pytest.approx([0, 2]), pytest.approx([0, 1]))
    assert answers.excluded == 0


def test_a_mark_changes_answers_and_unsure_pairs_are_passed_over():
    sim = certain(LOGITS)
    marks = {(1, 1): "match", (0, 3): "unsure", (1, 3): "unsure", (2, 4): "no match"}
    answers = ask(sim, judged((3, 5), LABELS, marks), "caption")
    assert dict(zip(answers.query.tolist(), answers.rank.tolist(), strict=True)) == {
        0: 1, 1: 1, 2: 1, 3: 1
    }  # fmt: skip
    assert answers.is_whole.tolist() == [True, True, True, False]
    assert answers.doubts["1 - P(best)"][3] == 0.0  # nobody is left to be better
    marks = {(1, 2): "no match"}
    answers = ask(sim, judged((3, 5), LABELS, marks), "caption")
    assert 2 not in answers.query and answers.excluded == 2


def test_doubts_are_those_of_the_first_choice():
    sim = some_pairs(6, 9)
    truth = judged((6, 9), np.arange(9) % 6, {})
    for kind, axis in (("caption", 0), ("image", 1)):
        answers = ask(sim, truth, kind)
        pair = answers.pairs(slice(None))
        assert answers.first == pytest.approx(sim.mean.argmax(axis)[answers.query])
        assert answers.doubts["std"] == pytest.approx(sim.std[pair])
        assert answers.doubts["1 - P(match)"] == pytest.approx(1 - sim.match_probability[pair])
        assert answers.doubts["1 - P(best)"] == pytest.approx(
            1 - sim.prob_best(axis)[pair], abs=5e-3
        )
        assert set(answers.doubts) == set(DOUBTS)


def test_chances_are_taken_over_where_nothing_changed(monkeypatch):
    sim, labels = planted()
    before = ask(sim, judged(sim.shape, labels, {}), "caption")
    asked = []
    real = first_choice.chance_best

    def spy(sim, kind, query, *rest):
        asked.extend(query.tolist())
        return real(sim, kind, query, *rest)

    monkeypatch.setattr("vacsr_core.error_analysis.answers.chance_best", spy)
    truth = judged(sim.shape, labels, {(6, 5): "unsure", (1, 0): "match"})
    after = ask(sim, truth, "caption", before)
    fresh = ask(sim, truth, "caption")
    assert asked[:1] == [5] and len(asked) == 1 + 40  # then all of them, without `known`
    for name in DOUBTS:
        assert after.doubts[name] == pytest.approx(fresh.doubts[name])


def test_nothing_to_ask_and_nothing_to_choose_from_are_said():
    with pytest.raises(DataError, match="0 matches; wanted are at least one match"):
        ask(certain(LOGITS), judged((3, 5), np.full(5, -1), {}), "caption")
    with pytest.raises(DataError, match="5 captions with 1 items to choose from"):
        ask(certain(LOGITS[:1]), judged((1, 5), np.zeros(5, int), {}), "caption")


def test_captions_that_are_all_equal_are_all_wrong():
    sim = certain(np.zeros((4, 4)))
    answers = ask(sim, judged((4, 4), np.arange(4), {}), "caption")
    assert answers.rank.tolist() == [4] * 4
    assert recall(answers, 1).hits == 0


def test_the_chance_of_the_first_choice_agrees_with_the_closed_form():
    sim = some_pairs(20, 30, seed=5)
    query = np.arange(30)
    choice = sim.mean.argmax(0)
    nothing = np.zeros((30, 20), bool)
    found = first_choice.chance_best(sim, "caption", query, choice, nothing)
    assert found == pytest.approx(sim.prob_best(0)[choice, query], abs=5e-3)
    few = first_choice.chance_best(sim, "caption", query[3:7], choice[3:7], nothing)
    assert few == pytest.approx(found[3:7], abs=1e-6)
    where = np.flatnonzero(choice != 0)
    nothing[:, 0] = choice != 0
    found = first_choice.chance_best(sim, "caption", query, choice, nothing)
    rest = sim[1:, where].prob_best(0)
    assert found[where] == pytest.approx(rest[choice[where] - 1, np.arange(len(where))], abs=5e-3)
