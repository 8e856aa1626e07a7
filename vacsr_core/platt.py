"""The cosine's own chance of a match: two numbers, few pairs, no surprise.

Source: J. Platt, "Probabilistic outputs for support vector machines" (1999): a logistic function
of the score, fitted to labels that are drawn in from 0 and 1, so that pairs which a score
separates without a mistake still give a finite slope.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from vacsr_core import calibrate
from vacsr_core.marked_pairs import UNMARKED, MarkedPairs

PRIOR_PAIRS = 20.0  # all pairs of other data together weigh like so many of a person's own
FEWEST_OWN_IMAGES = 8  # fewer say too little to be judged on
_FLATTEST = 0.1  # logits per standard deviation of the cosine; keeps the mean in the cosine's order


@dataclass(frozen=True)
class CosinePairs:
    """Pairs to fit or to judge on, each array (P,).

    Args:
        cosine, labels, weights: of each pair; labels 0 or 1, weights above 0.
        image, owner: row of the pair's image, and of the image that its caption belongs to.
    """

    cosine: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    image: np.ndarray
    owner: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> CosinePairs:
        parts = (self.cosine, self.labels, self.weights, self.image, self.owner)
        return CosinePairs(*(part[chosen] for part in parts))


def choose(
    cosine: np.ndarray,
    owner: np.ndarray,
    is_own: np.ndarray,
    chosen: np.ndarray,
    seed: int,
    marked: MarkedPairs = UNMARKED,
) -> CosinePairs:
    """Labelled pairs of the chosen images, and as many mismatches, half of them near misses.

    A person's own images and the others are kept apart: near misses of a photo among captions of
    drawn scenes would be no near misses.

    Args:
        cosine: (N, M) of all images and captions; owner: (M,), image row or -1.
        is_own: bool (N,), the images that count in full; the others weigh `PRIOR_PAIRS` in all
            where own ones were chosen.
        chosen: image rows to use.
        seed: of the mismatches drawn.
        marked: what a person said of single pairs, see `calibrate.choose_pairs`.
    """
    found, owner, home = [], marked.settled(owner), marked.homes(owner)
    for group in (chosen[is_own[chosen]], chosen[~is_own[chosen]]):
        columns = np.flatnonzero(np.isin(home, group))
        local = np.where(owner[columns] < 0, -1, np.searchsorted(group, owner[columns]))
        if len(np.unique(local[local >= 0])) < 2:
            continue
        rows, places, labels = calibrate.choose_pairs(
            cosine[np.ix_(group, columns)], local, seed, marked.on(group, columns)
        )
        weights = np.ones(len(labels))
        if found:
            weights *= min(1.0, PRIOR_PAIRS / len(labels))
        rows, columns = group[rows], columns[places]
        found.append((cosine[rows, columns], labels, weights, rows, home[columns]))
    return CosinePairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def at_share(pairs: CosinePairs, share: float) -> CosinePairs:
    """The same pairs, weighted so that matches are this share of them, in (0, 1)."""
    matches = pairs.labels == 1
    total = pairs.weights[matches].sum(), pairs.weights[~matches].sum()
    odds = total[0] * (1.0 - share) / (share * total[1])
    return replace(pairs, weights=np.where(matches, 1.0, odds) * pairs.weights)


def fit(pairs: CosinePairs) -> tuple[float, float]:
    """Scale a > 0 and bias b with sigmoid(a cosine + b) the chance of a match."""
    cosine, weights = pairs.cosine.astype(np.float64), pairs.weights
    center, deviation = cosine.mean(), max(float(cosine.std()), 1e-6)
    standard = (cosine - center) / deviation
    positive = float(weights @ pairs.labels)
    negative = float(weights.sum()) - positive
    aims = np.where(pairs.labels == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        slope = np.exp(parameters[0])
        logit = slope * standard + parameters[1]
        value = weights @ (np.logaddexp(0.0, logit) - aims * logit)
        miss = weights * (expit(logit) - aims)
        return value, np.array([miss @ standard * slope, miss.sum()])

    bounds = [(np.log(_FLATTEST), np.log(1e3)), (-1e3, 1e3)]
    log_slope, offset = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds).x
    scale = float(np.exp(log_slope)) / deviation
    return scale, float(offset - scale * center)
