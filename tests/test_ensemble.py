"""An ensemble is one larger mixture; its variance falls apart into within and between members."""

from dataclasses import replace

import numpy as np
import pytest

from vacsr_core import Similarity, ensemble
from vacsr_core.errors import ShapeError
from vacsr_core.figures.curve import components
from vacsr_core.ranked import rank

MEMBERS = 3


def member(seed: int, shape=(4, 5, 2)) -> Similarity:
    generator = np.random.default_rng(seed)
    return Similarity(
        cosine=np.random.default_rng(9).uniform(-1, 1, shape[:2]).astype(np.float32),
        logit_means=generator.normal(0, 1.5, shape).astype(np.float32),
        logit_variances=generator.uniform(0.05, 2, shape).astype(np.float32),
        weights=np.array([0.2 + 0.1 * seed, 0.8 - 0.1 * seed]),
        match_scale=1.3,
        match_offset=-0.2,
        gallery=7,
    )


@pytest.fixture
def single() -> list[Similarity]:
    return [member(seed) for seed in range(MEMBERS)]


@pytest.fixture
def both(single) -> Similarity:
    return Similarity.of_members(single)


def test_an_ensemble_says_what_its_members_say_on_average(single, both):
    assert both.logit_means.shape == (4, 5, 6) and both.weights.sum() == pytest.approx(1)
    assert both.weights == pytest.approx(np.array([0.2, 0.8, 0.3, 0.7, 0.4, 0.6]) / 3)
    assert both.mean == pytest.approx(np.mean([sim.mean for sim in single], axis=0), abs=1e-6)
    average = np.mean([sim.cdf(0.4) for sim in single], axis=0)
    assert both.cdf(0.4) == pytest.approx(average, abs=1e-12)
    assert (both.match_scale, both.match_offset, both.gallery) == (1.3, -0.2, 7)


def test_law_of_total_variance(single, both):
    """Within: the mean of the members' variances. Between: the variance of their means."""
    assert both.aleatoric.dtype == both.epistemic.dtype == np.float32
    within = np.mean([sim.std.astype(float) ** 2 for sim in single], axis=0)
    between = np.var([sim.mean.astype(float) for sim in single], axis=0)
    assert both.aleatoric**2 == pytest.approx(within, abs=1e-6)
    assert both.epistemic**2 == pytest.approx(between, abs=1e-6)
    assert both.aleatoric**2 + both.epistemic**2 == pytest.approx(both.std**2, abs=1e-6)
    assert both.epistemic.min() > 1e-3


def test_both_parts_agree_with_draws(single, both):
    draws = np.stack([sim.sample(40_000, seed=5).astype(float) for sim in single])  # (E, n, N, M)
    assert both.aleatoric == pytest.approx(np.sqrt(draws.var(axis=1).mean(axis=0)), abs=0.004)
    assert both.epistemic == pytest.approx(draws.mean(axis=1).std(axis=0), abs=0.004)
    assert both.std == pytest.approx(both.sample(40_000, seed=6).std(axis=0), abs=0.006)


def test_one_member_and_equal_members_disagree_on_nothing(single):
    alone = single[0]
    assert (alone.members, alone.epistemic.max()) == (1, 0.0)
    assert np.array_equal(alone.aleatoric, alone.std)
    thrice = Similarity.of_members([alone] * 3)
    assert thrice.epistemic.max() < 1e-6
    assert thrice.aleatoric == pytest.approx(alone.std, abs=1e-6)


def test_members_that_are_sure_but_disagree_are_epistemic_alone():
    """Two needles at 0.2 and 0.8: the std between them is 0.3, and within them nothing."""
    cosine, needle = np.zeros((1, 1), np.float32), np.full((1, 1, 1), 1e-8, np.float32)
    logits = np.log(np.array([0.25, 4.0], np.float32))
    sims = [Similarity(cosine, np.full((1, 1, 1), x, np.float32), needle) for x in logits]
    sim = Similarity.of_members(sims)
    assert sim.epistemic[0, 0] == pytest.approx(0.3, abs=1e-6)
    assert sim.aleatoric[0, 0] < 1e-4


def test_parts_of_pairs_stay_with_the_pair(both):
    chosen = both[[2, 0], 1:4]
    assert chosen.members == MEMBERS
    assert np.array_equal(chosen.epistemic, both.epistemic[[2, 0], 1:4])
    assert np.array_equal(chosen.aleatoric, both.aleatoric[[2, 0], 1:4])
    line = rank(both[:, 3])
    assert line.line.members == MEMBERS
    assert np.array_equal(line.line.epistemic[0], both.epistemic[line.order, 3])
    parts = components(both[1, 2])
    assert len(parts) == 6 and {part.members for part in parts} == {1}


def test_components_that_members_cannot_share_are_refused(both):
    with pytest.raises(ShapeError, match="6 components can't be shared between 4 members"):
        replace(both, members=4)
    with pytest.raises(ShapeError, match="between 0 members"):
        replace(both, members=0)


def test_variance_parts_by_hand():
    """Members N(0, tiny) and mixture of two needles at equal chances, worked out by hand."""
    tiny = 1e-10
    means = np.array([0.0, 0.0, -np.log(9), np.log(9)])  # 0.5, 0.5 | 0.1, 0.9
    weights = ensemble.joined_weights([np.array([0.3, 0.7]), np.array([0.25, 0.75])])
    within, between = ensemble.variance_parts(means, np.full(4, tiny), weights, 2)
    # Second member: mean 0.7, variance 0.25 * 0.36 + 0.75 * 0.04 = 0.12; the means 0.5 and 0.7.
    assert within == pytest.approx(0.06, abs=1e-6)
    assert between == pytest.approx(0.01, abs=1e-6)
