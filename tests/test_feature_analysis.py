"""Features page, behind it: sums that add up, planted style that is found, honest verdicts."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.feature_analysis import (
    deciding,
    effects,
    extremes,
    pair_sum,
    prototype_loadings,
    prototype_scores,
    spread_of,
    style_shift,
)


def unit(array):
    return array / np.linalg.norm(array, axis=-1, keepdims=True)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_a_pair_adds_up_to_its_cosine_with_and_without_weights(rng):
    image, caption = unit(rng.normal(size=(2, 24)))
    captions, p = unit(rng.normal(size=(9, 24))), rng.uniform(0.1, 1, 24)
    added = pair_sum(image, caption, p, captions)
    assert added.unweighted.sum() == pytest.approx(image @ caption)
    vision, words = unit(image * np.sqrt(p)), unit(caption * np.sqrt(p))
    assert added.weighted == pytest.approx(vision * words)
    others = unit(captions * np.sqrt(p))
    assert added.beyond.sum() == pytest.approx(vision @ words - (others @ vision).mean())
    even = pair_sum(image, caption, np.full(24, 0.3), captions)
    assert even.weighted == pytest.approx(even.unweighted)  # equal weights change nothing


def test_weights_that_leave_nothing_are_refused(rng):
    image, caption = np.eye(4)[:2]
    with pytest.raises(ShapeError, match="nothing is left of a vector"):
        pair_sum(image, caption, np.array([0.0, 1, 1, 1]), np.eye(4)[1:])
    with pytest.raises(ShapeError, match=r"captions \(2, 3\) do not fit"):
        pair_sum(image, caption, np.ones(4), np.ones((2, 3)))


def test_the_fewest_columns_that_decide():
    added = np.array([0.1, -0.5, 0.05, 0.35])
    assert deciding(added, 0.5).tolist() == [1]
    assert deciding(added, 0.6).tolist() == [1, 3]
    assert deciding(added, 1.0).tolist() == [1, 3, 0, 2]
    assert deciding(np.zeros(3)).size == 0


def test_a_constant_column_says_nothing(rng):
    vectors = rng.normal(size=(50, 3))
    vectors[:, 1] = 0.25
    spread = spread_of(vectors)
    assert spread.is_constant.tolist() == [False, True, False]
    standing = spread.standing(vectors)
    assert standing.std(axis=0) == pytest.approx([1, 0, 1])
    assert spread.in_deviations(np.ones(3))[0] == pytest.approx(1 / vectors[:, 0].std())
    with pytest.raises(ShapeError, match="at least one item"):
        spread_of(np.zeros((0, 3)))


def shift_of(rng, moving, p, strength=1.0):
    before = rng.normal(size=(6, 40))
    after = before + strength * moving * rng.choice([-1, 1], size=(6, 40))
    return style_shift(before, after, spread_of(rng.normal(size=(400, 40))), p, resamples=499)


def test_planted_style_columns_are_seen_to_move(rng):
    p = np.linspace(0.05, 0.95, 40)
    style = shift_of(rng, 1.0 - p, p)
    assert style.verdict == "style" and style.link < -0.9 and style.chance < 0.01
    assert style.link == pytest.approx(spearmanr(style.size, p).statistic)
    assert style.low_share > 2 * style.low_expected == 0.5
    assert shift_of(rng, p, p).verdict == "meaning"
    # Squared moves of 1 - p: the lowest quarter holds what the closed form says, up to sampling.
    assert style.low_share == pytest.approx(
        ((1 - p[:10]) ** 2).sum() / ((1 - p) ** 2).sum(), abs=0.05
    )


def test_moves_that_ignore_p_are_called_no_link(rng):
    p = np.linspace(0.05, 0.95, 40)
    verdicts = [shift_of(rng, rng.uniform(0, 1, 40), p).verdict for _ in range(40)]
    assert verdicts.count("neither") >= 34  # 5 % of chance findings are expected


def test_nothing_moved_and_too_few_columns(rng):
    p = np.linspace(0.05, 0.95, 40)
    still = shift_of(rng, np.zeros(40), p)
    assert still.verdict == "still" and np.isnan(still.low_share) and not still.size.any()
    assert shift_of(rng, 1.0 - p, np.ones(40)).verdict == "still"  # equal p: no link to be seen
    flat = spread_of(np.r_[np.zeros((3, 40)), np.eye(40)[:1]])
    with pytest.raises(DataError, match="Only 1 of 40 columns vary"):
        style_shift(np.zeros((1, 40)), np.ones((1, 40)), flat, p)
    with pytest.raises(ShapeError, match="do not fit"):
        style_shift(np.zeros((1, 40)), np.ones((2, 40)), flat, p)


def test_a_prototype_is_carried_by_the_items_it_was_planted_in(rng):
    vectors = rng.normal(size=(60, 31)) * 0.3
    prototype = np.r_[np.repeat([2, 5, 9], 10), -1]
    carriers = [3, 17, 40]
    sign = np.where(np.arange(10) < 7, 1.0, -1.0)  # some columns show the style turned round
    vectors[carriers, 10:20] += 2.0 * sign  # the columns of prototype 5
    p = np.r_[np.full(10, 1.0), np.full(21, 0.2)]
    loadings, numbers = prototype_loadings(vectors, p, prototype)
    assert numbers.tolist() == [5, 9]  # prototype 2 has only columns of pure meaning
    assert np.linalg.norm(loadings, axis=1) == pytest.approx([1, 1])
    assert (np.sign(loadings[0, 10:20]) == sign).all() and not loadings[0, :10].any()
    scores = prototype_scores(vectors, loadings, spread_of(vectors))
    most, least = extremes(scores[0], 3)
    assert set(most) == set(carriers) and not set(least) & set(carriers)
    assert scores.mean(axis=1) == pytest.approx(0, abs=1e-9)
    with pytest.raises(ShapeError, match="do not fit"):
        prototype_loadings(vectors, p[:5], prototype)


def test_extremes_never_show_an_item_at_both_ends():
    most, least = extremes(np.array([3.0, 1.0, 2.0]), 5)
    assert most.tolist() == [0, 2] and least.tolist() == [1]
    most, least = extremes(np.array([4.0]), 3)
    assert most.tolist() == [0] and least.size == 0


def planted_scores(rng, noise):
    owner = np.repeat(np.arange(40), 2)
    scores = (owner[None] == np.arange(40)[:, None]) * 1.0 + noise * rng.normal(size=(40, 80))
    return scores, owner


def test_effects_count_what_was_won_and_lost(rng):
    good, owner = planted_scores(rng, 0.1)
    bad, _ = planted_scores(rng, 1.0)
    found = effects({"none": bad, "p": good, "same": bad * 2}, owner, "none")
    by = {(effect.kind, effect.name): effect for effect in found}
    best = by["caption", "p"]
    right = (bad.argmax(axis=0) == owner).mean()
    assert by["caption", "none"].recall == pytest.approx(right)
    assert best.recall == 1.0 and best.difference == pytest.approx(1 - right)
    assert best.won - best.lost == round(best.difference * 80) and best.lost == 0
    assert best.verdict == "helps" and 0 < best.low < best.difference < best.high
    assert by["image", "same"].verdict == "nothing" and by["image", "same"].difference == 0
    assert by["image", "p"].queries == 40
    turned = effects({"none": good, "p": bad}, owner, "none")
    assert {effect.verdict for effect in turned if effect.name == "p"} == {"hurts"}


def test_captions_of_nobody_do_not_ask_and_too_little_is_said(rng):
    good, owner = planted_scores(rng, 0.1)
    owner = np.where(np.arange(80) < 10, -1, owner)
    assert effects({"none": good}, owner, "none")[0].queries == 70
    with pytest.raises(DataError, match="40 images and 0 captions that belong to one"):
        effects({"none": good}, np.full(80, -1), "none")
