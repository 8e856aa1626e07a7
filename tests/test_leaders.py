"""The first choices of every query: their order, and the chance that each is the best."""

from dataclasses import replace

import numpy as np
import pytest

from vacsr_core import Similarity
from vacsr_core.errors import ShapeError
from vacsr_core.leaders import leaders

OWNER = np.array([0, 0, 1, 2, -1, 3, 3, 4, 6])


@pytest.fixture
def sim() -> Similarity:
    generator = np.random.default_rng(0)
    shape = (7, 9, 2)
    return Similarity(
        cosine=generator.uniform(-1, 1, shape[:2]).astype(np.float32),
        logit_means=generator.normal(0, 1, shape).astype(np.float32),
        logit_variances=generator.uniform(0.05, 2, shape).astype(np.float32),
        weights=np.array([0.3, 0.7]),
    )


@pytest.mark.parametrize("axis", [0, 1])
def test_chances_are_those_of_the_whole_line_where_all_are_leaders(sim, axis):
    found = leaders(sim, axis)
    exact = sim.prob_best(axis)
    rows, columns = found.pairs()
    assert found.best == pytest.approx(exact[rows, columns], abs=2e-3)
    assert found.best.sum(axis=1) == pytest.approx(1.0)


def test_leaders_stand_in_the_order_of_the_mean_and_leave_out_what_cannot_win(sim):
    found = leaders(sim, 1, most=4)
    assert found.candidate.shape == (7, 4)
    rows, columns = found.pairs()
    means = sim.mean[rows, columns]
    assert (np.diff(means, axis=1) <= 0).all()
    assert np.array_equal(found.candidate[:, 0], sim.mean.argmax(axis=1))
    assert np.array_equal(rows[:, 0], np.arange(7)) and found.pairs(2)[0].shape == (7, 2)


def test_equal_means_are_ordered_by_the_cosine(sim):
    flat = replace(
        sim,
        logit_means=np.zeros_like(sim.logit_means),
        logit_variances=np.ones_like(sim.logit_variances),
    )
    assert np.array_equal(leaders(flat, 0).candidate[:, 0], sim.cosine.argmax(axis=0))


def test_own_candidates_are_told_in_both_directions(sim):
    rows, columns = leaders(sim, 0).pairs()
    is_own = rows == OWNER[columns]
    assert is_own.sum() == 8 and not is_own[4].any()  # the fifth caption belongs to none
    rows, columns = leaders(sim, 1).pairs()
    assert (rows == OWNER[columns]).sum(axis=1).tolist() == [2, 1, 1, 2, 1, 0, 1]


def test_a_wider_spread_evens_the_chances_and_a_needle_decides(sim):
    found = leaders(sim, 0)
    needles = replace(sim, logit_variances=1e-2 * sim.logit_variances).prob_best(0)
    assert found.best_with(0.1) == pytest.approx(needles[found.pairs()], abs=5e-3)
    wide = found.best_with(30.0)
    assert wide.max() < 0.5 and (wide.max(axis=1) < found.best_with(0.2).max(axis=1)).all()


def test_a_wrong_axis_or_nothing_to_choose_from_is_refused(sim):
    with pytest.raises(ShapeError, match="axis 2"):
        leaders(sim, 2)
    with pytest.raises(ShapeError, match=r"\(0, 9\)"):
        leaders(sim[[], :], 0)
