"""A fit on trial: what is left out of it, what it is compared with, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core import Adapters, trial_fit
from vacsr_core.errors import DataError
from vacsr_core.first_fit import fit_sets
from vacsr_core.marked_pairs import MarkedPairs
from vacsr_core.pair_sets import PairSet
from vacsr_core.trial_fit import FitChoices, left_out_rows, try_fit


class PlainEngine:
    """Fits without drawn scenes, and remembers on what and how."""

    def first_fit(self, own, how, seed, progress, has_scenes, epochs, members, on_epoch):
        self.own, self.given = own, (how, seed, has_scenes, epochs)
        from vacsr_core import FitConfig

        config = FitConfig(seed=seed, members=members)
        return fit_sets([own], how, config, progress, epochs=epochs, on_epoch=on_epoch)


KEYS = [f"picture {row}" for row in range(40)]
FEW = FitChoices(how="conservative", epochs=3)


@pytest.fixture(scope="module")
def own() -> PairSet:
    return PairSet("40 pictures", *planted_pairs(40))


def unfitted(own: PairSet) -> Adapters:
    return Adapters.unfitted(own.images.dimension)


def test_what_is_left_out_is_never_learnt_from_and_always_the_same(own):
    engine, seen = PlainEngine(), []
    trial = try_fit(engine, own, KEYS, FEW, unfitted(own), on_epoch=seen.append)
    left_out = left_out_rows(own, KEYS)
    assert len(left_out) == 10 and trial.comparison.images == 10
    kept = {vector.tobytes() for vector in engine.own.images.vectors}
    assert len(kept) == 30
    assert not kept & {vector.tobytes() for vector in own.images.vectors[left_out]}
    texts = {vector.tobytes() for vector in engine.own.captions.vectors}
    assert not texts & {
        v.tobytes() for v in own.captions.vectors[np.isin(own.caption_image, left_out)]
    }
    assert trial.adapters.history["learnt_from"] == sorted(set(KEYS) - {KEYS[r] for r in left_out})
    assert trial.adapters.fitted_on == "30 of 40 pictures, seed 0"
    assert engine.given == ("conservative", 0, True, 3)
    assert [row["epoch"] for row in seen] == [1, 2, 3]
    assert {(row["stage"], row["how"]) for row in seen} == {("vacsr", "conservative")}
    # The same pictures in another order: the same ones are left out.
    turned = own.of_images(np.arange(40))
    other = np.random.default_rng(0).permutation(40)
    place = np.argsort(other)
    turned = PairSet("turned", own.images[other], own.captions, place[own.caption_image])
    found = left_out_rows(turned, [KEYS[row] for row in other])
    assert {KEYS[other[row]] for row in found} == {KEYS[row] for row in left_out}


def test_copies_of_a_picture_stay_on_one_side(own):
    keys = [KEYS[row // 2 * 2] if row < 8 else KEYS[row] for row in range(40)]
    left_out = set(left_out_rows(own, keys).tolist())
    assert all((row in left_out) == (row + 1 in left_out) for row in range(0, 8, 2))


def test_too_few_labelled_pictures_are_fitted_on_but_not_compared(own):
    marks = MarkedPairs.of([(row, 2 * row, "unsure") for row in range(40)])
    owner = np.where(own.caption_image < 29, own.caption_image, -1)
    few = PairSet("few", own.images, own.captions, owner)
    assert left_out_rows(few, KEYS) is None
    trial = try_fit(PlainEngine(), few, KEYS, FEW, unfitted(own))
    assert trial.comparison is None
    assert trial.adapters.history["learnt_from"] == sorted(KEYS)
    unsure = PairSet("unsure", own.images, own.captions, own.caption_image, marked=marks)
    assert len(left_out_rows(unsure, KEYS)) == 10  # each has another caption
    assert [trial_fit.images_to_leave_out(n) for n in (29, 30, 50, 51, 200)] == [0, 10, 10, 10, 40]
    assert trial_fit.images_to_fit_on(250) == 200


def test_it_is_said_what_the_earlier_fit_may_have_learnt_from(own):
    def known(before: Adapters) -> int | None:
        return try_fit(PlainEngine(), own, KEYS, FEW, before).comparison.known_before

    first = try_fit(PlainEngine(), own, KEYS, FEW).adapters  # on everything: nothing is left out
    assert known(first) == 10
    kept = try_fit(PlainEngine(), own, KEYS, FEW, first).adapters
    assert known(kept) == 0
    assert known(unfitted(own)) == 0
    drawn = unfitted(own)
    drawn.is_fitted, drawn.history = True, {"sources": [{"is_drawn": True}]}
    assert known(drawn) == 0
    drawn.history = {"sources": [{"is_drawn": True}, {"is_drawn": False}]}
    assert known(drawn) is None


def test_impossible_choices_are_refused_with_a_way_out(own):
    with pytest.raises(DataError, match="choose from vacsr"):
        FitChoices(stages=())
    with pytest.raises(DataError, match="choose from vacsr"):
        FitChoices(stages=("vacsr", "magic"))
    with pytest.raises(DataError, match="choose one of auto, full, conservative"):
        FitChoices(how="boldly")
    with pytest.raises(DataError, match="wanted is at least 1"):
        FitChoices(epochs=0)
    with pytest.raises(DataError, match="6 fits side by side; wanted are 1 to 5"):
        FitChoices(members=6)
    few = own.of_images(np.arange(5))
    with pytest.raises(DataError, match=r"5 labelled images of your own are too few.*at least 8"):
        try_fit(PlainEngine(), few, KEYS[:5], FitChoices(has_scenes=False))


def test_fits_side_by_side_are_made_and_tell_both_kinds_of_doubt(own):
    trial = try_fit(PlainEngine(), own, KEYS, replace(FEW, members=2))
    sim = trial.adapters.similarity(own.images, own.captions)
    assert sim.members == 2 and (sim.epistemic > 0).mean() > 0.9
