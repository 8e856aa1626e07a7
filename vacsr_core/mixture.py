"""Closed forms of a logit-normal mixture: the distribution of one pair's similarity.

The logit of a similarity is a mixture of K normals, sum_k w_k N(m_k, v_k); the similarity is its
sigmoid. Every function takes `means` and `variances` (..., K) and `weights` (K,), computes in
float64 and returns float64 (...), unless it says otherwise.

The logistic sigmoid is, to 4e-9, a mixture of eight normal distribution functions (the idea of
Monahan and Stefanski, 1992): sigmoid(x) = sum_i p_i Phi(s_i x). A normal integrates against that
exactly, E Phi(s X) = Phi(s m / sqrt(1 + s^2 v)), so mean and variance need neither samples nor
quadrature; and because sigmoid^2 = sigmoid - sigmoid', the second moment follows from the
derivative of the first.
"""

from __future__ import annotations

import numpy as np
from scipy.special import logit, ndtr, ndtri

# A least-squares fit refined towards equal errors; the test bounds the error on [-40, 40].
_PROBIT_SHARES = np.array(
    [
        0.00179961824162482,
        0.03291662137033453,
        0.1472368859507569,
        0.29232928129985,
        0.3129724157248485,
        0.1725255322668934,
        0.0383113902782396,
        0.0019082548674520662,
    ]
)
_PROBIT_SCALES = np.array(
    [
        0.24133235350194288,
        0.31438750885203187,
        0.4053839692784734,
        0.5224531717185895,
        0.6719749421441861,
        0.8602312267421248,
        1.0974889661404597,
        1.409937593110952,
    ]
)

_SQRT_TWO_PI = np.sqrt(2.0 * np.pi)
_SMALLEST_VARIANCE = 1e-10  # of a similarity; the closed form itself is good to about 1e-8
_NEGLIGIBLE = 1e-4  # chance of being the best that all rivals left out share between them
_MOST_VALUES = 1_000_000  # rivals times grid points: some 8 MB an array
_LOG_OF_NOTHING = -700.0
_QUANTILE_TOLERANCE = 1e-9  # of a logit
_LOCATION_STEPS, _LOCATION_TOLERANCE = 12, 1e-10
_FARTHEST_TARGET = 40.0  # beyond it the distribution functions underflow


def moments(
    means: np.ndarray, variances: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the similarity, in closed form.

    Returns:
        (mean in [0, 1], variance > 0), both (...).
    """
    mean = np.zeros(means.shape[:-1])
    slope = np.zeros(means.shape[:-1])  # E sigmoid', from the derivative of the mean
    for k, weight in enumerate(weights):
        component_mean = means[..., k].astype(np.float64)
        component_variance = variances[..., k].astype(np.float64)
        for share, scale in zip(_PROBIT_SHARES, _PROBIT_SCALES, strict=True):
            shrunk = scale / np.sqrt(1.0 + scale**2 * component_variance)
            z = shrunk * component_mean
            mean += (weight * share) * ndtr(z)
            slope += (weight * share / _SQRT_TWO_PI) * shrunk * np.exp(-0.5 * z * z)
    return mean, np.maximum(mean * (1.0 - mean) - slope, _SMALLEST_VARIANCE)


def location(target: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Where a normal logit must lie so that its expected sigmoid is sigmoid(target).

    A wide belief is drawn towards one half; this moves it out by as much, so that the mean
    similarity says what the target says however wide the belief is. Newton steps on the log odds
    of the mean, from D. MacKay's approximation target * sqrt(1 + pi v / 8).

    Args:
        target: logits, broadcasts against `variances`.
        variances: > 0.

    Returns:
        float64, odd and increasing in the target.
    """
    target, variances = np.broadcast_arrays(
        np.asarray(target, np.float64), np.asarray(variances, np.float64)
    )
    # The lower half alone, where distribution functions keep their relative precision.
    lower = -np.minimum(np.abs(target), _FARTHEST_TARGET)
    answer = lower * np.sqrt(1.0 + np.pi / 8.0 * variances)
    for _ in range(_LOCATION_STEPS):
        mean, slope = np.zeros_like(answer), np.zeros_like(answer)
        for share, scale in zip(_PROBIT_SHARES, _PROBIT_SCALES, strict=True):
            shrunk = scale / np.sqrt(1.0 + scale**2 * variances)
            z = shrunk * answer
            mean += share * ndtr(z)
            slope += (share / _SQRT_TWO_PI) * shrunk * np.exp(-0.5 * z * z)
        step = (logit(mean) - lower) * mean * (1.0 - mean) / slope
        answer = np.minimum(answer - step, 0.0)
        if not step.size or np.abs(step).max() < _LOCATION_TOLERANCE:
            break
    beyond = np.maximum(np.abs(target) / _FARTHEST_TARGET, 1.0)
    return -np.sign(target) * beyond * answer


def logit_cdf(
    x: np.ndarray, means: np.ndarray, variances: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """P(logit <= x); `x` broadcasts against the leading axes of `means`."""
    z = (np.asarray(x)[..., None] - means) / np.sqrt(variances, dtype=np.float64)
    return ndtr(z) @ weights


def cdf(x: np.ndarray, means: np.ndarray, variances: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """P(similarity <= x) for x in [0, 1]; `x` broadcasts against the leading axes of `means`."""
    with np.errstate(divide="ignore"):
        return logit_cdf(logit(np.asarray(x, dtype=np.float64)), means, variances, weights)


def pdf(x: np.ndarray, means: np.ndarray, variances: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Density of the similarity at x in (0, 1), 0 at the ends; `x` broadcasts like in `cdf`."""
    x = np.asarray(x, dtype=np.float64)
    inside = (x > 0) & (x < 1)
    safe = np.where(inside, x, 0.5)
    deviation = np.sqrt(variances, dtype=np.float64)
    z = (logit(safe)[..., None] - means) / deviation
    density = (np.exp(-0.5 * z * z) / (_SQRT_TWO_PI * deviation)) @ weights
    return np.where(inside, density / (safe * (1.0 - safe)), 0.0)


def logit_quantile(
    q: float, means: np.ndarray, variances: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """The logit x with P(logit <= x) = q, for 0 < q < 1.

    The answer lies between the components' own quantiles; from there Newton steps, and a halving
    of the bracket wherever a step would leave it.
    """
    shape, components = means.shape[:-1], means.shape[-1]
    means = means.reshape(-1, components).astype(np.float64)
    deviation = np.sqrt(variances.reshape(-1, components), dtype=np.float64)
    each = means + ndtri(q) * deviation
    low, high = each.min(axis=-1), each.max(axis=-1)
    answer = 0.5 * (low + high)
    todo = np.flatnonzero(high - low > _QUANTILE_TOLERANCE)
    low, high, x = low[todo], high[todo], answer[todo]
    while len(todo):
        m, s = means[todo], deviation[todo]
        z = (x[:, None] - m) / s
        miss = ndtr(z) @ weights - q
        low, high = np.where(miss < 0, x, low), np.where(miss < 0, high, x)
        density = (np.exp(-0.5 * z * z) / (_SQRT_TWO_PI * s)) @ weights
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = x - miss / density
        following = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        moved = np.abs(following - x)
        answer[todo] = following
        keep = moved > _QUANTILE_TOLERANCE
        todo, low, high, x = todo[keep], low[keep], high[keep], following[keep]
    return answer.reshape(shape)


def prob_greater(first: tuple, second: tuple, weights: np.ndarray) -> np.ndarray:
    """P(similarity of the first pair > that of the second), for independent pairs.

    Args:
        first, second: (means, variances), each (..., K).
        weights: (K,).
    """
    difference = first[0][..., :, None].astype(np.float64) - second[0][..., None, :]
    variance = first[1][..., :, None].astype(np.float64) + second[1][..., None, :]
    return np.einsum("...kl,k,l->...", ndtr(difference / np.sqrt(variance)), weights, weights)


def prob_best(means: np.ndarray, variances: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """P(rival i has the greatest similarity) among R independent rivals.

    The sum over x of P(rival i is at x) times P(all others are below x). Only the stretch in which
    the greatest logit lies is integrated over, on a grid that is dense where the greatest is
    likely, and only rivals that reach it take part: the others' chances, together at most 1e-4,
    are given as 0.

    Args:
        means, variances: (R, K); weights: (K,).

    Returns:
        float64 (R,), sums to 1.
    """
    result = np.zeros(len(means))
    if len(means) < 2:
        return result + 1.0
    floor, ceiling = (
        _where_greatest(level, means, variances, weights)
        for level in (0.5 * _NEGLIGIBLE, 1.0 - 0.5 * _NEGLIGIBLE)
    )
    above = 1.0 - logit_cdf(floor, means, variances, weights)
    ascending = np.argsort(above)
    leaders = ascending[np.cumsum(above[ascending]) > 0.5 * _NEGLIGIBLE]
    if len(leaders) < 2:
        result[leaders] = 1.0
        return result
    means, variances = means[leaders][:, None], variances[leaders][:, None]

    def log_below(grid: np.ndarray) -> np.ndarray:  # (R', G)
        with np.errstate(divide="ignore"):
            return np.log(logit_cdf(grid, means, variances, weights))

    points = int(np.clip(_MOST_VALUES / len(leaders), 32, 256))
    even = np.linspace(floor, ceiling, points)
    greatest = np.exp(log_below(even).sum(axis=0))
    shares = np.linspace(greatest[0], greatest[-1], points)
    grid = np.unique(np.r_[even, np.interp(shares, greatest, even)])
    logs = np.maximum(log_below(grid), _LOG_OF_NOTHING)
    # d(product of all F) = product * sum of d(log F): each rival's part of every step.
    rises = np.diff(logs, axis=1)
    steps = np.diff(np.exp(logs.sum(axis=0)))
    share = rises @ (steps / np.maximum(rises.sum(axis=0), 1e-300))
    result[leaders] = share / share.sum()
    return result


def _where_greatest(
    level: float, means: np.ndarray, variances: np.ndarray, weights: np.ndarray
) -> float:
    """The logit below which the greatest of all rivals lies with the chance `level`."""
    deviation = np.sqrt(variances, dtype=np.float64)
    low, high = float((means - 9 * deviation).min()), float((means + 9 * deviation).max())
    for _ in range(50):
        middle = 0.5 * (low + high)
        with np.errstate(divide="ignore"):
            all_below = np.log(logit_cdf(middle, means, variances, weights)).sum()
        low, high = (middle, high) if all_below < np.log(level) else (low, middle)
    return low


def sample(
    count: int, seed: int, means: np.ndarray, variances: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Draws of the similarity, float32 (count, ...); the same seed gives the same draws."""
    generator = np.random.default_rng(seed)
    shape = (count, *means.shape[:-1])
    component = generator.choice(len(weights), size=shape, p=weights)
    normal = generator.standard_normal(shape, dtype=np.float32)
    rows = np.broadcast_to(means, (count, *means.shape))
    spread = np.broadcast_to(variances, (count, *means.shape))
    chosen = component[..., None]
    mean = np.take_along_axis(rows, chosen, axis=-1)[..., 0]
    variance = np.take_along_axis(spread, chosen, axis=-1)[..., 0]
    return (1.0 / (1.0 + np.exp(-(mean + np.sqrt(variance) * normal)))).astype(np.float32)
