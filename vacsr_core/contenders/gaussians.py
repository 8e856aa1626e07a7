"""One Gaussian an item, compared in closed form: PCME++ on frozen features.

Source: arXiv 2305.18171 (ICLR 2024), closed-form sampled distance and matching loss. Deviations:
the backbone is frozen and heads learn in its place; pseudo-positives, mixed samples and the
bottleneck's KL are left out, for they need captions or pictures of their own or many epochs; own
pairs count alike in batches of any size, so that the loss of a validation part can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import softplus

from vacsr_core.contenders.config import RivalConfig, split_pairs
from vacsr_core.contenders.learning import learn, size, start_temperature
from vacsr_core.contenders.softmax import Softmax, fit_softmax
from vacsr_core.contenders.verdict import Verdict
from vacsr_core.features import Features
from vacsr_core.heads import Head, ResidualHead, applied

NAME = "PCME++ Gaussians"
START_VARIANCE = 0.1  # of an item, all dimensions together; two unit means are 0 to 4 apart


def expected_square_distance(
    mean: torch.Tensor, variance: torch.Tensor, other: torch.Tensor, other_variance: torch.Tensor
) -> torch.Tensor:
    """E |a - b|^2 of independent Gaussians: |mean - other|^2 and all variances.

    Args:
        mean: (B, D); other: (C, D); variance: (B,), other_variance: (C,), totals over dimensions.

    Returns:
        (B, C), >= 0.
    """
    apart = mean.square().sum(1)[:, None] + other.square().sum(1)[None] - 2.0 * mean @ other.T
    return apart.clamp_min(0.0) + variance[:, None] + other_variance[None]


class GaussianAdapter(nn.Module):
    """A residual head for the mean and a head for the log variance of each modality.

    P(match) of a pair is sigmoid(a (midpoint - distance)), that is sigmoid(-a distance + b) with
    b = a midpoint.

    Args:
        dimension, hidden: D and H of the heads.
        temperature: of the cosine; a starts at half of its inverse, for |x - y|^2 = 2 - 2 cosine.
        midpoint: the distance of an even chance at the start.
        rivals: mismatches that weigh as much as they are, for every own pair.
        seed: of the heads' first layers.
    """

    def __init__(
        self,
        dimension: int,
        hidden: int,
        temperature: float,
        midpoint: float,
        rivals: int,
        seed: int,
    ) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        start = math.log(START_VARIANCE / dimension)
        self.rivals = rivals
        self.image_mean = ResidualHead(dimension, hidden, generator)
        self.caption_mean = ResidualHead(dimension, hidden, generator)
        self.image_log_var = Head(dimension, hidden, dimension, generator, start)
        self.caption_log_var = Head(dimension, hidden, dimension, generator, start)
        self.log_slope = nn.Parameter(torch.tensor(-math.log(2.0 * temperature)))
        self.midpoint = nn.Parameter(torch.tensor(midpoint))

    def distance(self, images: torch.Tensor, captions: torch.Tensor) -> torch.Tensor:
        """Expected square distance of every pair of (B, D) and (C, D) unit rows: (B, C)."""
        return expected_square_distance(
            self.image_mean(images),
            self.image_log_var(images).exp().sum(dim=1),
            self.caption_mean(captions),
            self.caption_log_var(captions).exp().sum(dim=1),
        )

    def losses(
        self, images: torch.Tensor, captions: torch.Tensor, own: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Binary cross entropy of the match probability; see `learning.Rival`."""
        logit = self.log_slope.exp() * (self.midpoint - self.distance(images, captions))
        matches = (own * softplus(-logit)).sum() / own.sum()
        other = 1.0 - own
        strangers = (other * softplus(logit)).sum() / other.sum().clamp_min(1.0)
        return {"loss": matches + self.rivals * strangers}

    @torch.no_grad()
    def gaussians(
        self, images: Features, captions: Features
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Means (N, D) and total variances (N,) of images, then (M, D) and (M,) of captions."""
        return (
            applied(self.image_mean, images),
            applied(self.image_log_var, images).exp().sum(dim=1),
            applied(self.caption_mean, captions),
            applied(self.caption_log_var, captions).exp().sum(dim=1),
        )


@dataclass(frozen=True, eq=False)
class FittedGaussians:
    """Fitted Gaussians with temperature and P(match) of held-out pairs."""

    model: GaussianAdapter
    softmax: Softmax
    history: list[dict]

    @property
    def parameters(self) -> int:
        """Numbers of the network, and the three of `Softmax`."""
        return size(self.model) + 3

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        """Verdict on all pairs of `images` (N) and `captions` (M).

        Args:
            gallery: how many images there are to choose from, for P(match); None for N.
        """
        found = self.model.gaussians(images, captions)
        score = -expected_square_distance(*found).numpy()
        image, caption = found[1].numpy(), found[3].numpy()
        return self.softmax.verdict(
            NAME,
            score,
            gallery,
            pair_doubt={"variance of both": image[:, None] + caption[None, :]},
            image_doubt={"variance": image},
            caption_doubt={"variance": caption},
        )


def fit(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: RivalConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FittedGaussians:
    """Fit the heads on the training part; stop early and set the chances on the validation part.

    Args and Raises: as for `residual.fit`.
    """
    config = config or RivalConfig()
    learning, held_out = split_pairs(images, captions, caption_image, config)
    temperature, seed = start_temperature(learning, config.seed), config.seed
    own = (learning.images.vectors[learning.owner] * learning.captions.vectors).sum(axis=1)
    midpoint = 2.0 - 2.0 * float(own.mean()) + 2.0 * START_VARIANCE
    model = GaussianAdapter(
        images.dimension, config.hidden, temperature, midpoint, config.batch - 1, seed
    )
    history = learn(model, learning, held_out, config, progress, should_stop)
    score = -expected_square_distance(*model.gaussians(held_out.images, held_out.captions)).numpy()
    return FittedGaussians(model, fit_softmax(score, held_out.owner, seed), history)
