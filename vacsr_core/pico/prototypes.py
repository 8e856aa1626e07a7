"""Style prototypes: clusters of feature columns, found where columns look like style.

Styles are few and meanings many, so it is style that columns can be clustered by. A prototype is
kept as the coefficients of the columns that it is the weighted mean of.
"""

from __future__ import annotations

import warnings

import numpy as np

from vacsr_core.features import Features
from vacsr_core.pico.interaction import tokens_of

CLIP = 3.0  # robust standard deviations; one wild token must not decide what a column is like
RESTARTS = 2
SHARPNESS = 20.0  # of the softmax over prototypes, per unit of explained variance
_NORMAL_DEVIATION = 1.4826  # standard deviation of a normal over its median of |x - median|
_LEAST = 1e-6


def column_gram(
    features: Features, rows: np.ndarray, size: int, generator: np.random.Generator
) -> np.ndarray:
    """How alike the columns are over a fixed bank of tokens of some items.

    Args:
        features: N items; rows: int (R,), those that the bank is drawn from.
        size: at most so many tokens.

    Returns:
        float64 (D, D), see `gram_of`.
    """
    tokens, mask = tokens_of(features)
    item, place = np.nonzero(mask[rows])
    if len(item) > size:
        chosen = np.sort(generator.choice(len(item), size, replace=False))
        item, place = item[chosen], place[chosen]
    return gram_of(tokens[rows[item], place])


def gram_of(tokens: np.ndarray) -> np.ndarray:
    """Correlations of columns that are standardised and whose extremes are cut.

    Args:
        tokens: float (B, D).

    Returns:
        float64 (D, D): 1 on the diagonal; a constant column is 0.
    """
    columns = tokens.T.astype(np.float64)  # (D, B)
    centred = columns - np.median(columns, axis=1, keepdims=True)
    spread = _NORMAL_DEVIATION * np.median(np.abs(centred), axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    spread = np.where(spread > _LEAST * deviation, spread, deviation)  # mostly one value
    clipped = np.clip(centred / np.where(spread > _LEAST, spread, np.inf), -CLIP, CLIP)
    clipped -= clipped.mean(axis=1, keepdims=True)
    deviation = clipped.std(axis=1, keepdims=True)
    bank = clipped / np.where(deviation > _LEAST, deviation, np.inf)
    return bank @ bank.T / bank.shape[1]


def coordinates(gram: np.ndarray) -> np.ndarray:
    """Columns as points (D, R) whose products are the Gram matrix: R is far below the bank's size.

    K-means sees distances alone, and these are the same as those of the columns themselves.
    """
    values, vectors = np.linalg.eigh(gram)
    kept = values > _LEAST
    return vectors[:, kept] * np.sqrt(values[kept])


def cluster_columns(
    gram: np.ndarray, points: np.ndarray, weights: np.ndarray, count: int, seed: int
) -> np.ndarray:
    """Weighted K-means over columns.

    A column and its negative show the same style, so both are clustered, and of a centre and its
    mirror image one is kept.

    Args:
        gram: (D, D) from `gram_of`; points: (D, R), its `coordinates`.
        weights: float (D,), not negative: how much each column looks like style.
        count: most prototypes that are wanted; fewer come where there are fewer columns.
        seed: of K-means.

    Returns:
        float64 (K, D), signed coefficients; prototype k is their product with the bank. (0, D)
        where no column varies or has a weight.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    used = np.flatnonzero((np.diag(gram) > _LEAST) & (weights > 0))
    if not len(used):
        return np.zeros((0, len(gram)))
    both = np.concatenate([points[used], -points[used]])
    clusters = min(2 * count, len(both))
    model = KMeans(clusters, n_init=RESTARTS, random_state=seed)
    with warnings.catch_warnings():  # columns that are equal leave fewer clusters, which is fine
        warnings.simplefilter("ignore", ConvergenceWarning)
        label = model.fit(both, sample_weight=np.tile(weights[used], 2)).labels_
    signed = np.zeros((clusters, len(gram)))
    for sign, half in ((1.0, label[: len(used)]), (-1.0, label[len(used) :])):
        np.add.at(signed, (half, used), sign * weights[used])
    return _without_mirrors(signed, gram, weights, count)


def _without_mirrors(
    coefficients: np.ndarray, gram: np.ndarray, weights: np.ndarray, count: int
) -> np.ndarray:
    """The `count` centres that explain most, without those that are another's mirror image."""
    total = np.abs(coefficients).sum(axis=1, keepdims=True)
    coefficients = coefficients[total[:, 0] > 0] / total[total[:, 0] > 0]
    own = closeness(coefficients, gram) * (coefficients != 0)
    order = np.argsort(-(own * weights).sum(axis=1), kind="stable")
    alike = correlation_between(coefficients, coefficients, gram)
    kept: list[int] = []
    for row in order:
        is_mirror = any(alike[row, other] < -0.5 for other in kept)
        if not is_mirror and len(kept) < count:
            kept.append(int(row))
    return coefficients[kept]


def closeness(coefficients: np.ndarray, gram: np.ndarray) -> np.ndarray:
    """Share of each column's variance that each prototype explains.

    A column is left out of the prototype that it is compared with, or a prototype of one column
    would explain that column perfectly.

    Args:
        coefficients: (K, D); gram: (D, D).

    Returns:
        float64 (K, D) in [0, 1], squared correlations.
    """
    product = coefficients @ gram  # (K, D)
    diagonal = np.diag(gram)
    length = np.einsum("kd,kd->k", product, coefficients)[:, None]
    without = product - coefficients * diagonal
    rest = length - 2 * coefficients * product + coefficients**2 * diagonal
    scale = rest * diagonal
    # What is left of a prototype of one column is rounding error.
    is_left = (rest > _LEAST * np.maximum(length, _LEAST)) & (diagonal > _LEAST)
    return np.clip(without**2 / np.where(is_left, scale, np.inf), 0.0, 1.0)


def correlation_between(first: np.ndarray, second: np.ndarray, gram: np.ndarray) -> np.ndarray:
    """Correlations (K, L) of prototypes (K, D) and (L, D)."""

    def length(rows: np.ndarray) -> np.ndarray:
        return np.sqrt(np.maximum(np.einsum("kd,kd->k", rows @ gram, rows), _LEAST**2))

    return (first @ gram @ second.T) / (length(first)[:, None] * length(second)[None])


def style_probability(coefficients: np.ndarray, gram: np.ndarray) -> np.ndarray:
    """q of each column: its closeness to its nearest style prototypes, softly the nearest.

    Returns:
        float64 (D,) in [0, 1]; 0 where there is no prototype.
    """
    if not len(coefficients):
        return np.zeros(len(gram))
    close = closeness(coefficients, gram)
    scaled = np.exp(SHARPNESS * (close - close.max(axis=0)))
    return (close * scaled).sum(axis=0) / scaled.sum(axis=0)


def blend(
    running: np.ndarray, candidate: np.ndarray, weight: float, gram: np.ndarray
) -> np.ndarray:
    """Move each running prototype towards its partner among the candidates.

    Partners are found by the Hungarian method on absolute correlations; a prototype without a
    partner stays, and so does a candidate without one.

    Args:
        running: (K, D); candidate: (L, D); weight: of the candidate, in [0, 1].

    Returns:
        (max(K, L), D) coefficients.
    """
    from scipy.optimize import linear_sum_assignment

    if not len(running) or not len(candidate):
        return running if len(running) else candidate
    alike = correlation_between(running, candidate, gram)
    rows, partners = linear_sum_assignment(-np.abs(alike))
    sign = np.where(alike[rows, partners] < 0, -1.0, 1.0)[:, None]
    blended = running.copy()
    blended[rows] = (1.0 - weight) * running[rows] + weight * sign * candidate[partners]
    alone = np.setdiff1d(np.arange(len(candidate)), partners)
    return np.concatenate([blended, candidate[alone]])
