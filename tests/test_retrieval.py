"""Choice of two, ranks and recall against loops and closed forms; ties count against us."""

import numpy as np
import pytest

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
