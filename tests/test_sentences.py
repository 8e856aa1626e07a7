"""Numbers as sentences: the words follow the numbers, and no figure claims too much."""

import numpy as np
import pytest

from vacsr_core.sentences import (
    NARROW,
    comparison_sentence,
    counted,
    doubt_sentence,
    match_words,
    number,
    ordinal,
    pair_sentence,
    percent,
    rank_of,
    row_sentence,
    suspects_sentence,
)


def said(text):
    return text.replace(NARROW, " ")


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0.0, "under 1 %"), (0.004, "under 1 %"), (0.006, "1 %"), (0.5, "50 %"), (0.784, "78 %"),
     (0.994, "99 %"), (0.996, "over 99 %"), (1.0, "over 99 %")],
)  # fmt: skip
def test_percentages_never_claim_certainty(chance, words):
    assert said(percent(chance)) == words


def test_numbers_have_the_digits_they_carry():
    assert number(0.71449) == "0.71"
    assert number(0.71449, width=0.019) == "0.714"
    assert number(0.71449, width=0.02) == "0.71"
    assert number(-0.0004) == "0.00"


def test_ordinals_and_counts():
    endings = [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 1002)]
    assert endings == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th",
        "1,002nd",
    ]  # fmt: skip
    assert [counted(n, "pair") for n in (0, 1, 2, 1200)] == [
        "no pairs", "1 pair", "2 pairs", "1,200 pairs",
    ]  # fmt: skip


def test_ranks_count_ties_against():
    values = np.array([0.3, 0.9, 0.3, 0.1])
    assert [rank_of(values, i) for i in range(4)] == [3, 1, 3, 4]


def test_match_words_are_symmetric_round_one_half():
    chances = [0.02, 0.1, 0.4, 0.5, 0.6, 0.9, 0.98]
    words = [match_words(chance) for chance in chances]
    assert words[3] == "Could go either way"
    for low, high in zip(words[:3], reversed(words[4:]), strict=True):
        assert low == high.replace(" a match", " not a match")


def test_first_line_of_a_pair_says_how_sure():
    assert said(pair_sentence(0.78, 0.41, 0.93)) == (
        "Probably a match (78 %), but unsure: 90 % of the belief lies between 0.41 and 0.93."
    )
    assert "and fairly sure" in pair_sentence(0.97, 0.80, 0.95)
    assert pair_sentence(0.5, 0.1, 0.9).startswith("Could go either way")
    assert "and unsure" in pair_sentence(0.5, 0.1, 0.9)
    assert "with some doubt" in pair_sentence(0.1, 0.1, 0.4)
    assert "between 0.801 and 0.815" in pair_sentence(0.97, 0.8014, 0.8149)


@pytest.mark.parametrize(
    ("chance", "verdict"),
    [(0.64, "can't tell them apart"), (0.26, "can't tell them apart"),
     (0.75, "this pair is the more similar one"), (0.2, "the other pair is the more similar one")],
)  # fmt: skip
def test_two_pairs_are_told_apart_from_three_to_one(chance, verdict):
    sentence = said(comparison_sentence(chance))
    assert sentence.endswith(f"{verdict}.")
    assert f"{round(100 * chance)} %" in sentence


def test_first_line_of_a_ranking():
    best = [0.4, 0.3, 0.2, 0.1]
    assert said(row_sentence("caption", best, 1)) == (
        "The first of 4 captions stands apart: it is the most similar of all with a chance of 40 %."
    )
    assert row_sentence("image", best, 3).startswith("The first 3 of 4 images can't be told apart")
    assert row_sentence("image", best, 4).startswith("None of the 4 images can be told apart")
    assert "only one caption" in row_sentence("caption", [1.0], 1)


def test_first_line_of_the_matrix():
    assert suspects_sentence(31, 12, 144) == (
        "Of 144 labelled pairs, 12 look wrong; 31 pairs that nobody labelled look like matches."
    )
    assert suspects_sentence(1, 0, 1) == (
        "Of 1 labelled pair, none look wrong; 1 pair that nobody labelled looks like a match."
    )
    assert suspects_sentence(0, 0, 0) == (
        "No pair is labelled here; no pairs that nobody labelled look like matches."
    )


def test_the_greater_part_of_a_doubt_is_named_first():
    """Three fifths of the variance make one part outweigh the other; 0.1 and 0.12 do not."""
    pair, model = doubt_sentence(0.14, 0.05), doubt_sentence(0.05, 0.14)
    assert pair.startswith("The doubt is mostly the pair's: it is ambiguous (0.14)")
    assert pair.endswith("has not seen enough adds less (0.05).")
    assert model.startswith("The doubt is mostly the model's: it has not seen enough (0.14)")
    assert model.endswith("ambiguous adds less (0.05).")
    for parts in ((0.1, 0.12), (0.12, 0.1)):
        assert doubt_sentence(*parts).startswith("The doubt has both reasons alike")
    assert "(0.010)" in doubt_sentence(0.010, 0.001)  # the digits that they carry
