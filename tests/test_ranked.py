"""Ranking: order, chance of being best against draws, and runs that can't be told apart."""

import numpy as np
import pytest
from scipy.special import ndtr

from beliefs import line_of, some_pairs
from vacsr_core.errors import ShapeError
from vacsr_core.ranked import rank
from vacsr_core.sentences import TELL_APART


def test_a_row_and_a_column_are_ranked_by_their_means():
    sim = some_pairs()
    for line, means in ((sim[2, :], sim.mean[2]), (sim[:, 4], sim.mean[:, 4])):
        ranking = rank(line)
        assert ranking.order.tolist() == np.argsort(-means).tolist()
        assert ranking.line.mean[0] == pytest.approx(np.sort(means)[::-1])


def test_chance_of_being_best_agrees_with_draws():
    ranking = rank(some_pairs(1, 40, seed=8))
    count = 200_000
    best = ranking.line.sample(count, seed=1)[:, 0].argmax(axis=1)
    share = np.bincount(best, minlength=40) / count
    error = np.sqrt(np.maximum(share * (1 - share), 1e-5) / count)
    assert (np.abs(ranking.best - share) < 4.5 * error + 1e-4).all()
    assert ranking.best.sum() == pytest.approx(1.0)


def test_two_rivals_follow_the_normal_distribution():
    best = rank(line_of(0.4, 0.1, deviation=0.5)).best
    assert best[0] == pytest.approx(ndtr(0.3 / (0.5 * np.sqrt(2))), abs=1e-4)


def test_runs_of_ties_break_where_the_first_is_probably_above():
    deviation = 0.3
    step = 0.6745 * deviation * np.sqrt(2)  # at this distance P(higher > lower) is 75 %
    near, far = 0.45 * step, 1.05 * step
    ranking = rank(line_of(0.0, -near, -2 * near, -2 * near - far, -2 * near - 2 * far))
    assert ranking.ties == ((0, 2),)
    assert ranking.tied_at_top == 3


def test_a_chain_of_near_neighbours_does_not_join_best_and_worst():
    ranking = rank(line_of(*np.linspace(2, -2, 60)))
    assert len(ranking.ties) > 5
    for first, last in ranking.ties:
        chances = [
            ranking.line.prob_greater((0, first), (0, k)) for k in range(first + 1, last + 1)
        ]
        assert max(chances) < TELL_APART
        if last + 1 < 60:
            assert ranking.line.prob_greater((0, first), (0, last + 1)) >= TELL_APART


def test_long_runs_are_found_whole():
    assert rank(line_of(*[0.5] * 150)).ties == ((0, 149),)


def test_a_single_rival_is_best_and_tied_with_nobody():
    ranking = rank(line_of(0.2))
    assert ranking.best == pytest.approx([1.0])
    assert (ranking.ties, ranking.tied_at_top) == ((), 1)


def test_more_than_one_line_is_refused():
    with pytest.raises(ShapeError, match=r"one row or one column of pairs, not \(6, 9\)"):
        rank(some_pairs())
