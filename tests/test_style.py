"""Measures of column weights against closed forms, and the changes of style themselves."""

import numpy as np
import pytest
from PIL import Image

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics import style
from vacsr_core.style_changes import (
    CAPTION_STYLES,
    PICTURE_STYLES,
    change_caption,
    change_picture,
)


def test_recovery_of_the_truth_itself_is_perfect_and_of_its_opposite_nil() -> None:
    share = np.linspace(0, 1, 20)
    right = style.planted_recovery(1 - share, share)
    assert right == pytest.approx((1.0, 1.0, 1.0, 0.0))
    wrong = style.planted_recovery(share, share)
    assert wrong.auroc == 0.0 and wrong.rank_link == pytest.approx(-1.0)
    assert wrong.error == pytest.approx(np.abs(2 * share - 1).mean())
    assert np.isnan(style.planted_recovery(np.ones(3), np.zeros(3)).auroc)


def test_invariance_is_the_planted_share_of_variance() -> None:
    generator = np.random.default_rng(0)
    share = np.array([0.0, 0.2, 0.5, 0.9])
    item = generator.standard_normal((3_000, 1, 4)) * np.sqrt(share)
    found = style.style_invariance(
        item + generator.standard_normal((3_000, 4, 4)) * np.sqrt(1 - share)
    )
    np.testing.assert_allclose(found, share, atol=0.03)
    exact = np.repeat(generator.standard_normal((5, 1, 2)), 3, axis=1)
    np.testing.assert_allclose(style.style_invariance(exact), 1.0)
    assert np.isnan(style.style_invariance(np.ones((3, 2, 1)))).all()
    with pytest.raises(ShapeError, match="at least two items and two styles"):
        style.style_invariance(np.ones((3, 1, 2)))


def test_a_link_has_its_interval_and_leaves_constant_columns_out() -> None:
    invariance = np.linspace(0, 1, 60)
    noisy = invariance + 0.2 * np.random.default_rng(1).standard_normal(60)
    found = style.invariance_link(noisy, invariance, resamples=200)
    assert 0.5 < found.low < found.value < found.high < 1.0
    invariance[3] = np.nan
    assert style.invariance_link(invariance, invariance, 20).value == pytest.approx(1.0)
    assert np.isnan(style.invariance_link(np.ones(60), invariance).value)


def test_many_links_at_once_are_scipys() -> None:
    drawn = np.random.default_rng(3).integers(0, 9, (4, 5, 30))  # with ties
    found = style._rank_links(drawn, drawn**2 - 7 * drawn)
    wanted = [[style.rank_link(x, x**2 - 7 * x) for x in row] for row in drawn]
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert np.isnan(style._rank_links(np.ones((1, 4)), np.arange(4.0)[None])).all()


def test_style_distance_is_counted_in_distances_of_items() -> None:
    generator = np.random.default_rng(2)
    clean = generator.standard_normal((40, 3))
    gaps = (((clean[:, None] - clean[None]) ** 2)[~np.eye(40, dtype=bool)]).mean(axis=0)
    moved = np.array([0.5, 0.0, 0.0])
    assert style.style_distance_ratio(clean, clean + moved) == pytest.approx(0.25 / gaps.sum())
    only = style.style_distance_ratio(clean, clean + moved, np.array([0, 1, 1]))
    assert only == 0.0
    with pytest.raises(ShapeError, match="wanted is"):
        style.style_distance_ratio(clean, clean[:3])


def test_first_choice_counts_both_directions_and_weights_can_mend_it() -> None:
    images = np.array([[0.6, 0.0, 0.8], [0.0, 0.6, -0.8]], np.float32)
    captions = np.array([[0.6, 0.0, -0.8], [0.0, 0.6, 0.8]], np.float32)
    owner = np.array([0, 1])
    assert style.first_choice(images, captions, owner) == 0.0
    assert style.first_choice(images, captions, owner, np.array([1, 1, 0])) == 1.0
    curve, area = style.kept_columns_curve(images, captions, owner, [1.0, 0.9, 0.1], (1, 2, 3))
    np.testing.assert_allclose(curve, [0.5, 1.0, 0.0])
    assert area == pytest.approx(0.625)
    with pytest.raises(DataError, match="1 to 3"):
        style.kept_columns_curve(images, captions, owner, [1.0, 0.9, 0.1], (4,))


def test_stability_is_the_mean_link_of_pairs_of_fits() -> None:
    p = np.arange(5.0)
    assert style.stability([p, p, -p]) == pytest.approx(-1 / 3)
    assert np.isnan(style.stability([p]))


@pytest.mark.parametrize("name", PICTURE_STYLES)
def test_a_picture_keeps_its_size_and_changes_the_same_way_each_time(name: str) -> None:
    ramp = np.arange(32 * 24 * 3, dtype=np.uint32).reshape(24, 32, 3) * 37 % 256
    picture = Image.fromarray(ramp.astype(np.uint8))
    changed = change_picture(picture, name)
    assert changed.size == picture.size and changed.mode == "RGB"
    assert changed.tobytes() != picture.tobytes()
    assert changed.tobytes() == change_picture(picture, name).tobytes()


def test_hue_grey_and_poster_do_what_they_say() -> None:
    red = Image.new("RGB", (4, 4), (200, 0, 0))
    turned = np.asarray(change_picture(red, "colour shift"))[0, 0].astype(int)
    assert turned[1] > 190 and turned[0] < 10
    assert len(set(np.asarray(change_picture(red, "grey"))[0, 0].tolist())) == 1
    assert np.asarray(change_picture(red, "posterise"))[0, 0].tolist() == [192, 0, 0]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("template", "a photo of two dogs run on the grass."),
        ("upper case", "TWO DOGS RUN ON THE GRASS ."),
        ("formal", "The present image depicts two canines run on the grass."),
        ("telegraphic", "two dogs run on grass"),
    ],
)
def test_captions_change_their_words_as_named(name: str, wanted: str) -> None:
    assert change_caption("Two dogs run on the grass .", name) == wanted


@pytest.mark.parametrize("name", CAPTION_STYLES)
@pytest.mark.parametrize("text", ["A", "the", "!", "UFO lands", "ein Hund läuft"])
def test_odd_captions_stay_words(name: str, text: str) -> None:
    changed = change_caption(text, name)
    assert changed.strip() and changed == change_caption(text, name)


def test_typos_swap_letters_and_lose_none() -> None:
    text = "A small boy in a red shirt looks at two dogs next to a tree"
    changed = change_caption(text, "typos")
    assert changed != text and sorted(changed) == sorted(text)
    assert sum(a != b for a, b in zip(text, changed, strict=True)) <= 6


def test_unknown_styles_and_empty_captions_are_refused() -> None:
    with pytest.raises(DataError, match="style 'oil' is unknown; choose one of grey"):
        change_picture(Image.new("RGB", (2, 2)), "oil")
    with pytest.raises(DataError, match="The caption is empty"):
        change_caption("  ", "typos")
