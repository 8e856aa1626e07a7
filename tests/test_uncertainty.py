"""Error detection and risk-coverage against scikit-learn, brute force and closed forms."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics import uncertainty

DETECTION = (
    uncertainty.error_auroc,
    uncertainty.error_average_precision,
    uncertainty.false_positive_rate_at_95,
    uncertainty.excess_aurc,
    uncertainty.normalised_aurc,
)
EVERY = (*DETECTION, uncertainty.risk_coverage, uncertainty.aurc)


@pytest.fixture(params=[0, 1])
def given(request):
    """400 answers, a third wrong; doubt in ten steps, greater for errors."""
    generator = np.random.default_rng(request.param)
    is_error = generator.random(400) < 0.33
    return is_error, np.round(10 * generator.random(400)) + 2 * is_error


def test_detection_is_scikit_learns(given):
    assert uncertainty.error_auroc(*given) == pytest.approx(roc_auc_score(*given), abs=1e-12)
    assert uncertainty.error_average_precision(*given) == average_precision_score(*given)


def test_false_positive_rate_is_of_the_strictest_threshold_that_catches_95_percent(given):
    is_error, doubt = given
    caught = {t: (doubt >= t)[is_error].mean() for t in np.unique(doubt)}
    strictest = max(t for t, share in caught.items() if share >= 0.95)
    wanted = (doubt >= strictest)[~is_error].mean()
    assert uncertainty.false_positive_rate_at_95(*given) == pytest.approx(wanted, abs=1e-12)
    false_alarms, found, _ = roc_curve(*given)
    assert wanted >= np.interp(0.95, found, false_alarms)


def test_false_positive_rate_by_hand():
    # 20 errors: 19 of them, 95 %, lie above every right answer, the last below two of four.
    is_error = np.r_[np.ones(20), np.zeros(4)]
    doubt = np.r_[np.full(19, 9.0), 2.5, [1, 2, 3, 4]]
    assert uncertainty.false_positive_rate_at_95(is_error, doubt) == 0.0
    doubt[1] = 2.5
    assert uncertainty.false_positive_rate_at_95(is_error, doubt) == 0.5


def test_risk_coverage_by_hand():
    is_error, doubt = np.array([1, 0, 1, 0]), np.array([0.9, 0.1, 0.3, 0.2])
    assert uncertainty.risk_coverage(is_error, doubt).tolist() == [0, 0, 1 / 3, 1 / 2]
    assert uncertainty.aurc(is_error, doubt) == pytest.approx((1 / 3 + 1 / 2) / 4)


def test_ties_are_the_average_over_every_order():
    is_error = np.array([1, 0, 0, 1, 1, 0])
    doubt = np.array([2.0, 2.0, 1.0, 2.0, 3.0, 3.0])
    curves = []
    for order in permutations(range(6)):
        if (np.diff(doubt[list(order)]) >= 0).all():
            curves.append(np.cumsum(is_error[list(order)]) / np.arange(1, 7))
    assert len(curves) == 12  # 3! orders of the doubt 2, twice 2! of the doubt 3
    found = uncertainty.risk_coverage(is_error, doubt)
    assert found == pytest.approx(np.mean(curves, axis=0), abs=1e-12)
    assert uncertainty.aurc(is_error, doubt) == pytest.approx(np.mean(curves), abs=1e-12)


def test_order_of_the_queries_and_monotone_changes_of_doubt_do_not_count(given):
    is_error, doubt = given
    shuffled = np.random.default_rng(5).permutation(400)
    for measure in (*DETECTION, uncertainty.aurc):
        value = measure(is_error, doubt)
        assert measure(is_error[shuffled], doubt[shuffled]) == pytest.approx(value, abs=1e-12)
        assert measure(is_error, np.exp(doubt)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_excess_aurc_nears_its_closed_form(share):
    generator = np.random.default_rng(2)
    is_error = np.arange(20_000) < share * 20_000
    doubt = generator.random(20_000)
    closed = uncertainty.aurc(is_error, doubt) - (share + (1 - share) * np.log(1 - share))
    assert uncertainty.excess_aurc(is_error, doubt) == pytest.approx(closed, abs=1e-3)


def test_knowing_nothing_is_0_and_knowing_all_is_1():
    is_error = np.random.default_rng(3).random(60) < 0.2
    assert uncertainty.normalised_aurc(is_error, np.zeros(60)) == pytest.approx(0.0, abs=1e-12)
    assert uncertainty.normalised_aurc(is_error, is_error) == 1.0
    assert uncertainty.excess_aurc(is_error, is_error) == 0.0
    assert uncertainty.aurc(is_error, np.ones(60)) == pytest.approx(is_error.mean())
    assert uncertainty.normalised_aurc(is_error, ~is_error) < 0


def test_operating_points_by_hand():
    is_error = np.array([0, 0, 1, 0, 0, 0, 0, 0, 1, 1])
    doubt = np.arange(10)
    assert uncertainty.risk_at_coverage(is_error, doubt, 0.8) == 1 / 8
    assert uncertainty.risk_at_coverage(is_error, doubt, 0.01) == 0.0
    assert uncertainty.risk_at_coverage(is_error, doubt, 1.0) == 0.3
    assert uncertainty.coverage_at_risk(is_error, doubt, 0.125) == 0.8  # 1 / 3 at 30 %, then less
    assert uncertainty.coverage_at_risk(is_error, doubt, 0.05) == 0.2
    assert uncertainty.coverage_at_risk(1 - is_error, doubt, 0.05) == 0.0
    # 0.07 * 100 is a little above 7 in binary; the eighth answer is wrong and must stay out.
    is_error = np.arange(100) == 7
    assert uncertainty.risk_at_coverage(is_error, np.arange(100), 0.07) == 0.0


@pytest.mark.parametrize("measure", DETECTION)
def test_one_kind_of_answer_is_nan(measure):
    assert np.isnan(measure(np.zeros(5), np.arange(5)))
    assert np.isnan(measure(np.ones(5), np.arange(5)))


@pytest.mark.parametrize("measure", EVERY)
def test_errors_say_what_came(measure):
    with pytest.raises(ShapeError, match=r"is_error \(3,\), doubt \(2,\)"):
        measure(np.zeros(3), np.zeros(2))
    with pytest.raises(ShapeError, match=r"is_error \(0,\), doubt \(0,\)"):
        measure(np.zeros(0), np.zeros(0))
    with pytest.raises(ShapeError, match="2 of 3 values of doubt are NaN"):
        measure(np.array([0, 1, 0]), np.array([np.nan, 1.0, np.inf]))
    with pytest.raises(ShapeError, match=r"is_error holds 0\.5; 1 of 2 values"):
        measure(np.array([0.5, 1.0]), np.zeros(2))


def test_operating_points_refuse_what_is_no_share():
    with pytest.raises(DataError, match="Coverage 0"):
        uncertainty.risk_at_coverage(np.zeros(3), np.zeros(3), 0)
    with pytest.raises(DataError, match="Risk 5"):
        uncertainty.coverage_at_risk(np.zeros(3), np.zeros(3), 5)


def test_a_paired_difference_is_surer_than_two_intervals_apart():
    generator = np.random.default_rng(4)
    is_error = generator.random(300) < 0.3
    noise = generator.normal(size=300)
    first, second = is_error + noise, 0.8 * is_error + noise
    difference, low, high = uncertainty.auroc_difference(is_error, first, second, seed=0)
    each = [uncertainty.error_auroc(is_error, doubt) for doubt in (first, second)]
    assert difference == pytest.approx(each[0] - each[1], abs=1e-12)
    assert 0 < low < difference < high < 0.1
    apart = uncertainty.auroc_difference(is_error, first, np.zeros(300), seed=0)
    assert high - low < 0.5 * (apart[2] - apart[1])
    assert uncertainty.auroc_difference(is_error, first, first, seed=0) == (0.0, 0.0, 0.0)
    back = uncertainty.auroc_difference(is_error, second, first, seed=0)
    assert back == pytest.approx((-difference, -high, -low), abs=1e-12)


def test_queries_of_one_group_are_drawn_together():
    generator = np.random.default_rng(6)
    is_error = np.repeat(generator.random(40) < 0.4, 10)
    doubt = np.repeat(generator.normal(size=40), 10) + is_error
    nothing = np.zeros(400)
    alone = uncertainty.auroc_difference(is_error, doubt, nothing, 0)
    together = uncertainty.auroc_difference(is_error, doubt, nothing, 0, np.arange(400) // 10)
    ratio = (together[2] - together[1]) / (alone[2] - alone[1])
    assert ratio == pytest.approx(np.sqrt(10), rel=0.25)


def test_draws_without_an_error_are_left_out():
    is_error = np.arange(30) == 3
    difference, low, high = uncertainty.auroc_difference(is_error, is_error, np.zeros(30), seed=0)
    assert (difference, low, high) == (0.5, 0.5, 0.5)


def planted_pairs(effect: float) -> dict:
    """1,500 pairs of 300 images; doubt shifts the chance of a match by `effect` logits."""
    generator = np.random.default_rng(8)
    mean, doubt = generator.normal(size=(2, 1_500))
    chance = 1 / (1 + np.exp(-(mean + effect * doubt)))
    is_match = generator.random(1_500) < chance
    return {"is_match": is_match, "mean": mean, "doubt": doubt, "group": np.arange(1_500) // 5}


def test_gain_from_doubt_is_found_where_planted_and_only_there():
    given = planted_pairs(1.0)
    found = uncertainty.auroc_gain_from_doubt(**given, seed=0, resamples=200)
    assert found["gain"] == found["auroc_both"] - found["auroc_mean"]
    assert found["gain_low"] > 0.05 and found["gain_high"] < 0.2
    best = roc_auc_score(given["is_match"], given["mean"] + given["doubt"])
    assert found["auroc_both"] == pytest.approx(best, abs=0.005)
    # One increasing function of the mean in each fold: the mean's own order, but for the seams.
    alone = roc_auc_score(given["is_match"], given["mean"])
    assert found["auroc_mean"] == pytest.approx(alone, abs=0.005)
    assert found["pairs"] == 1_500 and found["matches"] == given["is_match"].sum()
    nothing = uncertainty.auroc_gain_from_doubt(**planted_pairs(0.0), seed=0, resamples=200)
    assert nothing["gain_low"] <= 0 and abs(nothing["gain"]) < 0.005


def test_gain_from_doubt_is_measured_on_unseen_groups():
    """A doubt that only names the group would gain much were groups split across folds."""
    generator = np.random.default_rng(9)
    group = np.repeat(np.arange(40), 20)
    is_match = generator.random(40)[group] > 0.5
    is_match = is_match ^ (generator.random(800) < 0.1)
    doubt, mean = generator.normal(size=40)[group], generator.normal(size=800)
    found = uncertainty.auroc_gain_from_doubt(is_match, mean, doubt, group, 0, resamples=50)
    assert found["auroc_both"] < 0.62


def test_gain_from_doubt_of_one_kind_is_nan_and_of_too_few_images_refused():
    given = planted_pairs(1.0)
    found = uncertainty.auroc_gain_from_doubt(**given | {"is_match": np.ones(1_500)}, seed=0)
    assert found["matches"] == 1_500 and np.isnan(found["gain"]) and np.isnan(found["auroc_mean"])
    with pytest.raises(DataError, match="4 of 300 images or groups have a match, 300 a mismatch"):
        few = (np.arange(1_500) < 20) & (np.arange(1_500) % 5 == 0)
        uncertainty.auroc_gain_from_doubt(**given | {"is_match": few}, seed=0)
    with pytest.raises(ShapeError, match=r"group \(9,\)"):
        uncertainty.auroc_gain_from_doubt(**given | {"group": np.arange(9)}, seed=0)
