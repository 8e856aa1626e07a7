"""How sure is the first choice? P(it is the best of its line), also where rivals are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vacsr_core.leaders import leaders
from vacsr_core.similarity import Similarity

_NOWHERE = np.float32(-1e4)  # a logit that no rival would ever be below


def chance_best(
    sim: Similarity,
    kind: str,
    query: np.ndarray,
    choice: np.ndarray,
    is_left_out: np.ndarray,
) -> np.ndarray:
    """P(the choice is the most similar of its line); see `Leaders.best`.

    Args:
        sim: N x M pairs.
        kind: "caption" where lines are captions and choices images, "image" the other way round.
        query: int (Q,), the lines; choice: int (Q,), the item of the greatest mean in each.
        is_left_out: bool (lines, items), rivals that do not count.

    Returns:
        float64 (Q,) in [0, 1].
    """
    axis = 0 if kind == "caption" else 1
    if is_left_out[query].any() or 2 * len(query) < sim.shape[1 - axis]:
        sim = sim[:, query] if axis == 0 else sim[query, :]
        out = is_left_out[query].T if axis == 0 else is_left_out[query]
        sim = replace(sim, logit_means=np.where(out[..., None], _NOWHERE, sim.logit_means))
        query = np.arange(len(query))
    if not len(query):
        return np.zeros(0)
    first = leaders(sim, axis)
    is_choice = first.candidate[query] == choice[:, None]
    best = first.best[query]
    # Among more than fifty equal ones the choice may not be listed; all have the same chance.
    return np.where(is_choice.any(axis=1), (best * is_choice).sum(axis=1), best[:, -1])
