"""Two fits on the same pairs: every figure is the library's own, and verdicts follow intervals."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss as library_log_loss

from planted import planted_pairs
from vacsr_core import Adapters, fit_adapters, rank_figures
from vacsr_core.errors import CancelledError, DataError
from vacsr_core.fit_comparison import BETTER, SAME, WORSE, Compared, compare_fits
from vacsr_core.fit_config import CONSERVATIVE
from vacsr_core.marked_pairs import MATCH, UNSURE, MarkedPairs
from vacsr_core.metrics.calibration import log_losses
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


def shortlisted(pairs: PairSet, fits: tuple) -> tuple:
    """The pairs that are among the 20 nearest of a query in either fit, told one by one."""
    chosen = set()
    for adapters in fits:
        mean = adapters.similarity(pairs.images, pairs.captions).mean
        queries = np.flatnonzero(pairs.caption_image >= 0)
        for column in queries:
            chosen |= {(row, column) for row in np.argsort(-mean[:, column])[:20]}
        for row in np.unique(pairs.caption_image[queries]):
            near = np.argsort(-mean[row])[:20]
            chosen |= {(row, column) for column in near if pairs.caption_image[column] >= 0}
    said = pairs.marked.labels(pairs.caption_image, len(pairs.images))
    kept = [pair for pair in sorted(chosen) if said[pair] != UNSURE]
    rows, columns = np.array(kept).T
    return rows, columns, (said[rows, columns] == MATCH).astype(float)


def test_every_figure_is_what_its_own_function_says(pairs, fits):
    found = {one.name: one for one in compare_fits(*fits, pairs).figures}
    labels = pairs.caption_image, pairs.marked
    for side, adapters in (("before", fits[0]), ("after", fits[1])):
        sim = adapters.similarity(pairs.images, pairs.captions)
        rows, columns, truth = shortlisted(pairs, fits)
        chance = sim.match_probability[rows, columns].astype(float)
        both = rank_figures.recall_at(sim.mean, labels[0], 1, labels[1])
        wanted = {
            "two_alternative": rank_figures.two_alternative(sim.mean, *labels),
            "first_caption": both[0],
            "first_image": both[1],
            "log_loss": library_log_loss(truth, chance),
            "brier_skill": 1 - np.mean((chance - truth) ** 2) / truth.var(),
        }
        assert {name: getattr(one, side)[0] for name, one in found.items()} == pytest.approx(
            wanted, abs=1e-5
        )
    assert found["log_loss"].count == len(shortlisted(pairs, fits)[2])
    assert (found["first_caption"].count, found["first_image"].count) == (40, 79)


def test_the_difference_is_paired_and_drawn_by_image(pairs, fits):
    found = compare_fits(*fits, pairs, seed=3).figures[3]
    sims = [adapters.similarity(pairs.images, pairs.captions) for adapters in fits]
    *where, truth = shortlisted(pairs, fits)
    losses = [log_losses(sim.match_probability[*where].astype(float), truth) for sim in sims]
    interval = share_interval(losses[1] - losses[0], where[0], seed=3)
    assert found.difference[1:] == pytest.approx(interval)
    assert found.difference[0] == pytest.approx(found.after[0] - found.before[0])
    # The pairing takes away what both have in common.
    widths = [high - low for _, low, high in (found.difference, found.before)]
    assert widths[0] < 2 * widths[1]


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
