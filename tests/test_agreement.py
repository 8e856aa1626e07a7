"""Kendall's tau against its definition, and bootstrap intervals against closed forms."""

from itertools import combinations

import numpy as np
import pytest

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.agreement import judgement_tau, tau_interval
from vacsr_core.metrics.intervals import share_interval


def counted(scores, judgements):
    """Concordant minus discordant pairs, and pairs tied in each."""
    difference = ties_scores = ties_judgements = 0
    for i, j in combinations(range(len(scores)), 2):
        sign = np.sign(scores[i] - scores[j]) * np.sign(judgements[i] - judgements[j])
        difference += sign
        ties_scores += scores[i] == scores[j]
        ties_judgements += judgements[i] == judgements[j]
    return difference, ties_scores, ties_judgements


def drawn(seed=0, pairs=60):
    generator = np.random.default_rng(seed)
    judgements = generator.integers(1, 5, size=(pairs, 3))
    return generator.normal(size=pairs) + 0.5 * judgements.mean(axis=1), judgements


def test_tau_c_by_its_definition_with_every_judgement_a_row():
    scores, judgements = drawn()
    rows, values = np.repeat(scores, 3), judgements.ravel()
    difference, _, _ = counted(rows, values)
    expected = 2 * difference / (len(rows) ** 2 * (4 - 1) / 4)  # four steps of the scale
    assert judgement_tau(scores, judgements, "c") == pytest.approx(expected)


def test_tau_b_by_its_definition():
    scores, judgements = drawn(1)
    scores, judgements = scores.round(1), judgements[:, 0]
    difference, ties_scores, ties_judgements = counted(scores, judgements)
    total = len(scores) * (len(scores) - 1) / 2
    expected = difference / np.sqrt((total - ties_scores) * (total - ties_judgements))
    assert judgement_tau(scores, judgements, "b") == pytest.approx(expected)


def test_tau_ignores_the_scale_of_scores():
    scores, judgements = drawn(2)
    assert judgement_tau(np.exp(3 * scores), judgements) == judgement_tau(scores, judgements)
    assert judgement_tau(-scores, judgements) == -judgement_tau(scores, judgements)


def test_tau_interval_holds_the_value_and_shrinks():
    widths = []
    for pairs in (60, 960):
        scores, judgements = drawn(3, pairs)
        value = judgement_tau(scores, judgements)
        low, high = tau_interval(scores, judgements, np.arange(pairs) // 3)
        assert low < value < high
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.4)


def test_pairs_of_one_image_are_drawn_together():
    # Pairs that come five times in one image say no more than once.
    scores, judgements = drawn(4)
    single = tau_interval(scores, judgements, np.arange(60))
    often = [np.repeat(array, 5, axis=0) for array in (scores, judgements, np.arange(60))]
    assert tau_interval(*often) == pytest.approx(single)


def test_share_interval_is_that_of_a_proportion():
    hits = np.arange(1_000) < 300
    low, high = share_interval(hits)
    half = 1.96 * np.sqrt(0.3 * 0.7 / 1_000)
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.004)


def test_queries_of_one_image_are_drawn_together():
    # Five captions that always hit or miss together say no more than one.
    once = np.arange(200) % 3 == 0
    assert share_interval(np.repeat(once, 5), np.repeat(np.arange(200), 5)) == pytest.approx(
        share_interval(once)
    )


def test_unequal_groups_are_weighed_by_their_queries():
    hits, group = np.array([1, 1, 1, 0]), np.array([0, 0, 0, 1])
    low, high = share_interval(hits, group)
    assert (low, high) == (0.0, 1.0)
    assert share_interval(np.ones(7), np.array([4, 4, 4, 9, 9, 9, 9])) == (1.0, 1.0)


def test_errors_say_what_came():
    with pytest.raises(ShapeError, match=r"\(2,\) and judgements \(3,\)"):
        judgement_tau(np.ones(2), np.ones(3))
    with pytest.raises(DataError, match="over 1 images or queries"):
        share_interval(np.ones(5), np.zeros(5))
