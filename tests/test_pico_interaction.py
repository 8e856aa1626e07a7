"""Fine-grained interaction against the formula written out, with and without tokens."""

import sys

import numpy as np
import pytest

from vacsr_core import Features
from vacsr_core.errors import ShapeError
from vacsr_core.pico import column_contributions, heat, interaction
from vacsr_core.pico.interaction import tokens_of

DIMENSION = 12
P = np.linspace(0.1, 0.9, DIMENSION).astype(np.float32)


def some(count: int, tokens: int, modality: str, seed: int) -> Features:
    """Random features; item n has n % tokens + 1 real tokens."""
    generator = np.random.default_rng(seed)
    whole = Features.from_vectors(generator.standard_normal((count, DIMENSION)), modality)
    mask = np.arange(tokens)[None] <= (np.arange(count) % tokens)[:, None]
    drawn = generator.standard_normal((count, tokens, DIMENSION)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=2, keepdims=True)
    return Features(whole.vectors, modality, drawn * mask[..., None], mask)


def written_out(image: Features, caption: Features, p: np.ndarray) -> float:
    """S of one pair, token by token."""
    patches, words = (x.tokens[0][x.token_mask[0]] for x in (image, caption))
    s = np.array([[sum(p * v * t) for t in words] for v in patches])
    return np.mean([max(row) for row in s]) + np.mean([max(column) for column in s.T])


IMAGES, CAPTIONS = some(5, 4, "image", 1), some(7, 3, "caption", 2)


def test_it_is_the_formula_and_padding_has_no_say() -> None:
    scores = interaction(IMAGES, CAPTIONS, P)
    assert scores.shape == (5, 7) and scores.dtype == np.float32
    wanted = [[written_out(IMAGES[i], CAPTIONS[j], P) for j in range(7)] for i in range(5)]
    np.testing.assert_allclose(scores, wanted, atol=1e-6)


def test_blocks_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = interaction(IMAGES, CAPTIONS, P)
    # The package's function of the same name hides the module from a dotted path.
    monkeypatch.setattr(sys.modules["vacsr_core.pico.interaction"], "BLOCK", 30)
    np.testing.assert_allclose(interaction(IMAGES, CAPTIONS, P), whole, atol=1e-6)


def test_without_tokens_it_is_twice_the_weighted_product() -> None:
    images, captions = (Features(x.vectors, x.modality) for x in (IMAGES, CAPTIONS))
    wanted = 2 * (images.vectors * P) @ captions.vectors.T
    np.testing.assert_allclose(interaction(images, captions, P), wanted, atol=1e-6)
    np.testing.assert_allclose(heat(images[2], captions[3], P), wanted[2:3, 3:4] / 2, atol=1e-6)


def test_an_item_without_a_single_token_gets_its_global_vector() -> None:
    mask = CAPTIONS.token_mask.copy()
    mask[4] = False
    bare = Features(CAPTIONS.vectors, "caption", CAPTIONS.tokens, mask)
    tokens, real = tokens_of(bare)
    np.testing.assert_array_equal(tokens[4][real[4]], CAPTIONS.vectors[4:5])
    assert np.isfinite(interaction(IMAGES, bare)).all()


@pytest.mark.parametrize(("image", "caption"), [(0, 0), (3, 5), (4, 6)])
def test_columns_add_up_to_the_score_and_heat_holds_it(image: int, caption: int) -> None:
    pair = IMAGES[image], CAPTIONS[caption]
    found = column_contributions(*pair, P)
    score = interaction(*pair, P)[0, 0]
    assert found.shape == (DIMENSION,) and found.sum() == pytest.approx(score, abs=1e-6)
    map_ = heat(*pair, P)
    assert map_.shape == (image % 4 + 1, caption % 3 + 1)
    assert map_.max(axis=1).mean() + map_.max(axis=0).mean() == pytest.approx(score, abs=1e-6)
    assert column_contributions(*pair, np.eye(DIMENSION)[5])[:5].tolist() == [0.0] * 5


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ShapeError, match=r"shape \(5,\); the features have 12 columns"):
        interaction(IMAGES, CAPTIONS, np.ones(5))
    with pytest.raises(ShapeError, match="wanted are numbers in 0 to 1"):
        interaction(IMAGES, CAPTIONS, 2 * P)
    with pytest.raises(ShapeError, match="wanted are images, then captions"):
        interaction(CAPTIONS, IMAGES)
    with pytest.raises(ShapeError, match="got 5 images; wanted is one image"):
        heat(IMAGES, CAPTIONS[0])
