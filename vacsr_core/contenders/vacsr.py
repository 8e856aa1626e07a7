"""VACSR's verdict: the doubts that follow from a distribution over every pair's similarity."""

from __future__ import annotations

import numpy as np
from scipy.special import entr

from vacsr_core.contenders.verdict import Verdict
from vacsr_core.leaders import leaders
from vacsr_core.similarity import Similarity


def from_similarity(sim: Similarity, name: str = "VACSR") -> Verdict:
    """Rank by the mean similarity; doubt by its spread and by how many others could be first.

    Returns:
        Verdict with the score E similarity, the chance P(match) and the pair doubt "std". Doubts
        of a query's first choice: its "std", "1 - P(match)", "1 - P(best)", and "entropy of
        P(best)" in nats over the 50 leaders; its exponential says how many could be the first.

    Source: arXiv 2605.30968, the standard deviation as confidence; P(best) is our own.
    """
    return Verdict(
        name=name,
        score=sim.mean,
        chance=sim.match_probability,
        pair_doubt={"std": sim.std},
        image_doubt=_query_doubts(sim, axis=1),
        caption_doubt=_query_doubts(sim, axis=0),
    )


def _query_doubts(sim: Similarity, axis: int) -> dict[str, np.ndarray]:
    found = leaders(sim, axis)
    rows, columns = (places[:, 0] for places in found.pairs(1))
    return {
        "std": sim.std[rows, columns],
        "1 - P(match)": 1.0 - sim.match_probability[rows, columns],
        "1 - P(best)": 1.0 - found.best[:, 0],
        "entropy of P(best)": entr(found.best).sum(axis=1),
    }
