"""Calibration measures against scikit-learn, torchmetrics and hand values."""

import numpy as np
import pytest
import torch
from sklearn import metrics
from sklearn.calibration import calibration_curve
from torchmetrics.functional.classification import binary_calibration_error

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics import calibration


@pytest.fixture(params=[0, 1])
def said(request):
    """2,000 chances, too sure of themselves by half, and what came true."""
    generator = np.random.default_rng(request.param)
    logit = 2 * generator.normal(size=2_000)
    labels = generator.random(2_000) < 1 / (1 + np.exp(-0.5 * logit))
    return 1 / (1 + np.exp(-logit)), labels


@pytest.mark.parametrize(("by", "strategy"), [("mass", "quantile"), ("width", "uniform")])
@pytest.mark.parametrize("bins", [1, 7, 15])
def test_reliability_is_scikit_learns(said, by, strategy, bins):
    found = calibration.reliability(*said, bins, by)
    share, chance = calibration_curve(said[1], said[0], n_bins=bins, strategy=strategy)
    assert found.chance == pytest.approx(chance, abs=1e-12)
    assert found.share == pytest.approx(share, abs=1e-12)
    assert found.count.sum() == 2_000
    if by == "mass":
        assert np.ptp(found.count) <= 1


def test_error_of_equal_width_is_torchmetrics(said):
    chance, labels = torch.from_numpy(said[0]), torch.from_numpy(said[1]).int()
    wanted = binary_calibration_error(chance, labels, n_bins=15).item()
    assert wanted > 0.05
    found = calibration.calibration_error(*said, by="width")
    assert found == pytest.approx(wanted, abs=1e-6)


def test_error_of_equal_mass_is_of_scikit_learns_curve(said):
    share, chance = calibration_curve(said[1], said[0], n_bins=10, strategy="quantile")
    wanted = np.abs(share - chance).mean()  # 2,000 pairs fill ten bins alike
    assert calibration.calibration_error(*said, bins=10) == pytest.approx(wanted, abs=1e-12)


def test_error_by_hand_and_equal_chances_never_part():
    labels = np.array([1, 1, 0, 1, 0, 0, 0, 1])
    chance = np.array([0.9] * 4 + [0.2] * 4)
    wanted = 0.5 * abs(0.9 - 0.75) + 0.5 * abs(0.2 - 0.25)
    for order in (np.arange(8), np.argsort(labels, kind="stable")):
        for by in calibration.BY:
            found = calibration.calibration_error(chance[order], labels[order], 4, by)
            assert found == pytest.approx(wanted, abs=1e-12)
    assert calibration.calibration_error(labels, labels) == 0.0
    assert calibration.calibration_error(1 - labels, labels) == 1.0


def test_interval_of_the_share_is_wilsons():
    # 8 of 10: (8 + z²/2 ± z sqrt(8 * 2 / 10 + z²/4)) / (10 + z²), z = 1.96.
    found = calibration.reliability(np.full(10, 0.5), np.arange(10) < 8)
    assert (found.count.tolist(), found.share.tolist()) == ([10], [0.8])
    assert (found.low[0], found.high[0]) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_brier_and_log_loss_are_scikit_learns(said):
    chance, labels = said
    score = metrics.brier_score_loss(labels, chance)
    assert calibration.brier_score(chance, labels) == pytest.approx(score, abs=1e-12)
    share = labels.mean()
    skill = 1 - score / (share * (1 - share))
    assert calibration.brier_skill(chance, labels) == pytest.approx(skill, abs=1e-12)
    assert calibration.log_loss(chance, labels) == pytest.approx(metrics.log_loss(labels, chance))


def test_certainty_and_error_costs_much_and_not_infinity():
    assert calibration.log_loss([1.0, 0.0], [0, 1]) == pytest.approx(-np.log(calibration.EDGE))


def test_skill_of_the_prevalence_is_0_and_of_one_kind_nan():
    labels = np.arange(10) < 3
    assert calibration.brier_skill(np.full(10, 0.3), labels) == pytest.approx(0.0, abs=1e-12)
    assert calibration.brier_skill(labels, labels) == 1.0
    assert np.isnan(calibration.brier_skill(np.full(10, 0.3), np.zeros(10)))


def test_figures_are_the_measures(said):
    found = calibration.figures(*said)
    assert found["pairs"] == 2_000 and found["prevalence"] == said[1].mean()
    for name in ("log_loss", "brier_skill"):
        assert found[name] == getattr(calibration, name)(*said)
    assert found["brier"] == calibration.brier_score(*said)
    assert found["ece"] == calibration.calibration_error(*said)
    assert found["ece_width"] == calibration.calibration_error(*said, by="width")
    assert found["ece"] != found["ece_width"]


@pytest.mark.parametrize(
    "measure", [calibration.reliability, calibration.brier_skill, calibration.log_loss]
)
def test_errors_say_what_came(measure):
    with pytest.raises(ShapeError, match=r"chance \(2,\), labels \(3,\)"):
        measure(np.zeros(2), np.zeros(3))
    with pytest.raises(ShapeError, match="1 of 2 values of chance are NaN"):
        measure(np.array([0.1, np.nan]), np.zeros(2))
    with pytest.raises(ShapeError, match=r"chance goes from -0\.2 to 3; wanted is 0 to 1"):
        measure(np.array([-0.2, 3.0]), np.zeros(2))
    with pytest.raises(ShapeError, match="labels holds 2; 1 of 2 values"):
        measure(np.array([0.1, 0.2]), np.array([0, 2]))
    with pytest.raises(DataError, match="0 bins by 'mass'"):
        calibration.reliability(np.zeros(2), np.zeros(2), 0)
    with pytest.raises(DataError, match="by 'size'; wanted is at least 1, by mass or width"):
        calibration.reliability(np.zeros(2), np.zeros(2), by="size")
