"""The gauge of what a model has seen: planted sources, closed forms, and files."""

import json

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import ndtri
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.familiarity import Familiarity, reference
from vacsr_core.features import Features

D = 24


def cluster(seed: int, count: int, centre: int = 0, width: float = 0.3) -> np.ndarray:
    """Unit rows round an axis, spread over the first eight columns only."""
    rows = np.zeros((count, D), np.float32)
    rows[:, :8] = width * np.random.default_rng(seed).standard_normal((count, 8))
    rows[:, centre] += 1.0
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def far(count: int, seed: int = 7) -> np.ndarray:
    """Unit rows that use the columns which no cluster uses."""
    rows = cluster(seed, count)
    rows[:, 12:] += 0.1 * np.random.default_rng(seed).standard_normal((count, D - 12))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def images(rows: np.ndarray) -> Features:
    return Features.from_vectors(rows, "image")


def captions(rows: np.ndarray) -> Features:
    return Features.from_vectors(rows, "caption")


def gauge(**more) -> Familiarity:
    return Familiarity.build(
        images(cluster(1, 600)),
        captions(cluster(2, 600, centre=3)),
        images(cluster(3, 400)),
        captions(cluster(4, 400, centre=3)),
        **more,
    )


def made(method: str, neighbours: int = 1, shrinkage: float = 0.05) -> reference.Reference:
    train, held = {"a": cluster(1, 300)}, {"a": cluster(3, 200)}
    return reference.build(method, train, held, 300, neighbours, shrinkage)


def half(rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.float16).astype(np.float32)


# --- the three distances --------------------------------------------------------------------


@pytest.mark.parametrize("neighbours", [1, 5])
def test_neighbours_are_those_that_scikit_learn_finds(neighbours):
    summary, rows = made("neighbours", neighbours), cluster(5, 50)
    known = NearestNeighbors(n_neighbors=neighbours).fit(half(cluster(1, 300)))
    wanted = known.kneighbors(rows)[0][:, -1] / summary.edges[0]
    np.testing.assert_allclose(summary.distance(rows), wanted, rtol=1e-3, atol=1e-4)


def test_mahalanobis_is_that_of_scipy_with_a_shrunk_covariance():
    train, rows = cluster(1, 300).astype(float), cluster(5, 50)
    covariance = np.cov(train.T, bias=True)
    shrunk = 0.95 * covariance + 0.05 * np.trace(covariance) / D * np.eye(D)
    mean = train.mean(axis=0, keepdims=True)
    wanted = cdist(rows, mean, "mahalanobis", VI=np.linalg.inv(shrunk))[:, 0]
    summary = made("mahalanobis", neighbours=5)  # of one mean there is no fifth neighbour
    np.testing.assert_allclose(summary.distance(rows) * summary.edges[0], wanted, rtol=5e-3)


def test_whitened_neighbours_are_mahalanobis_distances_between_items():
    train, rows = cluster(1, 300), cluster(5, 50)
    covariance = np.cov(train.astype(float).T, bias=True)
    shrunk = 0.95 * covariance + 0.05 * np.trace(covariance) / D * np.eye(D)
    all_pairs = cdist(rows, train, "mahalanobis", VI=np.linalg.inv(shrunk))
    wanted = np.sort(all_pairs, axis=1)[:, 2]
    summary = made("whitened neighbours", neighbours=3)
    np.testing.assert_allclose(summary.distance(rows) * summary.edges[0], wanted, rtol=1e-2)


@pytest.mark.parametrize("method", reference.METHODS)
def test_chunks_change_nothing(method, monkeypatch):
    summary, rows = made(method), cluster(5, 50)
    whole = summary.distance(rows)
    monkeypatch.setattr(reference, "_ROWS_AT_ONCE", 7)
    # Squares in float32 that cancel: 1e-7 of the lengths is up to 1e-5 of a short distance.
    np.testing.assert_allclose(summary.distance(rows), whole, rtol=1e-4)
    assert len(np.unique(whole)) == 50


@pytest.mark.parametrize("method", reference.METHODS)
def test_a_rotation_of_the_space_changes_nothing(method):
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((D, D)))[0].astype(np.float32)
    rows = cluster(5, 50)
    train, held = {"a": cluster(1, 300) @ turn}, {"a": cluster(3, 200) @ turn}
    turned = reference.build(method, train, held, 300, 1, 0.05).distance(rows @ turn)
    np.testing.assert_allclose(turned, made(method).distance(rows), rtol=0.05)


def test_the_edge_is_each_sources_own():
    """A small, narrow source is not swallowed by a wide one."""
    train = {"wide": cluster(1, 500, 0, 0.6), "narrow": cluster(2, 60, 20, 0.05)}
    held = {"wide": cluster(3, 400, 0, 0.6), "narrow": cluster(4, 60, 20, 0.05)}
    summary = reference.build("neighbours", train, held, 400)
    inside, near = cluster(8, 200, 20, 0.05), cluster(9, 200, 20, 0.3)
    assert (summary.distance(inside) > 1).mean() < 0.1
    assert (summary.distance(near) > 1).mean() > 0.9
    gap = summary.edges[0] / summary.edges[1]
    assert (summary.distance(near) / gap > 1).mean() < 0.1  # with one edge for both: inside


# --- percentiles ----------------------------------------------------------------------------


def test_the_percentile_is_the_share_of_held_out_items_that_lie_nearer():
    found, held, rows = gauge(), images(cluster(3, 400)), images(cluster(5, 40))
    nearer = found.distance(held)[None, :] < found.distance(rows)[:, None]
    np.testing.assert_allclose(found.percentile(rows), 100 * nearer.mean(axis=1), atol=0.3)
    assert found.percentile(rows).dtype == np.float32


def test_fresh_inside_items_spread_evenly_and_far_ones_lie_outside():
    found = gauge()
    fresh = found.percentile(images(cluster(11, 2_000)))
    assert abs(fresh.mean() - 50) < 5
    assert found.is_outside(images(cluster(11, 2_000))).mean() < 0.03
    assert found.is_outside(images(far(200))).mean() > 0.9
    assert found.is_outside(captions(cluster(12, 200, centre=0))).mean() > 0.9


def test_a_caption_of_mostly_unknown_words_is_outside_wherever_it_lies():
    found, rows = gauge(), captions(cluster(4, 400, centre=3)[:4])
    near = rows[np.argsort(found.percentile(rows))[:1]]
    assert not found.is_outside(near)[0]
    assert found.is_outside(near, unknown_share=np.array([0.5]))[0]
    assert not found.is_outside(near, unknown_share=np.array([0.4]))[0]
    reading = found.read(near, [("xylophone",)], np.array([0.4]))
    assert reading.unknown_words == (("xylophone",),)
    assert reading.percentile[0] == found.percentile(near)[0]


def test_the_distance_that_tells_outside_items_best_is_taken():
    outside = {"outside_images": images(far(100)), "outside_captions": captions(far(100))}
    found = gauge(**outside)
    tried = found.record["image"]["tried"]
    assert len(tried) == len(reference.CANDIDATES)
    best = max(tried, key=lambda row: row["auroc"])
    assert (found.images.method, found.images.neighbours) == (best["method"], best["neighbours"])
    measured = roc_auc_score(
        np.r_[np.zeros(400), np.ones(100)],
        np.r_[found.distance(images(cluster(3, 400))), found.distance(images(far(100)))],
    )
    assert best["auroc"] == pytest.approx(measured, abs=1e-9)
    assert gauge().images.method == reference.CANDIDATES[0][0]


def test_auroc_is_that_of_scikit_learn_with_ties_and_of_two_normals():
    generator = np.random.default_rng(0)
    inside, outside = generator.integers(0, 9, 200), generator.integers(3, 12, 150)
    labels = np.r_[np.zeros(200), np.ones(150)]
    wanted = roc_auc_score(labels, np.r_[inside, outside])
    assert reference.auroc(inside, outside) == pytest.approx(wanted, abs=1e-12)
    shifted = np.sqrt(2) * ndtri(0.9)  # so far apart that the area is 0.9
    normals = generator.standard_normal(20_000), generator.standard_normal(20_000) + shifted
    assert reference.auroc(*normals) == pytest.approx(0.9, abs=0.01)


# --- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", reference.METHODS)
def test_what_is_saved_is_what_is_loaded(method, tmp_path):
    summary = made(method, neighbours=2)
    Familiarity(summary, made("neighbours"), "some@1234", {"seed": 3}).save(tmp_path)
    loaded = Familiarity.load(tmp_path)
    rows = images(far(30))
    np.testing.assert_array_equal(loaded.distance(rows), summary.distance(rows.vectors))
    np.testing.assert_array_equal(loaded.percentile(rows), summary.percentile(rows.vectors))
    assert (loaded.backbone_id, loaded.record) == ("some@1234", {"seed": 3})
    assert loaded.images.sources == ("a",) and loaded.images.method == method


@pytest.mark.parametrize("method", reference.METHODS[1:])
def test_five_sources_of_256_columns_fit_in_one_and_a_half_megabytes(method, tmp_path):
    generator = np.random.default_rng(0)
    train, held = (
        {str(source): half(generator.standard_normal((count, 256))) for source in range(5)}
        for count in (200, 40)
    )
    summary = reference.build(method, train, held, 900)
    Familiarity(summary, summary).save(tmp_path)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert size <= 1_500_000


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "familiarity.safetensors").unlink(), "build it again"),
        (lambda folder: (folder / "familiarity.json").write_text("{"), "build it again"),
        (
            lambda folder: (folder / "familiarity.json").write_text(json.dumps({"format": 9})),
            "format 9",
        ),
    ],
)
def test_a_damaged_summary_is_explained(damage, words, tmp_path):
    gauge().save(tmp_path)
    damage(tmp_path)
    with pytest.raises(DataError, match=words):
        Familiarity.load(tmp_path)


# --- what cannot be built or asked ------------------------------------------------------------


def test_features_of_another_model_or_kind_are_refused():
    with pytest.raises(ShapeError, match=r"wanted \(N, 24\)"):
        gauge().percentile(images(np.eye(5, dtype=np.float32)))
    rows = cluster(1, 200)
    with pytest.raises(ShapeError, match="wanted images"):
        Familiarity.build(captions(rows), captions(rows), images(rows), captions(rows))


def test_sources_must_agree_and_suffice():
    rows = cluster(1, 200)
    with pytest.raises(DataError, match="same sources"):
        reference.build("neighbours", {"a": rows}, {"b": rows}, 100)
    with pytest.raises(DataError, match="at least 100 held-out"):
        reference.build("neighbours", {"a": rows}, {"a": rows[:20]}, 100)
    with pytest.raises(DataError, match="no method 'cosine'"):
        reference.build("cosine", {"a": rows}, {"a": rows}, 100)
