"""Similarity: for every image-caption pair a distribution over how similar the two are."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from vacsr_core import calibrate, mixture
from vacsr_core.errors import ShapeError

PAIRS_AT_ONCE = 32_768  # float64 working arrays of 256 kB, which stay in a core's cache


@dataclass(frozen=True, eq=False)
class Similarity:
    """Distributions of similarity for N images and M captions, computed in chunks.

    The logit of each pair's similarity is a mixture of K normals; the similarity itself lies in
    (0, 1). Pairs are treated as independent of each other.

    Args:
        cosine: float32 (N, M), in [-1, 1].
        logit_means: float32 (N, M, K), means of the components on the logit scale.
        logit_variances: float32 (N, M, K), > 0.
        weights: (K,), >= 0, sums to 1; the same for all pairs.
        match_scale, match_offset: calibration, P(match) = sigmoid(scale * expected logit + offset)
            where there are two images to choose from.
        gallery: images of the whole gallery, one of which the caption was written for; None for
            the N given here. Every further image makes a match less likely beforehand.

    Raises:
        ShapeError: shapes do not fit, values are not finite, or a variance is not positive.

    Source: arXiv 2605.30968, posterior and decoder; the decoder is linear here, so that the
        logit of the decoded similarity is exactly a mixture of normals.
    """

    cosine: np.ndarray
    logit_means: np.ndarray
    logit_variances: np.ndarray
    weights: np.ndarray = field(default_factory=lambda: np.ones(1))
    match_scale: float = 1.0
    match_offset: float = 0.0
    gallery: int | None = None

    def __post_init__(self) -> None:
        wanted = (*self.cosine.shape, len(self.weights))
        if self.cosine.ndim != 2 or not (
            self.logit_means.shape == self.logit_variances.shape == wanted
        ):
            raise ShapeError(
                f"cosine {self.cosine.shape}, logit_means {self.logit_means.shape} and "
                f"logit_variances {self.logit_variances.shape} do not fit {len(self.weights)} "
                f"weights; wanted (N, M), (N, M, K) and (N, M, K)."
            )
        if not np.isfinite(self.logit_means).all():
            raise ShapeError("logit_means hold NaN or infinity; check the features of this pair.")
        if not (np.isfinite(self.logit_variances) & (self.logit_variances > 0)).all():
            raise ShapeError("every variance must be finite and greater than 0.")

    @property
    def shape(self) -> tuple[int, int]:
        """(N, M): number of images, number of captions."""
        return self.cosine.shape

    def _in_chunks(self, function: Callable, *outputs: np.dtype) -> tuple[np.ndarray, ...]:
        """Fill (N, M) arrays from `function(means, variances)` on flat blocks of pairs.

        The blocks are shared between threads: NumPy's and SciPy's loops run side by side.
        """
        components = len(self.weights)
        means = self.logit_means.reshape(-1, components)
        variances = self.logit_variances.reshape(-1, components)
        results = tuple(np.empty(len(means), dtype) for dtype in outputs)

        def fill(start: int) -> None:
            block = slice(start, start + PAIRS_AT_ONCE)
            values = function(means[block], variances[block])
            values = values if isinstance(values, tuple) else (values,)
            for result, value in zip(results, values, strict=True):
                result[block] = value

        starts = range(0, len(means), PAIRS_AT_ONCE)
        if len(starts) > 1:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                list(threads.map(fill, starts))  # a list, so that an error is raised here
        else:
            fill(0)
        return tuple(result.reshape(self.shape) for result in results)

    @cached_property
    def _mean_and_std(self) -> tuple[np.ndarray, np.ndarray]:
        def both(means, variances):
            mean, variance = mixture.moments(means, variances, self.weights)
            return mean, np.sqrt(variance)

        return self._in_chunks(both, np.float32, np.float32)

    @property
    def mean(self) -> np.ndarray:
        """Expected similarity, float32 (N, M) in [0, 1], in closed form."""
        return self._mean_and_std[0]

    @property
    def std(self) -> np.ndarray:
        """Standard deviation of the similarity, float32 (N, M), > 0 and at most 0.5."""
        return self._mean_and_std[1]

    @cached_property
    def match_probability(self) -> np.ndarray:
        """P(match), float32 (N, M) in [0, 1]: the calibrated chance that the pair belongs together.

        The chance that the caption was written for this image, where it was written for one of
        the gallery's.
        """
        gallery = self.shape[0] if self.gallery is None else self.gallery
        match = (self.match_scale, self.match_offset - np.log(max(1, gallery - 1)))

        def probability(means, _):
            return calibrate.match_chance(means, self.weights, match)

        return self._in_chunks(probability, np.float32)[0]

    def quantile(self, q: float) -> np.ndarray:
        """The similarity below which the share q of the belief lies, float32 (N, M), 0 < q < 1."""
        if not 0.0 < q < 1.0:
            raise ShapeError(f"quantile {q} asked for; it must lie between 0 and 1, without them.")

        def value(means, variances):
            x = mixture.logit_quantile(q, means, variances, self.weights)
            return 1.0 / (1.0 + np.exp(-x))

        return self._in_chunks(value, np.float32)[0]

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """The central interval that holds the share `level`: (low, high), float32 (N, M) each."""
        if not 0.0 < level < 1.0:
            raise ShapeError(f"level {level} asked for; it must lie between 0 and 1, without them.")
        return self.quantile(0.5 - 0.5 * level), self.quantile(0.5 + 0.5 * level)

    def cdf(self, x: float | np.ndarray) -> np.ndarray:
        """P(similarity <= x): float64 (N, M) at one x in [0, 1], (N, M, G) at (G,) values."""
        return self._on_grid(mixture.cdf, x)

    def pdf(self, grid: float | np.ndarray) -> np.ndarray:
        """Density at each point: float64 (N, M) for a number in [0, 1], (N, M, G) for (G,)."""
        return self._on_grid(mixture.pdf, grid)

    def _on_grid(self, function: Callable, points: float | np.ndarray) -> np.ndarray:
        points = np.asarray(points, dtype=np.float64)
        if points.ndim > 1 or not ((points >= 0) & (points <= 1)).all():
            raise ShapeError("points must be one number or a list of numbers, each in [0, 1].")
        if points.ndim == 0:
            return self._in_chunks(lambda m, v: function(points, m, v, self.weights), np.float64)[0]
        return function(
            points, self.logit_means[:, :, None], self.logit_variances[:, :, None], self.weights
        )

    def sample(self, n: int, seed: int) -> np.ndarray:
        """n draws for every pair, float32 (n, N, M); the same seed gives the same draws."""
        return mixture.sample(n, seed, self.logit_means, self.logit_variances, self.weights)

    def prob_greater(self, first: tuple, second: tuple) -> float | np.ndarray:
        """P(similarity of pair `first` > that of pair `second`), in closed form.

        Args:
            first, second: (image, caption), two ints or two equal-length integer arrays.

        Returns:
            float, or float64 array as long as the indices. 0.5 for a pair against itself.
        """
        chosen = [
            (self.logit_means[index], self.logit_variances[index])
            for index in (tuple(first), tuple(second))
        ]
        answer = mixture.prob_greater(*chosen, self.weights)
        return float(answer) if np.ndim(answer) == 0 else answer

    def prob_best(self, axis: int) -> np.ndarray:
        """P(this pair is the most similar one along the axis), float32 (N, M).

        Args:
            axis: 0 = best image for each caption (columns sum to 1),
                1 = best caption for each image (rows sum to 1).
        """
        if axis not in (0, 1):
            raise ShapeError(f"axis {axis} asked for; 0 = among images, 1 = among captions.")
        result = np.empty(self.shape, np.float32)
        for line in range(self.shape[1 - axis]):
            index = (slice(None), line) if axis == 0 else (line, slice(None))
            result[index] = mixture.prob_best(
                self.logit_means[index], self.logit_variances[index], self.weights
            )
        return result

    def __getitem__(self, index: tuple) -> Similarity:
        """`sim[rows, columns]`: the Similarity of the chosen images and captions."""
        if not isinstance(index, tuple) or len(index) != 2:
            raise ShapeError("choose rows and columns: sim[rows, columns].")
        chosen = np.ix_(
            *(np.atleast_1d(np.arange(size)[i]) for size, i in zip(self.shape, index, strict=True))
        )
        return Similarity(
            cosine=self.cosine[chosen],
            logit_means=self.logit_means[chosen],
            logit_variances=self.logit_variances[chosen],
            weights=self.weights,
            match_scale=self.match_scale,
            match_offset=self.match_offset,
            gallery=self.shape[0] if self.gallery is None else self.gallery,
        )
