"""What several fits say of one pair: what each doubts by itself, and what they disagree on.

An ensemble of E members is one larger mixture, the members' mixtures side by side with equal
weights. The law of total variance takes its variance apart: the mean of the members' variances is
the pair's own ambiguity (aleatoric), which more data would not take away; the variance of the
members' means is what the fits have not seen enough of to agree on (epistemic).

Source: Lakshminarayanan et al., "Simple and scalable predictive uncertainty estimation using deep
ensembles", arXiv 1612.01474; the two parts as in Kendall and Gal, arXiv 1703.04977.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vacsr_core import mixture


def joined_weights(weights: Sequence[np.ndarray]) -> np.ndarray:
    """The members' weights, each (K,) with the sum 1, as weights of the whole, (E K,), sum 1."""
    return np.concatenate(weights) / len(weights)


def variance_parts(
    means: np.ndarray, variances: np.ndarray, weights: np.ndarray, members: int
) -> tuple[np.ndarray, np.ndarray]:
    """Variance of the similarity within the members, and between them.

    Args:
        means, variances: (..., E K), of the logit, member by member.
        weights: (E K,), as `joined_weights` gives them.
        members: E.

    Returns:
        (aleatoric > 0, epistemic >= 0), float64 (...) each; their sum is the variance of the whole.
    """
    parts = np.split(np.arange(len(weights)), members)
    own = [
        mixture.moments(means[..., part], variances[..., part], weights[part] * members)
        for part in parts
    ]
    mean, variance = (np.stack(values) for values in zip(*own, strict=True))
    return variance.mean(axis=0), mean.var(axis=0)
