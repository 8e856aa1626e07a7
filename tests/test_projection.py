"""Maps: PCA, alignment, placing, UMAP from given neighbours, and the figures beside a map."""

import threading

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vacsr_core.errors import CancelledError, DataError, ShapeError
from vacsr_core.map_bench import bench_map
from vacsr_core.metrics.neighbourhood import neighbours, trustworthiness
from vacsr_core.projection import aligned, check_spread, first_map, pca, place, refined_map
from vacsr_core.projection import neighbour_embedding as umap
from vacsr_core.projection.quality import map_quality


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def blobs():
    """Ninety rows in three groups of thirty, and the group of each."""
    random = np.random.default_rng(0)
    group = np.repeat(np.arange(3), 30)
    return unit(4 * np.eye(3, 20)[group] + random.normal(size=(90, 20)) * 0.4), group


@pytest.fixture(scope="module")
def drawn(blobs):
    rows, _ = blobs
    start = first_map(rows)
    return start, refined_map(rows, start, seed=3)


@pytest.mark.parametrize("shape", [(40, 7), (7, 40), (30, 30)])
def test_pca_is_that_of_scikit_learn(shape):
    rows = np.random.default_rng(1).normal(size=shape)
    found, wanted = pca(rows, 3), PCA(3, svd_solver="full").fit_transform(rows)
    for axis in range(3):
        turned = wanted[:, axis] * np.sign(wanted[:, axis] @ found[:, axis])
        assert found[:, axis] == pytest.approx(turned, abs=1e-4)
        assert found[np.abs(found[:, axis]).argmax(), axis] > 0
    assert found.dtype == np.float32 and found.mean(axis=0) == pytest.approx(0, abs=1e-5)


def test_pca_pads_what_the_items_do_not_span():
    assert pca(np.ones((1, 5)), 2).tolist() == [[0, 0]]
    line = pca(np.arange(4)[:, None] * np.ones((1, 6)), 3)
    assert np.ptp(line[:, 0]) > 1 and np.abs(line[:, 1:]).max() < 1e-5


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pca(np.full((3, 2), np.nan)), ShapeError, "3 of 3 rows hold NaN"),
        (lambda: pca(np.ones(3)), ShapeError, r"shape \(3,\)"),
        (lambda: check_spread(np.ones((7, 3))), DataError, "All 7 items have the same features"),
        (lambda: first_map(np.ones((7, 3))), DataError, "same place"),
    ],
)
def test_what_cannot_be_drawn_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_alignment_undoes_turn_mirror_scale_and_shift():
    random = np.random.default_rng(2)
    target = random.normal(size=(25, 2))
    turn, _ = np.linalg.qr(random.normal(size=(2, 2)))
    for mirror in (1, -1):
        moved = 3.7 * target @ turn * [1, mirror] + [5, -2]
        assert aligned(moved, target) == pytest.approx(target, abs=1e-5)
        rows = np.array([0, 4, 9])
        assert aligned(moved, target, rows) == pytest.approx(target, abs=1e-4)


def test_alignment_keeps_who_is_near_whom_and_is_the_best_turn():
    random = np.random.default_rng(3)
    points, target = random.normal(size=(40, 2)), random.normal(size=(40, 2))
    found = aligned(points, target)
    assert np.square(found - found.mean(axis=0)).sum() == pytest.approx(
        np.square(target - target.mean(axis=0)).sum(), rel=1e-5
    )
    assert (neighbours(found, 5, "euclidean")[0] == neighbours(points, 5, "euclidean")[0]).all()
    least = np.square(found - target).sum()
    for angle in np.linspace(0.1, 6, 20):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        worse = (found - found.mean(axis=0)) @ turn + found.mean(axis=0)
        assert np.square(worse - target).sum() >= least


def test_alignment_of_a_dot_stays_a_dot_and_shapes_are_checked():
    assert np.isfinite(aligned(np.zeros((4, 2)), np.ones((4, 2)))).all()
    with pytest.raises(ShapeError, match=r"\(4, 2\) and \(3, 2\)"):
        aligned(np.zeros((4, 2)), np.zeros((3, 2)))


def test_a_copy_is_placed_on_its_twin_and_others_amid_their_nearest(blobs):
    rows, group = blobs
    where = np.random.default_rng(4).normal(size=(90, 2)).astype(np.float32)
    assert place(rows[[5, 80]], rows, where) == pytest.approx(where[[5, 80]], abs=1e-6)
    middle = place(unit(4 * np.eye(3, 20)[[1]] + 0.01), rows, np.stack([group, group], 1))
    assert middle == pytest.approx(np.ones((1, 2)))
    assert place(rows[:0], rows, where).shape == (0, 2)
    with pytest.raises(ShapeError, match="a map of 90 items has 3 coordinates"):
        place(rows[:1], rows, where[:3])
    with pytest.raises(ShapeError, match="same space"):
        place(rows[:1, :4], rows, where)


def test_umap_finds_planted_groups_and_is_as_trustworthy_as_can_be(blobs, drawn):
    rows, group = blobs
    start, found = drawn
    near = neighbours(found.coordinates, 5, "euclidean")[0]
    assert (group[near] == group[:, None]).mean() > 0.98
    assert found.method == "UMAP" and "umap-learn" in found.made_with and found.seed == 3
    wanted = trustworthiness(rows, found.coordinates, 10, ("cosine", "euclidean"))
    assert found.quality.trustworthiness == pytest.approx(wanted)
    assert found.quality.kept > map_quality(rows, start).kept
    assert (found.neighbours[:, :5] == neighbours(rows, 5)[0]).all()


def test_the_same_seed_gives_the_same_map_and_another_another(blobs, drawn):
    rows, _ = blobs
    start, found = drawn
    again = refined_map(rows, start, seed=3)
    assert (again.coordinates == found.coordinates).all()
    assert (refined_map(rows, start, seed=4).coordinates != found.coordinates).any()


def test_the_final_map_lies_on_the_first_one_as_well_as_a_turn_allows(drawn):
    start, found = drawn
    assert aligned(found.coordinates, start) == pytest.approx(found.coordinates, abs=1e-3)
    turned = start @ np.array([[0, -1], [1, 0]])
    assert np.square(found.coordinates - start).sum() < np.square(turned - start).sum()


def test_few_items_stay_with_pca_and_say_so(blobs):
    rows = blobs[0][:14]
    start = first_map(rows)
    found = refined_map(rows, start)
    assert found.method == "PCA" and (found.coordinates == start).all() and found.made_with == ""
    assert found.quality.k == 6 and found.neighbours.shape == (14, 13)
    assert map_quality(rows[:3], start[:3]) is None
    with pytest.raises(ShapeError, match="UMAP needs at least 15 items and 14 came"):
        umap.embed(found.neighbours, found.distances, start)


def test_progress_rises_to_one_and_a_stop_stops(blobs):
    rows, _ = blobs
    start, shares = first_map(rows), []
    refined_map(rows, start, progress=lambda share, text: shares.append(share))
    assert shares == sorted(shares) and shares[-1] == 1.0 and 0.1 < shares[len(shares) // 2] < 1

    def stop(share, text):
        if share > 0.3:
            raise CancelledError("stop")

    with pytest.raises(CancelledError):
        refined_map(rows, start, progress=stop)


def test_after_a_stopped_map_other_threads_can_still_draw(blobs):
    rows, _ = blobs
    start = first_map(rows)

    def stop(share, text):
        if share > 0.3:
            raise CancelledError("stop")

    with pytest.raises(CancelledError):
        refined_map(rows, start, progress=stop)
    again = threading.Thread(target=refined_map, args=(rows, start), daemon=True)
    again.start()
    again.join(60)
    assert not again.is_alive()


def test_copies_and_three_dimensions_are_drawn(blobs):
    rows = np.vstack([blobs[0][:20], blobs[0][:5]])
    found = refined_map(rows, first_map(rows, 3))
    assert found.coordinates.shape == (25, 3) and np.isfinite(found.coordinates).all()


def test_a_large_map_is_measured_on_a_stated_sample(blobs, monkeypatch):
    rows, _ = blobs
    start = first_map(rows)
    monkeypatch.setattr("vacsr_core.projection.quality.MOST_ASKED", 30)
    found = map_quality(rows, start, seed=1)
    assert found.asked == 30 and np.isfinite(found.distortion).sum() == 30
    whole = trustworthiness(rows, start, 10, ("cosine", "euclidean"))
    assert found.trustworthiness == pytest.approx(whole, abs=0.05)


def test_the_bench_measures_every_step_of_a_map():
    found = bench_map(points=60, dimension=8, has_plain=False)
    assert found["points"] == 60 and found["dimension"] == 8
    seconds = {name: value for name, value in found.items() if name.startswith("seconds_")}
    assert set(seconds) == {
        "seconds_first_picture", "seconds_warm_up", "seconds_final_map", "seconds_from_cold",
    }  # fmt: skip
    assert all(value > 0 for value in seconds.values())
    assert 0.5 < found["ours_trustworthiness"] <= 1
