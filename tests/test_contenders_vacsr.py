"""VACSR's verdict holds what its Similarity says, and doubts read off by hand."""

import numpy as np
import pytest

from beliefs import some_pairs
from vacsr_core import Similarity
from vacsr_core.contenders import from_similarity

DOUBTS = ["std", "1 - P(match)", "1 - P(best)", "entropy of P(best)"]


def test_every_doubt_is_that_of_the_first_choice():
    sim = some_pairs()
    verdict = from_similarity(sim)
    assert verdict.name == "VACSR" and np.array_equal(verdict.score, sim.mean)
    assert np.array_equal(verdict.chance, sim.match_probability)
    assert np.array_equal(verdict.pair_doubt["std"], sim.std)
    assert list(verdict.image_doubt) == list(verdict.caption_doubt) == DOUBTS
    for axis, doubts in ((1, verdict.image_doubt), (0, verdict.caption_doubt)):
        first = np.expand_dims(sim.mean.argmax(axis=axis), axis)

        def at_first(values, first=first, axis=axis):
            return np.take_along_axis(values, first, axis).squeeze(axis)

        best = sim.prob_best(axis).astype(float)
        assert doubts["std"] == pytest.approx(at_first(sim.std))
        assert doubts["1 - P(match)"] == pytest.approx(1 - at_first(sim.match_probability))
        assert doubts["1 - P(best)"] == pytest.approx(1 - at_first(best), abs=2e-3)
        entropy = -(best * np.log(np.maximum(best, 1e-12))).sum(axis=axis)
        assert doubts["entropy of P(best)"] == pytest.approx(entropy, abs=2e-2)


def test_equal_rivals_have_the_entropy_of_their_number():
    means = np.zeros((1, 5, 1), np.float32)
    sim = Similarity(np.zeros((1, 5), np.float32), means, np.ones_like(means))
    doubts = from_similarity(sim, "equal").image_doubt
    assert doubts["entropy of P(best)"] == pytest.approx([np.log(5)], abs=1e-3)
    assert doubts["1 - P(best)"] == pytest.approx([0.8], abs=1e-3)
