"""Two fits on the same pairs: every figure is the library's own, and verdicts follow intervals."""

from dataclasses import replace

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core import Adapters, calibrate, fit_adapters, rank_figures
from vacsr_core.errors import CancelledError, DataError
from vacsr_core.fit_comparison import BETTER, SAME, WORSE, Compared, compare_fits
from vacsr_core.fit_config import CONSERVATIVE
from vacsr_core.marked_pairs import MATCH, UNSURE, MarkedPairs
from vacsr_core.metrics import calibration
from vacsr_core.metrics.intervals import share_interval
from vacsr_core.pair_sets import PairSet


@pytest.fixture(scope="module")
def pairs() -> PairSet:
    marked = MarkedPairs.of([(3, 6, "no match"), (5, 6, "match"), (8, 17, "unsure")])
    return PairSet("new", *planted_pairs(40, seed=7), marked=marked)


@pytest.fixture(scope="module")
def fits(pairs) -> tuple[Adapters, Adapters]:
    fitted = fit_adapters(*planted_pairs(60), replace(CONSERVATIVE, epochs=5))
    return Adapters.unfitted(pairs.images.dimension), fitted


def judged(pairs: PairSet, sims: list) -> tuple[np.ndarray, np.ndarray]:
    """bool (N, M): the pairs on either fit's shortlist that are known; and which match."""
    labels = pairs.marked.labels(pairs.caption_image, len(pairs.images))
    is_listed = np.zeros(labels.shape, bool)
    for sim in sims:
        for scores, listed in ((sim.mean, is_listed), (sim.mean.T, is_listed.T)):
            rank = np.argsort(np.argsort(-scores, axis=1), axis=1)
            queries = (labels if listed is is_listed else labels.T) == MATCH
            listed |= (rank < 20) & queries.any(axis=1)[:, None]
    is_known = (pairs.caption_image >= 0)[None, :] & (labels != UNSURE)
    return is_listed & is_known, labels == MATCH


def test_every_figure_is_what_its_own_function_says(pairs, fits):
    found = {one.name: one for one in compare_fits(*fits, pairs).figures}
    labels = pairs.caption_image, pairs.marked
    sims = [fit.similarity(pairs.images, pairs.captions) for fit in fits]
    is_judged, is_match = judged(pairs, sims)
    truth = is_match[is_judged].astype(float)
    for side, sim in zip(("before", "after"), sims, strict=True):
        chance = sim.match_probability[is_judged].astype(float)
        both = rank_figures.recall_at(sim.mean, labels[0], 1, labels[1])
        wanted = {
            "two_alternative": rank_figures.two_alternative(sim.mean, *labels),
            "first_caption": both[0],
            "first_image": both[1],
            "log_loss": calibration.log_loss(chance, truth),
            "brier_skill": calibration.brier_skill(chance, truth),
        }
        assert {name: getattr(one, side)[0] for name, one in found.items()} == pytest.approx(
            wanted, abs=1e-5
        )
    assert found["log_loss"].count == len(truth)
    assert (found["first_caption"].count, found["first_image"].count) == (40, 79)


def test_the_difference_is_paired_and_drawn_by_image(pairs, fits):
    found = compare_fits(*fits, pairs, seed=3).figures[3]
    sims = [adapters.similarity(pairs.images, pairs.captions) for adapters in fits]
    is_judged, is_match = judged(pairs, sims)
    losses = [
        calibrate.log_losses(sim.match_probability[is_judged].astype(float), is_match[is_judged])
        for sim in sims
    ]
    interval = share_interval(losses[1] - losses[0], np.nonzero(is_judged)[0], seed=3)
    assert found.difference[1:] == pytest.approx(interval)
    assert found.difference[0] == pytest.approx(found.after[0] - found.before[0])


def test_a_fit_against_itself_cannot_be_told_apart(pairs, fits):
    for figure in compare_fits(fits[1], fits[1], pairs).figures:
        assert figure.difference == (0.0, 0.0, 0.0) and figure.verdict == SAME


def test_a_calibrated_fit_gives_better_chances_and_ranks_the_same(pairs, fits):
    better = {one.name: one.verdict for one in compare_fits(*fits, pairs).figures}
    assert (better["log_loss"], better["brier_skill"]) == (BETTER, BETTER)
    assert better["first_image"] == better["first_caption"] == SAME
    worse = {one.name: one.verdict for one in compare_fits(*fits[::-1], pairs).figures}
    assert (worse["log_loss"], worse["brier_skill"]) == (WORSE, WORSE)


def test_less_log_loss_is_better_and_an_interval_with_zero_says_nothing():
    def verdict(name: str, low: float, high: float) -> str:
        return Compared(name, (0, 0, 0), (0, 0, 0), ((low + high) / 2, low, high), 9).verdict

    assert verdict("log_loss", -0.3, -0.1) == verdict("brier_skill", 0.1, 0.3) == BETTER
    assert verdict("log_loss", 0.1, 0.3) == verdict("first_image", -0.3, -0.1) == WORSE
    assert verdict("log_loss", -0.1, 0.3) == verdict("brier_skill", 0.0, 0.3) == SAME


def test_it_can_be_stopped_and_needs_two_images(pairs, fits):
    def stop(*report):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        compare_fits(*fits, pairs, progress=stop)
    with pytest.raises(DataError, match="at least two images"):
        compare_fits(*fits, pairs.of_images(np.array([0])))
