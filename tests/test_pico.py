"""PICO on features whose style columns are known, its properties, and what it refuses."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from vacsr_core import Features
from vacsr_core.errors import CancelledError, DataError, ShapeError
from vacsr_core.metrics.style import style_invariance
from vacsr_core.pico import CONTROLS, PicoConfig, SemanticColumns, StyleViews, fit_pico
from vacsr_core.pico.feedback import feedback_weight
from vacsr_core.pico.planted import Planted, Planting, plant
from vacsr_core.pico.views import deviations

SMALL = Planting(pairs=300, columns=48)


def fitted(planted: Planted, **choices) -> SemanticColumns:
    return fit_pico(planted.images, planted.captions, planted.caption_image, PicoConfig(**choices))


def recovery(found: SemanticColumns, planted: Planted) -> float:
    return roc_auc_score(planted.style_share > 0.5, 1.0 - found.probability)


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(SMALL, seed=11)


@pytest.fixture(scope="module")
def pico(planted: Planted) -> SemanticColumns:
    return fitted(planted)


def test_planted_style_is_found_and_weighing_it_down_helps(pico, planted) -> None:
    assert recovery(pico, planted) >= 0.95
    assert pico.history[-1].validation > pico.start
    is_style = planted.style_share > 0.5
    assert pico.probability[is_style].mean() < pico.probability[~is_style].mean() - 0.3
    assert set(pico.prototype_modality) == {"image", "caption"}


def test_styles_linked_across_modalities_deceive_correlation_but_not_pico() -> None:
    linked = plant(replace(SMALL, style_link=0.9), seed=12)
    assert recovery(fitted(linked, control="correlation"), linked) < 0.5
    assert recovery(fitted(linked), linked) >= 0.95


def test_the_order_of_images_and_captions_does_not_matter(pico, planted) -> None:
    generator = np.random.default_rng(3)
    rows, columns = generator.permutation(300), generator.permutation(300)
    owner = np.argsort(rows)[planted.caption_image[columns]]
    again = fit_pico(planted.images[rows], planted.captions[columns], owner, PicoConfig())
    np.testing.assert_array_equal(again.probability, pico.probability)


def test_a_round_counts_strictly_more_the_more_it_gains(pico) -> None:
    gains = np.linspace(-0.2, 0.2, 401)
    weights = [feedback_weight(gain, 0.01) for gain in gains]
    assert (np.diff(weights) > 0).all() and min(weights) > 0 and max(weights) < 1
    assert feedback_weight(0.0, 0.01) == 0.5
    by_gain = sorted(pico.history, key=lambda one: one.gain)
    assert (np.diff([one.weight for one in by_gain]) >= 0).all()


def test_a_round_that_hurts_moves_p_by_less_than_one_that_helps(planted, monkeypatch) -> None:
    moved = []
    for gain in (-0.05, 0.05):
        figures = itertools.chain((0.5, 0.5 + gain), itertools.repeat(0.5))
        monkeypatch.setattr(
            "vacsr_core.pico.feedback.Validation.figure",
            lambda self, p: next(figures),  # noqa: B023
        )
        found = fitted(planted, rounds=1)
        assert found.history[0].gain == pytest.approx(gain)
        moved.append(np.abs(1.0 - found.probability).mean())
    assert 0 < moved[0] < 0.5 * moved[1]


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_gives_weights_between_0_and_1(control: str, planted) -> None:
    found = fitted(planted, control=control, rounds=2)
    assert found.kind == control and found.probability.dtype == np.float32
    assert found.probability.shape == found.prototype.shape == (48,)
    assert found.probability.min() >= 0 and found.probability.max() <= 1
    assert bool(found.history) == (control == "pico")
    if control == "none":
        assert (found.probability == 1).all()
    if control == "sign":
        np.testing.assert_array_equal(found.probability, found.sign_probability)


def test_sign_probability_counts_every_product(planted) -> None:
    images, captions = planted.images[:8], planted.captions[:8]
    found = fit_pico(images, captions, np.arange(8), PicoConfig(control="sign"))
    products = images.tokens[:, :, None] * captions.tokens[:, None]  # (8, P, W, D)
    np.testing.assert_allclose(found.sign_probability, (products > 0).mean((0, 1, 2)), atol=1e-6)


def test_weighing_multiplies_columns_by_roots_and_keeps_unit_rows(pico, planted) -> None:
    weighed = pico.weigh(planted.images)
    root = np.sqrt(pico.probability)
    wanted = planted.images.vectors * root
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(weighed.vectors, wanted, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(weighed.tokens, axis=2), 1.0, atol=1e-5)
    with pytest.raises(ShapeError, match="the features have 24 columns"):
        pico.weigh(Features.from_vectors(np.ones((2, 24)), "image"))


def test_what_is_saved_is_read_again(pico, planted, tmp_path: Path) -> None:
    pico.save(tmp_path)
    again = SemanticColumns.load(tmp_path)
    for name in ("probability", "sign_probability", "prototype"):
        np.testing.assert_array_equal(getattr(again, name), getattr(pico, name))
    assert [one.gain for one in again.history] == [one.gain for one in pico.history]
    np.testing.assert_array_equal(again.history[-1].probability, pico.probability)
    fitted(planted, control="none").save(tmp_path / "none")
    assert np.isnan(SemanticColumns.load(tmp_path / "none").start)
    (tmp_path / "pico.safetensors").write_bytes(b"no")
    with pytest.raises(DataError, match="No column weights could be read"):
        SemanticColumns.load(tmp_path)


def test_without_tokens_the_global_vectors_stand_in_and_that_is_said(planted) -> None:
    images, captions = (Features(x.vectors, x.modality) for x in (planted.images, planted.captions))
    found = fit_pico(images, captions, planted.caption_image)
    assert found.level == "global" and "images have no tokens" in " ".join(found.notes)
    assert recovery(found, planted) >= 0.95


def drawn_in_styles(seed: int) -> tuple[Features, Features, np.ndarray, StyleViews, np.ndarray]:
    """Columns whose style is peculiar to each view: no cluster shows it, only the views do."""
    generator = np.random.default_rng(seed)
    share = np.repeat([0.0, 0.7], 20)
    common = generator.standard_normal((200, 40))
    style = generator.standard_normal((4, 200, 3)) @ generator.standard_normal((3, 40))
    style /= style.std(axis=(0, 1))
    shown = np.sqrt(1 - share) * common + np.sqrt(share) * style  # (4, N, D)
    captions = common + generator.standard_normal((200, 40))
    views = Features.from_vectors(shown[1:].reshape(-1, 40), "image")
    return (
        Features.from_vectors(shown[0], "image"),
        Features.from_vectors(captions, "caption"),
        np.arange(200),
        StyleViews(views, np.tile(np.arange(200), 3)),
        share,
    )


def test_weights_that_hurt_are_softened_and_that_is_said(monkeypatch, planted) -> None:
    # The more is weighed down the worse, by a little; only almost equal weights are harmless.
    monkeypatch.setattr(
        "vacsr_core.pico.feedback.Validation.figure",
        lambda self, p: 1.0 if p.mean() > 0.95 else 0.99 + 0.01 * float(p.mean()),
    )
    found = fitted(planted, rounds=4)
    assert found.power < 1 and "did not help on validation images" in found.notes[-1]
    last = found.history[-1].probability
    np.testing.assert_allclose(found.probability, last**found.power, atol=1e-6)
    assert found.probability.mean() > last.mean()


def test_views_in_other_styles_show_which_columns_are_style() -> None:
    images, captions, owner, views, share = drawn_in_styles(5)
    found = fit_pico(images, captions, owner, views=views)
    assert found.has_views and found.history[-1].validation > found.start
    assert roc_auc_score(share > 0.5, -found.probability) >= 0.95
    order = np.random.default_rng(0).permutation(600)
    mixed = StyleViews(views.features[order], views.row[order])
    again = fit_pico(images, captions, owner, views=mixed)
    np.testing.assert_array_equal(again.probability, found.probability)
    with pytest.raises(ShapeError, match="600 style views and rows of shape"):
        StyleViews(views.features, owner)


def test_deviations_share_is_one_minus_the_intraclass_correlation() -> None:
    values = np.random.default_rng(1).standard_normal((30, 4, 5))
    values += 2 * np.random.default_rng(2).standard_normal((30, 1, 5)) * np.arange(5)
    moved, share = deviations(values.reshape(-1, 5), np.repeat(np.arange(30), 4))
    np.testing.assert_allclose(share, 1 - np.maximum(style_invariance(values), 0), atol=1e-9)
    assert moved.shape == (120, 5)
    np.testing.assert_allclose(moved.reshape(30, 4, 5).sum(axis=1), 0, atol=1e-9)
    none, share = deviations(values[:, 0], np.arange(30))
    assert none.shape == (0, 5) and not share.any()


def test_constant_columns_get_no_weight_and_that_is_said(planted) -> None:
    images = planted.images
    vectors, tokens = images.vectors.copy(), images.tokens.copy()
    vectors[:, 7] = tokens[..., 7] = 0.0
    found = fit_pico(replace(images, vectors=vectors, tokens=tokens), planted.captions,
                     planted.caption_image, PicoConfig(rounds=2))  # fmt: skip
    assert found.probability[7] == 0.0 and found.sign_probability[7] == 0.5
    assert "1 columns are constant" in " ".join(found.notes)


def test_fewer_columns_than_prototypes_and_captions_of_one_word() -> None:
    tiny = plant(Planting(pairs=30, columns=5, words=1, meanings=4), seed=1)
    found = fitted(tiny, prototypes=8, rounds=3)
    assert np.isfinite(found.probability).all() and len(found.probability) == 5
    assert "5 columns vary, so 5 prototypes" in " ".join(found.notes)


def test_what_cannot_be_fitted_is_said(planted) -> None:
    with pytest.raises(DataError, match="5 matched pairs are too few"):
        fit_pico(planted.images, planted.captions[:5], planted.caption_image[:5])
    with pytest.raises(DataError, match="7 images with captions are too few"):
        fit_pico(planted.images[:7], planted.captions[:14], np.arange(14) % 7)
    with pytest.raises(DataError, match="control is 'best'"):
        PicoConfig(control="best")
    with pytest.raises(CancelledError, match="stopped in round 1"):
        fit_pico(planted.images, planted.captions, planted.caption_image, should_stop=lambda: True)
