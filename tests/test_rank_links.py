"""Partial rank correlation against its closed form and a regression, intervals, bins."""

import numpy as np
import pytest
from scipy.stats import pearsonr, rankdata, spearmanr
from sklearn.linear_model import LinearRegression

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.rank_links import bin_pearson, partial_spearman, spearman_interval


@pytest.fixture
def linked():
    """x and y that rise together only through z."""
    generator = np.random.default_rng(0)
    z = np.round(generator.normal(size=800), 1)
    return np.exp(z + 0.5 * generator.normal(size=800)), z + generator.normal(size=800), z


def test_without_others_it_is_spearmans(linked):
    x, y, _ = linked
    assert partial_spearman(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_one_other_by_the_closed_form(linked):
    x, y, z = linked
    xy, xz, yz = (spearmanr(*pair).statistic for pair in ((x, y), (x, z), (y, z)))
    wanted = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial_spearman(x, y, z) == pytest.approx(wanted, abs=1e-12)
    assert xy > 0.5 and abs(wanted) < 0.07  # the link is wholly by way of z


def test_by_hand():
    # Of four ranks the correlation is 1 - Σd² / 10: xy 0.8, xz 0.4, yz -0.2.
    x, y, z = [1, 2, 3, 4], [2, 1, 3, 4], [1, 4, 2, 3]
    wanted = (0.8 + 0.4 * 0.2) / np.sqrt((1 - 0.16) * (1 - 0.04))
    assert partial_spearman(x, y, z) == pytest.approx(wanted, abs=1e-12)


def test_several_others_by_a_regression_of_ranks(linked):
    x, y, z = linked
    others = np.c_[z, np.sqrt(np.abs(y - z))]
    ranks = np.apply_along_axis(rankdata, 0, others)
    left = [
        rankdata(column) - LinearRegression().fit(ranks, rankdata(column)).predict(ranks)
        for column in (x, y)
    ]
    assert partial_spearman(x, y, others) == pytest.approx(pearsonr(*left).statistic, abs=1e-9)


def test_nothing_left_is_nan(linked):
    x, y, _ = linked
    assert np.isnan(partial_spearman(x, y, np.exp(x)))
    assert np.isnan(partial_spearman(x, np.ones(800)))
    assert partial_spearman(x, y, np.ones(800)) == pytest.approx(partial_spearman(x, y))


def test_interval_has_the_width_of_theory_and_heeds_groups():
    generator = np.random.default_rng(1)
    x = generator.normal(size=400)
    y = x + 2 * generator.normal(size=400)
    low, high = spearman_interval(x, y, np.arange(400), seed=0)
    assert low < partial_spearman(x, y) < high
    # Fisher's z has a standard error of about 1 / sqrt(P - 3).
    assert np.arctanh(high) - np.arctanh(low) == pytest.approx(3.92 / np.sqrt(397), rel=0.15)
    repeated = spearman_interval(*np.repeat([x, y], 4, axis=1), np.repeat(np.arange(400), 4), 0)
    assert repeated == pytest.approx((low, high), abs=0.01)
    assert spearman_interval(x, y, np.arange(400), seed=0) == (low, high)


def test_interval_of_what_remains(linked):
    x, y, z = linked
    low, high = spearman_interval(x, y, np.arange(800), 0, given=z, resamples=300)
    assert low < 0 < high
    assert spearman_interval(x, y, np.arange(800), 0, resamples=300)[0] > 0.4


def test_bins_by_hand():
    # Mean quality of the bins 1, 0.5, 0; then 0, 1, 0.5.
    assert bin_pearson(np.arange(6), np.array([1, 1, 0, 1, 0, 0]), bins=3) == pytest.approx(-1.0)
    found = bin_pearson(np.arange(6), np.array([0, 0, 1, 1, 0, 1]), bins=3)
    assert found == pytest.approx(0.5)
    assert np.isnan(bin_pearson(np.arange(6), np.ones(6), bins=3))


def test_errors_say_what_came():
    with pytest.raises(ShapeError, match=r"x \(3,\), y \(2,\)"):
        partial_spearman(np.ones(3), np.ones(2))
    with pytest.raises(ShapeError, match=r"given\[:, 0\] \(2,\)"):
        partial_spearman(np.ones(3), np.ones(3), np.ones(2))
    with pytest.raises(ShapeError, match=r"1 of 2 values of given\[:, 1\] are NaN"):
        partial_spearman(np.ones(2), np.ones(2), np.array([[0, 1], [0, np.nan]]))
    with pytest.raises(ShapeError, match=r"group \(1,\)"):
        spearman_interval(np.ones(3), np.ones(3), np.zeros(1), 0)
    with pytest.raises(DataError, match="over 1 images or queries"):
        spearman_interval(np.arange(3), np.arange(3), np.zeros(3), 0)
    with pytest.raises(DataError, match="10 bins of 3 queries"):
        bin_pearson(np.arange(3), np.arange(3))
