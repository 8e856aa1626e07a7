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
_SURELY_BEATEN = 1e-7  # a rival with less than this chance of reaching the leaders is left out
_POINTS_PER_RIVAL = 48
_MOST_GRID_POINTS = 2048
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

    Integrates dF_i times the product of the others' F over a grid made of the rivals' own
    quantiles, so that a narrow rival is resolved as well as a wide one. Rivals that cannot reach
    the leader's low end are given 0.

    Args:
        means, variances: (R, K); weights: (K,).

    Returns:
        float64 (R,), sums to 1.
    """
    result = np.zeros(len(means))
    floor = logit_quantile(_SURELY_BEATEN, means, variances, weights).max()
    reach = logit_quantile(1.0 - _SURELY_BEATEN, means, variances, weights)
    rivals = np.flatnonzero(reach >= floor)
    if len(rivals) == 1:
        result[rivals] = 1.0
        return result
    m, v = means[rivals], variances[rivals]
    levels = ndtri(np.linspace(0, 1, _POINTS_PER_RIVAL + 2)[1:-1])
    tails = np.array([-5.2, -4.0, -3.0, 3.0, 4.0, 5.2])
    marks = np.r_[levels, tails]
    grid = (m[:, :, None] + np.sqrt(v, dtype=np.float64)[:, :, None] * marks).ravel()
    grid = np.unique(grid[grid > floor])
    if len(grid) > _MOST_GRID_POINTS:
        grid = grid[np.linspace(0, len(grid) - 1, _MOST_GRID_POINTS).astype(int)]
    grid = np.r_[floor, grid, reach[rivals].max()]
    below = logit_cdf(grid[None, :], m[:, None, :], v[:, None, :], weights)  # (R', G)
    with np.errstate(divide="ignore"):
        log_below = np.log(below)
        others = np.exp(log_below.sum(axis=0) - log_below)  # product over the other rivals
    others = np.nan_to_num(others)
    share = (np.diff(below, axis=1) * 0.5 * (others[:, 1:] + others[:, :-1])).sum(axis=1)
    result[rivals] = share / share.sum()
    return result


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
