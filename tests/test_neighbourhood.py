"""Exact neighbours, and what a space keeps of them: scikit-learn's values, and invariants."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.neighbors import NearestNeighbors

from vacsr_core.errors import ShapeError
from vacsr_core.metrics import neighbourhood as nb


@pytest.fixture(scope="module")
def points():
    random = np.random.default_rng(0)
    return random.normal(size=(120, 12)).astype(np.float32)


@pytest.fixture(scope="module")
def other(points):
    noise = np.random.default_rng(1).normal(size=points.shape)
    return (points + 0.7 * noise).astype(np.float32)


@pytest.mark.parametrize("metric", nb.METRICS)
def test_neighbours_are_those_of_scikit_learn(points, metric):
    index, distance = nb.neighbours(points, 7, metric)
    wanted = NearestNeighbors(n_neighbors=7, metric=metric).fit(points)
    their_distance, their_index = wanted.kneighbors()
    assert (index == their_index).all()
    assert distance == pytest.approx(their_distance, abs=1e-5)
    assert index.dtype == np.int64 and distance.dtype == np.float32


@pytest.mark.parametrize("metric", nb.METRICS)
def test_blocks_and_chosen_rows_change_nothing(points, metric, monkeypatch):
    whole, _ = nb.neighbours(points, 5, metric)
    rows = np.array([90, 3, 4])
    assert (nb.neighbours(points, 5, metric, rows)[0] == whole[rows]).all()
    monkeypatch.setattr(nb, "_CELLS_AT_ONCE", 7 * len(points))
    assert (nb.neighbours(points, 5, metric)[0] == whole).all()


def test_an_item_is_not_its_own_neighbour_even_among_copies():
    same = np.ones((6, 3), np.float32)
    index, distance = nb.neighbours(same, 5)
    assert all(sorted(row) == sorted(set(range(6)) - {i}) for i, row in enumerate(index.tolist()))
    assert distance == pytest.approx(0.0, abs=1e-6) and (distance >= 0).all()


@pytest.mark.parametrize("k", [1, 5, 12])
def test_trust_and_continuity_are_those_of_scikit_learn(points, other, k):
    unit = other / np.linalg.norm(other, axis=1, keepdims=True)
    start = points / np.linalg.norm(points, axis=1, keepdims=True)
    found = nb.preservation(points, other, k)
    wanted = sklearn_trustworthiness(start, unit, n_neighbors=k, metric="cosine")
    assert found.trust.mean() == pytest.approx(wanted, abs=1e-9)
    back = sklearn_trustworthiness(unit, start, n_neighbors=k, metric="cosine")
    assert found.continued.mean() == pytest.approx(back, abs=1e-9)
    assert nb.trustworthiness(points, other, k) == found.trust.mean()
    assert nb.continuity(points, other, k) == found.continued.mean()
    assert nb.trustworthiness(points, other, k) == nb.continuity(other, points, k)


def test_a_map_is_measured_with_its_own_distance(points):
    flat = points[:, :2]
    found = nb.trustworthiness(points, flat, 6, ("cosine", "euclidean"))
    wanted = sklearn_trustworthiness(points, flat, n_neighbors=6, metric="cosine")
    assert found == pytest.approx(wanted, abs=1e-9)


def test_the_same_space_and_a_rotated_one_keep_everything(points):
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(12, 12)))
    for after in (points, 3 * points, points @ turn):
        found = nb.preservation(points, after, 8)
        assert found.kept.mean() == 1.0 and found.trust.mean() == 1.0
        assert found.continued.mean() == 1.0 and not found.distortion.any()


def test_shuffled_rows_keep_what_chance_keeps(points):
    after = points[np.random.default_rng(3).permutation(len(points))]
    found = nb.preservation(points, after, 6)
    assert found.kept.mean() == pytest.approx(6 / 119, abs=0.03)
    assert 0.3 < found.trust.mean() < 0.7 and 0.3 < found.distortion.mean() < 0.7


def test_the_order_of_the_items_does_not_matter(points, other):
    order = np.random.default_rng(4).permutation(len(points))
    found, mixed = nb.preservation(points, other), nb.preservation(points[order], other[order])
    for name in ("kept", "trust", "continued", "distortion"):
        assert getattr(mixed, name) == pytest.approx(getattr(found, name)[order], abs=1e-9)


def test_a_sample_asks_some_items_among_all(points, other):
    rows = np.array([5, 77, 20])
    whole, some = nb.preservation(points, other), nb.preservation(points, other, rows=rows)
    assert (some.rows == rows).all()
    assert some.trust == pytest.approx(whole.trust[rows], abs=1e-9)
    assert some.kept == pytest.approx(whole.kept[rows])


def test_an_item_moved_away_is_the_distorted_one():
    line = np.stack([np.arange(40.0), np.zeros(40)], axis=1)
    moved = line.copy()
    moved[3] = [39.5, 0]
    found = nb.preservation(line, moved, 3, ("euclidean", "euclidean"))
    assert found.distortion.argmax() == 3 and found.distortion[20] == 0


def test_neighbours_kept_counts_the_common_ones():
    before, after = np.array([[1, 2, 3], [4, 5, 6]]), np.array([[3, 9, 1], [7, 8, 9]])
    assert nb.neighbours_kept(before, after) == pytest.approx([2 / 3, 0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: nb.neighbours(p, 120), "120 neighbours of each of 120 items .* wanted 1 to 119"),
        (lambda p: nb.neighbours(p, 0), "wanted 1 to 119"),
        (lambda p: nb.neighbours(p[0], 2), r"vectors have shape \(12,\)"),
        (lambda p: nb.neighbours(p * np.nan, 2), "120 of 120 rows hold NaN"),
        (lambda p: nb.neighbours(p * (np.arange(120) != 7)[:, None], 2), "row 7 is all zeros"),
        (lambda p: nb.neighbours(p, 2, "manhattan"), "unknown metric 'manhattan'"),
        (lambda p: nb.preservation(p, p, 60), "wanted 1 to 59"),
        (lambda p: nb.preservation(p, p[:9], 3), "120 items before and 9 after"),
        (lambda p: nb.neighbours_kept(np.ones((3, 2)), np.ones((3, 4))), r"\(3, 2\) and \(3, 4\)"),
    ],
)
def test_errors_say_what_came_and_what_was_wanted(points, call, words):
    with pytest.raises(ShapeError, match=words):
        call(points)
