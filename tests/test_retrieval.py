"""Choice of two, ranks and recall against loops and closed forms; ties count against us."""

import json
from importlib.resources import files

import numpy as np
import pytest
from eccv_caption._metrics import compute_eccv_metrics, compute_rprecision
from scipy.sparse import coo_array, csr_array

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics import retrieval
from vacsr_core.metrics.retrieval import (
    caption_to_image_ranks,
    choice_wins,
    image_to_caption_ranks,
    recall_at_k,
    two_alternative_choice,
)


def unit(generator, *shape):
    drawn = generator.normal(size=shape)
    return (drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=[0, 1, 2])
def given(request):
    """13 images, 40 captions somewhat near their own; some images have many, one has none."""
    generator = np.random.default_rng(request.param)
    images = unit(generator, 13, 6)
    caption_image = np.concatenate([np.arange(12), generator.integers(12, size=28)])
    captions = images[caption_image] + 0.8 * unit(generator, 40, 6)
    captions /= np.linalg.norm(captions, axis=1, keepdims=True)
    return images, captions.astype(np.float32), caption_image


def test_ranks_equal_a_loop(given):
    images, captions, caption_image = given
    scores = images.astype(float) @ captions.astype(float).T
    for caption, own in enumerate(caption_image):
        rank = 1 + sum(scores[i, caption] >= scores[own, caption] for i in range(13) if i != own)
        assert caption_to_image_ranks(*given)[caption] == rank
    found = image_to_caption_ranks(*given)
    assert len(found) == 12  # the image without a caption asks nothing
    for image in range(12):
        best = max(scores[image, c] for c in range(40) if caption_image[c] == image)
        rivals = [scores[image, c] for c in range(40) if caption_image[c] != image]
        assert found[image] == 1 + sum(score >= best for score in rivals)


def test_chunked_equals_full(given, monkeypatch):
    full = caption_to_image_ranks(*given), image_to_caption_ranks(*given)
    monkeypatch.setattr(retrieval, "CHUNK", 3)
    assert (caption_to_image_ranks(*given) == full[0]).all()
    assert (image_to_caption_ranks(*given) == full[1]).all()


def test_choice_tends_to_the_share_of_all_rivals(given):
    images, captions, caption_image = given
    scores = images[caption_image].astype(float) @ captions.astype(float).T  # (M, M)
    expected = [
        np.mean([scores[m, m] > scores[m, r] for r in range(40) if caption_image[r] != own])
        for m, own in enumerate(caption_image)
    ]
    wins = choice_wins(*given, draws=2_000)
    assert np.abs(wins - expected).max() < 0.05  # 4.5 standard errors of one caption
    assert two_alternative_choice(*given, draws=2_000) == pytest.approx(np.mean(expected), abs=0.01)


def test_a_rival_is_never_of_the_own_image():
    # Of image 0, all captions but one are poor; image 1 has one caption, poorer still.
    images = np.eye(2, 3)
    captions = np.array([[1.0, 0, 0], [0.5, 0, 0.8], [0.1, 0.9, 0]])
    wins = choice_wins(images, captions, np.array([0, 0, 1]), draws=200)
    assert wins.tolist() == [1.0, 1.0, 1.0]


def test_the_seed_decides_the_draw(given):
    first = choice_wins(*given, seed=1)
    assert (choice_wins(*given, seed=1) == first).all()
    assert (choice_wins(*given, seed=2) != first).any()


def test_a_collapsed_model_gets_nothing():
    generator = np.random.default_rng(0)
    one = unit(generator, 1, 512)
    images, captions = np.repeat(one, 300, axis=0), np.repeat(one, 600, axis=0)
    own = np.arange(600) % 300
    assert two_alternative_choice(images, captions, own) == 0.0
    assert (caption_to_image_ranks(images, captions, own) == 300).all()
    assert (image_to_caption_ranks(images, captions, own) == 599).all()


def test_what_float32_cannot_tell_apart_is_a_tie():
    nearly = np.array([[1.0, 0], [1.0 - 1e-9, 0], [1.0 - 2e-9, 0]])
    own = np.arange(3)
    assert caption_to_image_ranks(nearly, nearly, own).tolist() == [3, 3, 3]
    assert image_to_caption_ranks(nearly, nearly, own).tolist() == [3, 3, 3]
    assert two_alternative_choice(nearly, nearly, own) == 0.0


def test_a_perfect_model_gets_everything():
    images = np.eye(50)
    own = np.repeat(np.arange(50), 3)
    assert two_alternative_choice(images, images[own], own) == 1.0
    assert recall_at_k(caption_to_image_ranks(images, images[own], own), 1) == 1.0
    assert recall_at_k(image_to_caption_ranks(images, images[own], own), 1) == 1.0


def test_chance_level():
    generator = np.random.default_rng(3)
    images, captions = unit(generator, 400, 32), unit(generator, 2_000, 32)
    own = np.arange(2_000) % 400
    assert two_alternative_choice(images, captions, own) == pytest.approx(0.5, abs=0.03)
    ranks = caption_to_image_ranks(images, captions, own)
    assert recall_at_k(ranks, 40) == pytest.approx(0.1, abs=0.03)
    # The best of 5 own among 2,000: the chance that one of 5 is in the first k of all.
    ranks = image_to_caption_ranks(images, captions, own)
    assert recall_at_k(ranks, 100) == pytest.approx(1 - 0.95**5, abs=0.06)


def test_rotation_changes_nothing(given):
    images, captions, caption_image = given
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(6, 6)))
    assert (
        caption_to_image_ranks(images @ turn, captions @ turn, caption_image)
        == caption_to_image_ranks(*given)
    ).all()


def test_recall():
    assert recall_at_k(np.array([1, 2, 5, 6]), 5) == 0.75
    with pytest.raises(DataError, match="at 0 of 2"):
        recall_at_k(np.array([1, 2]), 0)


def test_errors_say_what_came():
    eye = np.eye(3)
    with pytest.raises(ShapeError, match=r"\(3, 3\), caption_vectors \(2, 2\)"):
        choice_wins(eye, np.eye(2), np.array([0, 1]))
    with pytest.raises(ShapeError, match=r"from 0 to 3; with 3 images"):
        caption_to_image_ranks(eye, eye, np.array([0, 1, 3]))
    with pytest.raises(ShapeError, match="NaN"):
        image_to_caption_ranks(eye * np.nan, eye, np.array([0, 1, 2]))
    with pytest.raises(DataError, match="belong to one image"):
        choice_wins(eye, eye, np.array([1, 1, 1]))


@pytest.fixture(params=[0, 1, 2])
def scored(request):
    """30 queries, 200 items, up to 6 positives each, scores with ties; two ask for nothing."""
    generator = np.random.default_rng(request.param)
    is_positive = generator.random((30, 200)) < 0.02
    is_positive[:, 0] = True
    is_positive[[4, 11]] = False
    return np.round(generator.normal(size=(30, 200)) + is_positive, 1), is_positive


def order_against_us(scores: np.ndarray, is_positive: np.ndarray) -> np.ndarray:
    return np.lexsort((is_positive, -scores))  # of equal scores the negatives first


def test_best_ranks_equal_a_sort(scored):
    ranks, queries = retrieval.best_ranks(*scored)
    assert queries.tolist() == [q for q in range(30) if q not in (4, 11)]
    for rank, query in zip(ranks, queries, strict=True):
        scores, own = scored[0][query], scored[1][query]
        assert rank == 1 + np.argmax(own[order_against_us(scores, own)])
    assert ranks.dtype == queries.dtype == np.int64


def test_best_ranks_are_the_ranks_of_images_and_captions(given):
    images, captions, caption_image = given
    scores = images.astype(float) @ captions.astype(float).T
    is_own = caption_image == np.arange(13)[:, None]
    ranks, queries = retrieval.best_ranks(scores, is_own)
    assert queries.tolist() == list(range(12))
    assert (ranks == image_to_caption_ranks(*given)).all()
    assert (retrieval.best_ranks(scores.T, is_own.T)[0] == caption_to_image_ranks(*given)).all()


def test_precision_at_r_by_hand():
    # R = 3. Places: hit, miss, hit, then the third positive out of reach: (1 + 2/3) / 3.
    scores, own = np.array([[9.0, 8, 7, 6, 5]]), np.array([[1, 0, 1, 0, 1]], bool)
    assert retrieval.mean_average_precision_at_r(scores, own) == pytest.approx(5 / 9)
    assert retrieval.r_precision(scores, own) == pytest.approx(2 / 3)
    # All alike: the two negatives stand first and leave one place of three.
    assert retrieval.mean_average_precision_at_r(0 * scores, own) == pytest.approx((1 / 3) / 3)
    assert retrieval.r_precision(0 * scores, own) == pytest.approx(1 / 3)


def test_precision_at_r_is_eccv_captions(scored):
    scores, is_positive = scored
    asked = np.flatnonzero(is_positive.any(axis=1))
    ranked = {q: order_against_us(scores[q], is_positive[q]).tolist() for q in asked.tolist()}
    truth = {q: set(np.flatnonzero(is_positive[q]).tolist()) for q in asked.tolist()}
    wanted = compute_eccv_metrics(ranked, truth)
    found = retrieval.precision_at_r(scores, is_positive)
    assert 0.05 < wanted["eccv_map_at_r"] < 0.9
    assert found.average_precision.mean() == pytest.approx(wanted["eccv_map_at_r"], abs=1e-12)
    assert found.r_precision.mean() == pytest.approx(compute_rprecision(ranked, truth), abs=1e-12)
    assert found.queries.tolist() == asked.tolist()
    assert (found.positives == is_positive[asked].sum(axis=1)).all()
    first = (retrieval.best_ranks(scores, is_positive)[0] == 1).mean()
    assert first == pytest.approx(wanted["eccv_r1"])


def test_sparse_and_chunked_are_the_same(scored, monkeypatch):
    scores, is_positive = scored
    full = (*retrieval.best_ranks(*scored), *retrieval.precision_at_r(*scored))
    monkeypatch.setattr(retrieval, "CHUNK", 7)
    for kind in (np.asarray, csr_array, coo_array):
        own = kind(is_positive)
        found = (*retrieval.best_ranks(scores, own), *retrieval.precision_at_r(scores, own))
        assert all((one == other).all() for one, other in zip(full, found, strict=True))


def test_no_query_with_a_positive():
    scores, nothing = np.ones((2, 3)), np.zeros((2, 3), bool)
    assert [len(part) for part in retrieval.best_ranks(scores, nothing)] == [0, 0]
    assert np.isnan(retrieval.mean_average_precision_at_r(scores, nothing))
    assert np.isnan(retrieval.r_precision(scores, nothing))


def test_rsum():
    # 1, 5 and 10 of each direction: 25 + 50 + 75 and 100 three times.
    assert retrieval.rsum(np.array([1, 4, 9, 11]), np.array([1, 1])) == pytest.approx(450.0)


@pytest.mark.parametrize("measure", [retrieval.best_ranks, retrieval.precision_at_r])
def test_unfit_scores_are_refused(measure):
    with pytest.raises(ShapeError, match=r"scores \(2, 3\) and is_positive \(3, 2\)"):
        measure(np.ones((2, 3)), np.ones((3, 2), bool))
    with pytest.raises(ShapeError, match="1 scores of queries 0 to 1 are NaN"):
        measure(np.array([[0, np.nan], [0, 1]]), np.ones((2, 2), bool))


def test_an_oracle_on_the_true_matches_of_coco_gets_all_and_shuffled_ids_nothing():
    text = files("eccv_caption").joinpath("data/eccv_image_to_caption.json").read_text()
    matches = [np.array(found) for found in json.loads(text).values()]
    items, place = np.unique(np.concatenate(matches), return_inverse=True)
    query = np.repeat(np.arange(len(matches)), [len(found) for found in matches])
    shape = (len(matches), len(items))
    own = csr_array((np.ones(len(place), bool), (query, place)), shape)
    assert own.nnz == 22_550 and len(matches) == 1_261
    generator = np.random.default_rng(0)
    scores = generator.random(shape, np.float32)
    shuffled = retrieval.precision_at_r(scores, own)
    assert shuffled.average_precision.mean() < 1e-3 and shuffled.r_precision.mean() < 5e-3
    scores[query, place] += 1.0
    oracle = retrieval.precision_at_r(scores, own)
    assert oracle.average_precision.mean() == oracle.r_precision.mean() == 1.0
    assert oracle.positives.max() == 48
    assert recall_at_k(retrieval.best_ranks(scores, own)[0], 1) == 1.0
