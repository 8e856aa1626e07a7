"""Figures, reliability and the whole error analysis on planted pairs."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from beliefs import some_pairs
from error_pairs import LABELS, LOGITS, certain, made_captions, planted
from vacsr_core.error_analysis import (
    DOUBTS,
    KINDS,
    Share,
    TooFew,
    analyse,
    ask,
    doubt_auroc,
    enough,
    judge,
    judged,
    keep_surest,
    shortlist,
)
from vacsr_core.error_analysis.shortlist import Shortlist
from vacsr_core.error_analysis.tables import answers_table
from vacsr_core.error_analysis.words import (
    calibration_sentence,
    coverage_sentence,
    excluded_sentence,
    first_line,
    interval_words,
)
from vacsr_core.errors import DataError
from vacsr_core.library_items import LibraryImage


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
