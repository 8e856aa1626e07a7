"""The conservative fit: the mean keeps the cosine's order, calibration and spread are learnt."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from planted import DIMENSION, planted_pairs
from vacsr_core import Adapters, Features, fit_adapters, mixture, platt
from vacsr_core.adapter import PairAdapter
from vacsr_core.errors import CancelledError
from vacsr_core.fit_config import CONSERVATIVE

QUICK = replace(CONSERVATIVE, epochs=20, batch=64)


@pytest.fixture(scope="module")
def fitted() -> Adapters:
    return fit_adapters(*planted_pairs(40), QUICK)


def ordered_as_the_cosine(sim) -> bool:
    """No pair above another of higher cosine, up to the float precision of both."""
    order = np.argsort(sim.cosine, axis=None, kind="stable")
    cosine, mean = sim.cosine.ravel()[order], sim.mean.ravel()[order].astype(np.float64)
    falls = np.minimum(np.diff(mean), 0.0)
    is_apart = np.diff(cosine) > 1e-6
    return falls.min() > -2e-7 and (np.diff(mean)[is_apart] > 0).all()


def test_location_moves_the_mean_to_the_target_however_wide_the_belief():
    target = np.linspace(-18, 18, 145)[:, None]
    variance = np.array([1e-6, 0.05, 0.7, 3.0, 30.0])[None]
    found = mixture.location(target, variance)
    mean, _ = mixture.moments(
        found[..., None], np.broadcast_to(variance, found.shape)[..., None], np.ones(1)
    )
    assert np.abs(mean - expit(target)).max() < 1e-12
    assert (np.diff(found, axis=0) > 0).all()
    assert found == pytest.approx(-mixture.location(-target, variance), abs=1e-12)
    drawn = found[100, 3] + np.sqrt(3.0) * np.random.default_rng(0).standard_normal(400_000)
    assert expit(drawn).mean() == pytest.approx(float(expit(target[100, 0])), abs=2e-3)


def test_mean_orders_all_pairs_as_the_cosine_does_whatever_the_spread():
    """Spreads that differ a thousandfold, made by hand; ties in the cosine are ties in the mean."""
    model = PairAdapter(DIMENSION, 16, 2, 2, is_ranking_kept=True)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        head = model.log_var_head.weight
        head.copy_(torch.randn(head.shape, generator=generator))
    images, captions, _ = planted_pairs(60)
    sim = Adapters(model).similarity(images, captions)
    assert sim.logit_variances.max() > 50 * sim.logit_variances.min()
    assert ordered_as_the_cosine(sim)
    assert sim.mean == pytest.approx(expit(8.0 * sim.cosine - 2.0), abs=1e-6)
    # Columns in another order: the same cosine from another product, so with another spread.
    other = np.random.default_rng(0).permutation(DIMENSION)
    turned = Adapters(model).similarity(
        Features.from_vectors(images.vectors[:, other], "image"),
        Features.from_vectors(captions.vectors[:, other], "caption"),
    )
    assert np.abs(turned.std - sim.std).max() > 0.1
    # The curve's slope is 2, and a product of 24 columns rounds by up to 24 units of 1.2e-7.
    assert np.abs(turned.mean - sim.mean).max() < 6e-6


def test_a_conservative_fit_keeps_the_order_and_calibrates(fitted):
    images, captions, owner = planted_pairs(150, seed=8)
    sim = fitted.similarity(images, captions)
    assert ordered_as_the_cosine(sim)
    assert fitted.vacsr.is_ranking_kept
    is_own = owner[None, :] == np.arange(len(images))[:, None]
    assert sim.match_probability.sum() == pytest.approx(is_own.sum(), rel=0.35)


def test_figures_and_spread_are_told(fitted):
    figures, spread = fitted.history["validation"], fitted.history["spread"]
    assert figures["images"] == 40 and 0.02 < figures["prevalence"] < 0.3
    assert 0.1 < figures["brier_skill"] < 1.0
    assert spread["is_learnt"] == (spread["learnt"] < spread["constant"])


def test_a_spread_that_is_no_better_than_a_constant_is_not_kept():
    """Without a single step the learnt spread is the constant, and the constant stays."""
    adapters = fit_adapters(*planted_pairs(20), replace(QUICK, epochs=1, learning_rate=0.0))
    assert adapters.history["spread"]["is_learnt"] is False
    images, captions, _ = planted_pairs(20)
    variances = adapters.similarity(images, captions).logit_variances
    assert np.ptp(variances) < 1e-5 * variances.mean()


def test_kept_ranking_is_stored_and_comes_back(fitted, tmp_path):
    fitted.save(tmp_path)
    again = Adapters.load(tmp_path)
    assert again.vacsr.is_ranking_kept
    assert again.vacsr.log_var_range == fitted.vacsr.log_var_range
    pairs = planted_pairs(12, seed=3)[:2]
    assert np.array_equal(again.similarity(*pairs).std, fitted.similarity(*pairs).std)


def test_members_keep_the_order_and_differ_as_far_as_the_images_leave_the_mean_open():
    """Of few images the members' curves differ much, of many little."""
    new = planted_pairs(30, seed=8)[:2]

    def fit(images):
        made = fit_adapters(*planted_pairs(images), replace(QUICK, epochs=2, members=4))
        return made, made.similarity(*new)

    few, sim = fit(16)
    assert ordered_as_the_cosine(sim)
    assert (sim.members, sim.weights.tolist()) == (4, [0.25] * 4)
    curves = [(float(member.scale), float(member.bias)) for member in few.members]
    assert len(set(curves)) == 4
    wanted = np.mean([expit(scale * sim.cosine + bias) for scale, bias in curves], axis=0)
    assert sim.mean == pytest.approx(wanted, abs=1e-6)
    alone = fit_adapters(*planted_pairs(16), replace(QUICK, epochs=2))
    assert (float(alone.vacsr.scale), float(alone.vacsr.bias)) == curves[0]
    assert sim.epistemic.mean() > 1.5 * fit(150)[1].epistemic.mean() > 0


def test_same_seed_same_numbers_and_stop_works(fitted):
    again = fit_adapters(*planted_pairs(40), QUICK)
    pairs = planted_pairs(12, seed=3)[:2]
    assert np.array_equal(again.similarity(*pairs).std, fitted.similarity(*pairs).std)
    calls = iter(range(100))
    with pytest.raises(CancelledError):
        fit_adapters(*planted_pairs(40), QUICK, should_stop=lambda: next(calls) == 3)


def cosine_pairs(count: int, seed: int = 0) -> platt.CosinePairs:
    generator = np.random.default_rng(seed)
    labels = (np.arange(count) % 2).astype(float)
    cosine = 0.2 + 0.05 * labels + 0.04 * generator.standard_normal(count)
    rows = np.arange(count) // 4
    return platt.CosinePairs(cosine, labels, np.ones(count), rows, rows)


def test_platt_is_logistic_regression_where_pairs_are_many():
    pairs = cosine_pairs(20_000)
    scale, bias = platt.fit(pairs)
    library = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    library.fit(pairs.cosine[:, None] * 10, pairs.labels)
    assert scale == pytest.approx(10 * library.coef_[0, 0], rel=2e-3)
    assert bias == pytest.approx(library.intercept_[0], rel=5e-3)


def test_rarer_matches_shift_the_odds_and_leave_the_slope():
    """Of a logistic truth; the weights then say one match to five others."""
    generator = np.random.default_rng(0)
    cosine = generator.normal(0.2, 0.05, 20_000)
    labels = (generator.random(20_000) < expit(40 * (cosine - 0.2))).astype(float)
    rows = np.arange(20_000)
    pairs = platt.CosinePairs(cosine, labels, np.ones(20_000), rows, rows)
    rare = platt.at_share(pairs, 1 / 6)
    assert rare.weights @ rare.labels == pytest.approx(rare.weights.sum() / 6)
    before, after = platt.fit(pairs), platt.fit(rare)
    assert after[0] == pytest.approx(before[0], rel=0.03)
    odds = labels.mean() / (1 - labels.mean())
    assert after[1] == pytest.approx(before[1] - np.log(5 * odds), abs=0.2)


def test_where_matches_are_rare_std_rises_with_the_mean(fitted):
    """Strangers are surely none; it takes a look-alike to be in doubt."""
    images, captions, owner = planted_pairs(150, seed=8)
    sim = fitted.similarity(images, captions)
    is_stranger = owner[None, :] != np.arange(len(images))[:, None]
    near = is_stranger & (sim.cosine >= np.quantile(sim.cosine[is_stranger], 0.9))
    far = is_stranger & (sim.cosine <= np.quantile(sim.cosine[is_stranger], 0.1))
    assert sim.std[near].mean() > 2 * sim.std[far].mean()
    assert sim.mean[far].mean() < 0.2


def test_platt_stays_finite_without_a_single_mistake_and_rising_without_any_truth():
    labels = np.r_[np.zeros(10), np.ones(10)]
    rows = np.arange(20)
    clear = platt.CosinePairs(0.1 + 0.2 * labels, labels, np.ones(20), rows, rows)
    scale, bias = platt.fit(clear)
    assert expit(scale * 0.3 + bias) == pytest.approx(11 / 12, abs=1e-3)  # (10 + 1) / (10 + 2)
    wrong = replace(clear, labels=1.0 - labels)
    assert platt.fit(wrong)[0] > 0


def test_drawn_pairs_stand_in_and_own_pairs_take_over():
    """Scenes whose cosines lie higher: with many own pairs the own scale wins, with none theirs."""
    images, captions, owner = planted_pairs(60, seed=1)
    cosine = images.vectors @ captions.vectors.T
    both = np.block([[cosine, np.zeros_like(cosine)], [np.zeros_like(cosine), cosine + 0.3]])
    owners = np.r_[owner, owner + 60]
    is_own = np.arange(120) < 60
    alone = platt.fit(platt.choose(cosine, owner, np.ones(60, bool), np.arange(60), 0))
    many = platt.fit(platt.choose(both, owners, is_own, np.arange(120), 0))
    few = platt.fit(platt.choose(both, owners, is_own, np.r_[np.arange(2), np.arange(60, 120)], 0))
    none = platt.fit(platt.choose(both, owners, is_own, np.arange(60, 120), 0))
    at = 0.5
    chances = [float(expit(scale * at + bias)) for scale, bias in (alone, many, few, none)]
    assert abs(chances[1] - chances[0]) < 0.1
    assert abs(chances[2] - chances[3]) < abs(chances[2] - chances[0])
