"""Graded links, Gaussian figures and disagreement against closed forms and hand values."""

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.ratings import disagreement, gaussian_figures, graded_link


def test_with_one_item_a_query_the_graded_link_is_spearmans():
    generator = np.random.default_rng(0)
    ratings = generator.integers(0, 6, 2_000)
    scores = ratings + 3 * generator.normal(size=2_000)
    found = graded_link(scores, ratings, generator.permutation(2_000), seed=0, draws=400)
    assert found.queries == 2_000
    assert found.mean == pytest.approx(spearmanr(scores, ratings).statistic, abs=0.003)
    # Half of a finite number without replacement: (1 - r²) / sqrt(1,000) times sqrt(1 / 2).
    assert found.std == pytest.approx((1 - found.mean**2) / np.sqrt(2_000), rel=0.25)


def test_a_query_of_many_items_counts_once():
    """One query in two has 99 items that say the reverse; drawn by item, they would outvote."""
    generator = np.random.default_rng(1)
    query = np.r_[np.arange(300), np.repeat(300, 9_900)]
    ratings = generator.random(len(query))
    scores = np.where(query < 300, ratings, -ratings)
    found = graded_link(scores, ratings, query, seed=0, draws=200)
    assert found.mean > 0.95
    assert spearmanr(scores, ratings).statistic < -0.8


def test_every_draw_asks_half_of_the_queries_and_one_item_of_each():
    # Four queries of two items: a draw of two queries correlates fully, one way or the other.
    query = np.repeat(np.arange(4), 2)
    scores, ratings = np.arange(8), np.array([1, 0, 3, 2, 5, 4, 7, 6])
    assert graded_link(scores, ratings, query, 0, draws=50).mean == 1.0  # queries are in order
    found = graded_link(scores, -ratings, query, 0, draws=50)
    assert (found.mean, found.std) == (-1.0, 0.0)


def test_the_seed_decides_and_what_never_varies_is_nan():
    generator = np.random.default_rng(2)
    scores, ratings, query = generator.random(90), generator.random(90), np.arange(90) // 3
    one = graded_link(scores, ratings, query, seed=1, draws=20)
    assert graded_link(scores, ratings, query, seed=1, draws=20) == one
    assert graded_link(scores, ratings, query, seed=2, draws=20) != one
    assert np.isnan(graded_link(scores, np.ones(90), query, 0, draws=5).mean)


def test_gaussian_figures_by_closed_forms():
    generator = np.random.default_rng(3)
    mean, std = generator.normal(size=500), np.exp(generator.normal(size=500))
    ratings = mean + std * generator.normal(size=500)
    found = gaussian_figures(mean, std, ratings)
    assert found["nll"] == pytest.approx(-norm.logpdf(ratings, mean, std).mean())
    z = (ratings - mean) / std
    crps = std * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert found["crps"] == pytest.approx(crps.mean())
    assert found["sharpness"] == pytest.approx(np.sqrt((std**2).mean()))
    assert found["miscalibration"] < 0.03


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_miscalibration_is_the_area_between_said_and_seen(factor):
    generator = np.random.default_rng(4)
    ratings = generator.normal(size=20_000)
    found = gaussian_figures(np.zeros(20_000), np.full(20_000, factor), ratings)
    said = np.linspace(0, 1, 2_001)
    seen = 2 * norm.cdf(factor * norm.ppf(0.5 + said / 2)) - 1
    wanted = np.trapezoid(np.abs(seen - said), said)
    assert wanted > 0.2
    assert found["miscalibration"] == pytest.approx(wanted, abs=0.01)


def test_disagreement_of_judges_and_of_shares():
    assert disagreement([[1, 1, 1], [1, 2, 4]]) == pytest.approx([0.0, np.sqrt(14 / 9)])
    assert disagreement([0.0, 0.5, 1.0, 0.25]) == pytest.approx([0.0, 0.25, 0.0, 0.1875])
    # Votes of yes and no are both at once: the variance of the votes is y (1 - y).
    votes = np.random.default_rng(5).integers(0, 2, (50, 7))
    assert disagreement(votes) ** 2 == pytest.approx(disagreement(votes.mean(axis=1)))


def test_errors_say_what_came():
    with pytest.raises(ShapeError, match=r"scores \(3,\), ratings \(2,\)"):
        graded_link(np.ones(3), np.ones(2), np.ones(3), 0)
    with pytest.raises(DataError, match="2 queries have ratings"):
        graded_link(np.ones(3), np.ones(3), np.array([0, 0, 1]), 0)
    with pytest.raises(ShapeError, match="1 of 2 values of ratings are NaN"):
        gaussian_figures(np.ones(2), np.ones(2), np.array([1, np.nan]))
    with pytest.raises(ShapeError, match="std goes down to 0"):
        gaussian_figures(np.ones(2), np.array([1.0, 0.0]), np.ones(2))
    with pytest.raises(ShapeError, match=r"shape \(3, 1\); wanted \(P, J\) of at least 2"):
        disagreement(np.ones((3, 1)))
    with pytest.raises(ShapeError, match=r"from 1 to 4; wanted is 0 to 1"):
        disagreement(np.array([1, 4]))
    with pytest.raises(ShapeError, match="1 of 4 values of judgements are NaN"):
        disagreement(np.array([[1, 2], [np.nan, 1]]))
