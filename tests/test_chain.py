"""The chain of stages: what each switch does, what lies behind it, and that it is kept whole."""

from dataclasses import replace

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core import Adapters, FitConfig
from vacsr_core.chain import FIGURES, add_stages, ranking_figures
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.first_fit import fit_sets
from vacsr_core.pair_sets import PairSet, join

QUICK = FitConfig(epochs=2)


@pytest.fixture(scope="module")
def pairs():
    images, captions, owner = planted_pairs(60)
    return PairSet("60 planted images", images, captions, owner)


@pytest.fixture(scope="module")
def plain(pairs):
    return fit_sets([pairs], "conservative", QUICK, epochs=2)


@pytest.fixture(scope="module")
def whole(pairs, plain):
    return add_stages(plain, [pairs], config=QUICK)


def test_every_choice_of_stages_has_its_own_pair_adapter(pairs, plain, whole):
    assert plain.stages_before(("pico", "space")) == ()
    assert whole.stages_before(("space", "pico")) == ("pico", "space")
    assert set(whole.behind) == {"pico", "space"} and set(whole.after("pico").behind) == {"space"}
    assert whole.vacsr is plain.vacsr and whole.last(()) is whole
    last = whole.last(("pico", "space"))
    assert last is whole.after("pico").after("space") and last.is_fitted
    for stages in ((), ("pico",), ("space",), ("pico", "space")):
        sim = whole.similarity(pairs.images, pairs.captions, (*stages, "vacsr"))
        images = whole.common_space(pairs.images, stages)
        captions = whole.common_space(pairs.captions, stages)
        np.testing.assert_allclose(sim.cosine, images @ captions.T, atol=1e-6)
        assert np.isfinite(sim.mean).all() and 0 < sim.match_probability.mean() < 1


def test_stages_act_in_the_order_of_the_chain(pairs, whole):
    weighted = whole.pico.weigh(pairs.images)
    behind = whole.after("pico").space.project(weighted).vectors
    np.testing.assert_array_equal(whole.common_space(pairs.images, ("space", "pico")), behind)
    alone = whole.space.project(pairs.images).vectors
    np.testing.assert_array_equal(whole.common_space(pairs.images, ("space",)), alone)
    assert whole.features(pairs.images, ("vacsr",)) is pairs.images
    np.testing.assert_array_equal(whole.semantic_probability, whole.pico.probability)


def test_without_vacsr_all_pairs_keep_the_rank_of_their_cosine(pairs, whole):
    sim = whole.similarity(pairs.images, pairs.captions, ("pico", "space"))
    order = np.argsort(sim.cosine, axis=None)
    assert (np.diff(sim.mean.reshape(-1)[order]) >= -1e-6).all()


def test_an_unfitted_stage_changes_nothing(pairs, plain):
    all_of_them = plain.similarity(pairs.images, pairs.captions, ("pico", "space", "vacsr"))
    alone = plain.similarity(pairs.images, pairs.captions, ("vacsr",))
    np.testing.assert_array_equal(all_of_them.mean, alone.mean)
    np.testing.assert_array_equal(plain.semantic_probability, np.ones(24))
    with pytest.raises(ShapeError, match="unknown stage"):
        plain.similarity(pairs.images, pairs.captions, ("pca",))


def test_a_stage_that_is_there_stays_when_another_is_fitted(pairs, plain, whole):
    first = add_stages(plain, [pairs], ("space",), config=QUICK)
    assert first.pico is None and first.space is not None
    both = add_stages(first, [pairs], ("pico",), config=QUICK)
    assert both.space is first.space and both.pico is not None
    assert both.after("pico").space is not None  # of the weighted columns, made anew


def test_what_ranks_worse_is_left_out_by_default(pairs, whole):
    figures = whole.history[FIGURES]
    assert set(figures) == {"", "pico", "space", "pico+space"}
    chosen = "+".join(name for name in whole.default_stages if name != "vacsr")
    assert all(figures[chosen][name] >= value for name, value in figures[""].items())
    assert "vacsr" in whole.default_stages
    # A space that turns the captions away from their images must not be on by default.
    broken = np.random.default_rng(0).permutation(len(pairs.captions))
    strangers = PairSet("strangers", pairs.images, pairs.captions[broken], pairs.caption_image)
    assert ranking_figures(whole, [strangers], QUICK)[""]["two_alternative"] < 0.7


def test_the_chain_is_saved_and_loaded_whole(tmp_path, pairs, whole):
    whole.save(tmp_path)
    again = Adapters.load(tmp_path)
    assert again.default_stages == whole.default_stages
    for stages in (("vacsr",), ("pico", "vacsr"), ("space", "vacsr"), ("pico", "space", "vacsr")):
        before = whole.similarity(pairs.images, pairs.captions, stages)
        after = again.similarity(pairs.images, pairs.captions, stages)
        np.testing.assert_array_equal(before.mean, after.mean)
        np.testing.assert_array_equal(before.match_probability, after.match_probability)
    (tmp_path / "behind-pico" / "adapters.json").unlink()
    with pytest.raises(DataError, match="behind-pico"):
        Adapters.load(tmp_path)


def test_sets_with_tokens_keep_them_when_joined():
    images, captions, owner = planted_pairs(8)
    tokens = np.zeros((16, 3, images.dimension), np.float32)
    long = replace(captions, tokens=tokens, token_mask=np.ones((16, 3), bool))
    short = replace(captions, tokens=tokens[:, :2], token_mask=np.ones((16, 2), bool))
    parts = [PairSet("a", images, long, owner), PairSet("b", images, short, owner)]
    joined = join(parts).captions
    assert joined.tokens.shape == (32, 3, images.dimension)
    assert joined.token_mask[:16].all() and not joined.token_mask[16:, 2].any()
    assert join([parts[0], PairSet("c", images, captions, owner)]).captions.tokens is None


def test_stages_that_do_not_exist_are_refused(pairs, plain):
    for wrong in ((), ("vacsr",)):
        with pytest.raises(DataError, match="choose from pico, space"):
            add_stages(plain, [pairs], wrong)
