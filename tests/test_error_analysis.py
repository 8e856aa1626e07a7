"""Error analysis on planted pairs: ranks, doubts, marks, lists and slices by hand."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from beliefs import some_pairs
from vacsr_core import Similarity
from vacsr_core.error_analysis import (
    DOUBTS,
    KINDS,
    LISTS,
    Share,
    TooFew,
    analyse,
    ask,
    doubt_auroc,
    enough,
    first_choice,
    judge,
    judged,
    keep_surest,
    listed,
    recall,
    shortlist,
    slices,
)
from vacsr_core.error_analysis.shortlist import Shortlist
from vacsr_core.error_analysis.tables import answers_table, slices_table
from vacsr_core.error_analysis.words import (
    calibration_sentence,
    coverage_sentence,
    excluded_sentence,
    first_line,
    interval_words,
)
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.library_items import LibraryCaption, LibraryImage

# Rows are images, columns captions; the labels are 0 0 1 2 and the last caption is nobody's.
LABELS = np.array([0, 0, 1, 2, -1])
LOGITS = np.array(
    [
        [3.0, -1.0, -2.0, 1.0, 0.0],
        [0.0, 2.0, 1.0, 1.0, 2.0],
        [-3.0, 1.0, 0.5, 1.0, 0.5],
    ],
    np.float32,
)


def certain(logits: np.ndarray, variance: float = 0.04) -> Similarity:
    """Pairs of one component each, with the logit means given."""
    means = np.asarray(logits, np.float32)[..., None]
    return Similarity(np.tanh(means[..., 0] / 4), means, np.full_like(means, variance), gallery=2)


def planted(pairs: int = 40, seed: int = 1) -> tuple[Similarity, np.ndarray]:
    """One caption an image; a quarter of the captions prefers another image, and by less."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-3.0, 0.3, (pairs, pairs))
    for column in range(pairs):
        own, other = column, (column + 1) % pairs
        logits[own, column] = 3.0 if column % 4 else 0.5
        logits[other, column] = -2.0 if column % 4 else 0.8
    return certain(logits, 0.2), np.arange(pairs)


# --- truth ----------------------------------------------------------------------------------


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


# --- answers --------------------------------------------------------------------------------


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


# --- figures --------------------------------------------------------------------------------


def test_shares_have_an_interval_from_ten_groups_on():
    hits = np.array([True] * 6 + [False] * 3)
    assert enough.share(hits, np.arange(9)) == Share(6, 9, None, None)
    found = enough.share(np.r_[hits, True], np.arange(10))
    assert (found.hits, found.of, found.value) == (7, 10, 0.7)
    assert 0.3 < found.low < 0.7 < found.high <= 1.0
    all_right = enough.share(np.ones(20, bool), np.repeat(np.arange(10), 2))
    assert (all_right.low, all_right.high) == (pytest.approx(0.025 ** (1 / 10)), 1.0)
    none = enough.share(np.zeros(10, bool), np.arange(10))
    assert (none.low, none.high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 10)))


def test_the_surest_are_kept_and_the_planted_errors_go_first():
    sim, labels = planted()
    answers = ask(sim, judged(sim.shape, labels, {}), "caption")
    assert answers.is_error.sum() == 10
    kept = keep_surest(answers, "1 - P(best)", 0.8)
    assert (kept.kept, kept.right) == (32, 30)
    assert kept.error == pytest.approx(2 / 32) and kept.error_of_all == 0.25
    assert keep_surest(answers, "1 - P(best)", 0.75).right == 30
    assert keep_surest(answers, "1 - P(best)", 0.001).kept == 1
    assert doubt_auroc(answers, "1 - P(best)")[0] == 1.0
    assert first_line(answers, 0.8, kept).replace("\u00a0", " ") == (
        "Of 40 captions 30 find their image first; among the surest 80 % it is 30 of 32."
    )
    assert coverage_sentence(0.8, kept).replace("\u00a0", " ") == (
        "Keep the surest 80 %: the error falls from 25 % to 6 % (2 of 32 wrong)."
    )


def test_equal_doubts_are_rounded_against_us():
    sim, labels = planted()
    answers = ask(sim, judged(sim.shape, labels, {}), "caption")
    flat = replace(answers, doubts={name: np.zeros(40) for name in DOUBTS})
    kept = keep_surest(flat, "std", 0.45)  # 18 answers, of which 13.5 are right on average
    assert (kept.kept, kept.right) == (18, 13)
    assert kept.error == pytest.approx(0.25)
    assert "the error stays at 25" in coverage_sentence(0.45, kept)


def test_unknown_doubts_and_coverages_are_refused():
    sim, labels = planted()
    answers = ask(sim, judged(sim.shape, labels, {}), "caption")
    for doubt, coverage in (("variance", 0.5), ("std", 0.0), ("std", 1.1)):
        with pytest.raises(DataError, match=r"wanted one of 1 - P\(best\), std"):
            keep_surest(answers, doubt, coverage)


def test_too_few_is_said_with_the_number_that_is_needed():
    answers = ask(certain(LOGITS), judged((3, 5), LABELS, {}), "caption")
    curve = keep_surest(answers, "std", 0.8)
    assert curve == TooFew("A risk-coverage curve", "captions with a match", 4, 20)
    assert curve.sentence == (
        "A risk-coverage curve needs 20 captions with a match; there are 4, so 16 more are wanted."
    )
    assert doubt_auroc(answers, "std").have == 2
    diagram = judge(shortlist(certain(LOGITS), judged((3, 5), LABELS, {})))
    assert (diagram.things, diagram.have, diagram.need) == ("shortlisted pairs", 12, 150)
    assert first_line(answers, 0.8, curve) == "Of 4 captions 2 find their image first."


def test_auroc_agrees_with_scikit_learn_and_has_an_interval():
    generator = np.random.default_rng(0)
    sim, labels = planted()
    answers = ask(sim, judged(sim.shape, labels, {}), "caption")
    doubts = answers.is_error * 0.5 + generator.normal(0, 1, 40)
    noisy = replace(answers, doubts={"std": doubts})
    value, low, high = doubt_auroc(noisy, "std")
    assert value == pytest.approx(roc_auc_score(answers.is_error, doubts))
    assert low < value < high


# --- P(match) -------------------------------------------------------------------------------


def test_the_shortlist_holds_the_first_of_every_labelled_query_once():
    sim = some_pairs(30, 40)
    labels = np.r_[np.arange(30), [-1] * 10]
    truth = judged((30, 40), labels, {(0, 1): "unsure", (4, 30): "match", (9, 9): "no match"})
    pairs = shortlist(sim, truth)
    known = [column for column in range(31) if column != 9]  # captions that belong to an image
    wanted = {(int(i), c) for c in known for i in np.argsort(-sim.mean[:, c])[:20]}
    asked = [image for image in range(30) if image != 9]
    wanted |= {(i, int(c)) for i in asked for c in np.argsort(-sim.mean[i])[:20] if c in known}
    wanted.discard((0, 1))
    assert set(zip(pairs.rows.tolist(), pairs.columns.tolist(), strict=True)) == wanted
    assert len(pairs.rows) == len(wanted)
    assert (pairs.is_match == truth.is_match[pairs.rows, pairs.columns]).all()
    assert pairs.is_match.sum() <= 30 and truth.is_match.sum() == 30
    assert pairs.chance == pytest.approx(sim.match_probability[pairs.rows, pairs.columns])


def drawn_pairs(count: int = 6_000, share: float = 0.1, seed: int = 3) -> Shortlist:
    """Pairs whose chance is exactly right, with `share` of matches among them."""
    generator = np.random.default_rng(seed)
    is_match = generator.uniform(size=count) < share
    evidence = generator.normal(np.where(is_match, 1.0, -1.0), 1.0)  # log odds: twice of it
    logit = 2 * evidence + np.log(share / (1 - share))
    return Shortlist(np.arange(count) % 50, np.arange(count), 1 / (1 + np.exp(-logit)), is_match)


def test_chances_that_keep_their_word_have_skill_and_bold_ones_have_none():
    pairs = drawn_pairs()
    found = judge(pairs)
    off = np.abs(found.reliability.chance - found.reliability.share)
    assert (off * found.reliability.count).sum() / 6_000 < 0.02
    assert found.low < found.skill < found.high and found.skill > 0.2
    share = pairs.share
    expected = 1 - np.mean((pairs.chance - pairs.is_match) ** 2) / (share * (1 - share))
    assert found.skill == pytest.approx(expected)
    assert (found.pairs, found.matches) == (6_000, int(pairs.is_match.sum()))
    odds = 9 * pairs.chance / (1 - pairs.chance)
    bold = judge(replace(pairs, chance=odds / (1 + odds)))  # as if matches were not rare
    assert bold.skill < 0
    assert "says less than that share alone would" in calibration_sentence(bold)
    assert "says more than" in calibration_sentence(found)
    assert judge(replace(pairs, rows=pairs.rows % 9)).low is None


def test_a_diagram_needs_matches_of_either_kind():
    pairs = drawn_pairs(400, share=0.01)
    few = judge(pairs)
    assert (few.things, few.need) == ("shortlisted matches", 10)
    flipped = judge(replace(pairs, is_match=~pairs.is_match))
    assert flipped.things == "shortlisted pairs that do not match"


# --- lists ----------------------------------------------------------------------------------


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


# --- slices ---------------------------------------------------------------------------------


def made_captions(count: int) -> list[LibraryCaption]:
    """Captions of 4 or 12 words, with a tag that follows the planted errors and one of ids."""
    return [
        LibraryCaption(
            f"c{i}", "one word " * (2 if i % 2 else 6), f"i{i}",
            extra={"level": "hard" if i % 4 == 0 else "easy", "row": str(i), "empty": ""},
        )
        for i in range(count)
    ]  # fmt: skip


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


# --- all of it ------------------------------------------------------------------------------


def test_an_analysis_keeps_lists_by_label_and_figures_by_mark():
    sim, labels = planted()
    before = analyse(sim, labels, {})
    assert before.as_labelled["caption"] is before.answers["caption"]
    marks = {(1, 0): "match"}
    steps = []
    after = analyse(sim, labels, marks, before, lambda share, text="": steps.append(share))
    assert after.answers["caption"].is_error.sum() == 9
    assert after.as_labelled["caption"].is_error.sum() == 10
    assert set(after.answers) == set(KINDS)
    assert steps == [0.0, pytest.approx(1 / 3)]
    only_marks = analyse(sim, np.full(40, -1), marks)
    assert only_marks.as_labelled["caption"].query.tolist() == [0]


def test_the_table_of_answers_has_every_query_both_ways_and_every_mark():
    sim, labels = planted()
    marks = {(1, 0): "no match", (30, 3): "unsure"}
    analysis = analyse(sim, labels, marks)
    images = [LibraryImage(f"i{i}", f"{i}.png", b"", 1, 1, "") for i in range(40)]
    table = answers_table(sim, analysis, images, made_captions(40), marks)
    assert {len(values) for values in table.values()} == {40 + 40 + 1}
    assert table["asks"].count("caption") == 40 and table["asks"][-1] == "marked pair"
    place = table["asks"].index("caption")
    assert (table["image id"][place], table["caption id"][place]) == ("i1", "c0")
    assert table["first choice is right"][place] == "no"
    assert table["mark"][place] == "no match" and table["mark"][-1] == "unsure"
    assert table["P(match)"][place] == pytest.approx(float(sim.match_probability[1, 0]), abs=1e-6)


def test_sentences_for_one_for_none_and_for_what_is_left_out():
    one = ask(certain(LOGITS), judged((3, 5), np.array([0, -1, -1, -1, -1]), {}), "caption")
    few = keep_surest(one, "std", 0.8)
    assert first_line(one, 0.8, few) == "Of 1 caption 1 finds its image first."
    assert excluded_sentence(one, 2) == (
        "4 captions without an image are not counted; 2 pairs marked unsure are left out."
    )
    wrong = ask(certain(LOGITS), judged((3, 5), np.array([2, 0, -1, -1, -1]), {}), "image")
    assert first_line(wrong, 0.8, keep_surest(wrong, "std", 0.8)) == (
        "Of 2 images none finds one of its captions first."
    )
    assert interval_words(None, None) == "too few for an interval"
    assert interval_words(-0.1, 0.2, is_percent=False).endswith("−0.10 to 0.20")
