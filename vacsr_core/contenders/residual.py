"""The deterministic rival: two residual heads on frozen features, fitted contrastively."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from vacsr_core import losses
from vacsr_core.contenders.config import Pairs, RivalConfig, split_pairs
from vacsr_core.contenders.cosine import cosine_verdict
from vacsr_core.contenders.learning import learn, size, start_temperature
from vacsr_core.contenders.softmax import Softmax, fit_softmax
from vacsr_core.contenders.verdict import Verdict
from vacsr_core.features import Features
from vacsr_core.heads import ResidualHead, applied

NAME = "residual adapter"


class ResidualAdapter(nn.Module):
    """One residual head a modality, and the scale of their cosine.

    Args:
        dimension, hidden: D and H of the heads.
        temperature: 1 / scale of the cosine at the start.
        seed: of the heads' first layers.
    """

    def __init__(self, dimension: int, hidden: int, temperature: float, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.image_head = ResidualHead(dimension, hidden, generator)
        self.caption_head = ResidualHead(dimension, hidden, generator)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))

    def losses(
        self, images: torch.Tensor, captions: torch.Tensor, own: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """InfoNCE in both directions with several positives; see `learning.Rival`."""
        cosine = self.image_head(images) @ self.caption_head(captions).T
        return {"loss": losses.multi_positive(self.log_scale.exp() * cosine, own)}

    def cosine(self, images: Features, captions: Features) -> np.ndarray:
        """Cosines of the heads' answers, float32 (N, M) in [-1, 1]."""
        pictures, texts = applied(self.image_head, images), applied(self.caption_head, captions)
        return (pictures @ texts.T).numpy()


@dataclass(frozen=True, eq=False)
class FittedResidual:
    """A fitted residual adapter with temperature and P(match) of held-out pairs."""

    model: ResidualAdapter
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
        cosine = self.model.cosine(images, captions)
        return cosine_verdict(NAME, cosine, self.softmax, gallery=gallery)


def fit(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: RivalConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FittedResidual:
    """Fit the heads on the training part; stop early and set the chances on the validation part.

    Args:
        images: N items; captions: M items.
        caption_image: (M,), row of the image of each caption; -1 for none.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked after every step; True stops.

    Raises:
        ShapeError: features and rows do not fit each other.
        DataError: fewer than 8 images with captions.
        CancelledError: stopped on request.
    """
    config = config or RivalConfig()
    learning, held_out = split_pairs(images, captions, caption_image, config)
    model = ResidualAdapter(
        images.dimension, config.hidden, start_temperature(learning, config.seed), config.seed
    )
    history = learn(model, learning, held_out, config, progress, should_stop)
    return FittedResidual(model, _softmax(model, held_out, config.seed), history)


def _softmax(model: ResidualAdapter, held_out: Pairs, seed: int) -> Softmax:
    cosine = model.cosine(held_out.images, held_out.captions)
    return fit_softmax(cosine, held_out.owner, seed)
