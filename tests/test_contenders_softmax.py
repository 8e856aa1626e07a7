"""A score's temperature and P(match) are found again where they were planted."""

import numpy as np
import pytest
from scipy.special import softmax

from vacsr_core import Similarity
from vacsr_core.contenders.softmax import Softmax, fit_softmax, softmax_doubts
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.temperature import fit_temperature


def planted(temperature, images=400, captions=1_200, seed=0):
    """Scores, and for each caption an image drawn from the softmax over its column."""
    generator = np.random.default_rng(seed)
    score = (0.2 + 0.05 * generator.standard_normal((images, captions))).astype(np.float32)
    share = np.cumsum(softmax(score.astype(float) / temperature, axis=0), axis=0)
    owner = (share < generator.random(captions)).sum(axis=0)
    return score, np.minimum(owner, images - 1)


@pytest.mark.parametrize("temperature", [0.02, 0.04])
def test_a_planted_temperature_is_found_in_the_scores_unit(temperature):
    score, owner = planted(temperature)
    assert fit_temperature(score, owner) == pytest.approx(temperature, rel=0.1)
    assert fit_temperature(7 * score - 3, owner) == pytest.approx(7 * temperature, rel=0.1)


def test_captions_without_an_image_do_not_count():
    score, owner = planted(0.03)
    more = np.concatenate([score, np.full((400, 1), 9.0, np.float32)], axis=1)
    kept = fit_temperature(more, np.r_[owner, -1])
    assert kept == pytest.approx(fit_temperature(score, owner), rel=1e-3)


def test_a_score_without_a_mistake_still_has_a_finite_softness():
    score = np.eye(10, dtype=np.float32)
    assert fit_temperature(score, np.arange(10)) > 0.01 * score.std()


def test_match_chances_are_calibrated_and_equal_those_of_a_sharp_similarity():
    score, owner = planted(0.03)
    fitted = fit_softmax(score, owner, seed=0)
    fresh, truth = planted(0.03, seed=5)
    chance = fitted.chance(fresh)
    is_own = truth[None, :] == np.arange(400)[:, None]
    assert chance.sum() == pytest.approx(1_200, rel=0.1)
    high = chance > np.quantile(chance, 0.999)
    assert is_own[high].mean() == pytest.approx(chance[high].mean(), abs=0.05)
    means = fitted.logit(fresh)[..., None].astype(np.float32)
    variances = np.full_like(means, 1e-6)
    sim = Similarity(fresh, means, variances, np.ones(1), *fitted.match)
    assert chance == pytest.approx(sim.match_probability, abs=1e-5)


def test_a_larger_gallery_makes_a_match_less_likely_by_its_prior_odds():
    plain = Softmax(0.1, 0.0, (1.0, 0.0))
    few, many = (plain.chance(np.full((3, 2), 0.2), gallery) for gallery in (None, 201))
    odds = [float((chance / (1 - chance))[0, 0]) for chance in (few, many)]
    assert odds[0] == pytest.approx(np.exp(2) / 2, rel=1e-4)
    assert odds[0] / odds[1] == pytest.approx(100, rel=1e-4)


def test_doubts_are_those_of_the_softmax_over_the_top():
    score = np.array([[1.0, 3.0, 2.0], [5.0, 5.0, -9.0]])
    found = softmax_doubts(score, 0.5, top=2)
    first = 1 / (1 + np.exp(-2.0))
    entropy = -first * np.log(first) - (1 - first) * np.log(1 - first)
    assert found["margin"] == pytest.approx([-1.0, 0.0])
    assert found["1 - softmax of the first"] == pytest.approx([1 - first, 0.5])
    assert found["entropy"] == pytest.approx([entropy, np.log(2)])


def test_chunked_doubts_equal_those_of_single_queries():
    score = np.random.default_rng(0).standard_normal((1_500, 60))
    whole = softmax_doubts(score, 0.7)
    for name, values in whole.items():
        single = [softmax_doubts(score[q : q + 1], 0.7)[name][0] for q in (0, 1_023, 1_024, 1_499)]
        assert values[[0, 1_023, 1_024, 1_499]] == pytest.approx(single)


def test_one_candidate_leaves_no_doubt():
    found = softmax_doubts(np.ones((2, 1)), 1.0)
    assert all(values.tolist() == [0.0, 0.0] for values in found.values())


def test_verdict_reads_pair_doubts_at_first_choices():
    score = np.array([[0.1, 0.9], [0.4, 0.2]], np.float32)
    pair = np.array([[1.0, 2.0], [3.0, 4.0]])
    verdict = Softmax(0.1, 3.0, (1.0, 0.0)).verdict("a", score, pair_doubt={"d": pair})
    assert verdict.image_doubt["d"].tolist() == [2.0, 3.0]
    assert verdict.caption_doubt["d"].tolist() == [3.0, 2.0]
    assert verdict.image_doubt["1 - P(match)"] == pytest.approx(1 - verdict.chance.max(axis=1))


def test_what_cannot_have_a_temperature_is_refused():
    with pytest.raises(ShapeError, match=r"scores \(2, 3\) and owners \(2,\)"):
        fit_temperature(np.ones((2, 3)), np.zeros(2, int))
    with pytest.raises(DataError, match="1 images with captions"):
        fit_temperature(np.eye(3), np.array([0, 0, -1]))
    with pytest.raises(DataError, match="standard deviation of 0"):
        fit_temperature(np.ones((3, 3)), np.arange(3))
