"""PAU: one uncertainty an item, from evidence for the other modality's prototypes.

Source: arXiv 2309.17093 (NeurIPS 2023), evidential uncertainty, its losses and the re-ranking.
Deviations: the backbone is frozen and residual heads learn in its place, by InfoNCE alone, while
the prototypes alone learn the uncertainty (one gradient for both cost the heads a fifth of their
recall on planted features, and a rival should be as strong as it can be); the mean similarity
that the uncertainty aims at is rescaled to [0, 1] by the least and the greatest of the batch; the
re-ranking multiplies exp(scale cosine), which is above 0 where a cosine may not be.

The sign: a Dirichlet's vacuity K / S is high where there is *no* evidence. An item that is near
to many prototypes, and so fits everything, has much evidence and a low vacuity. What predicts
failure is therefore 1 - K / S, high for a generic item, and that is called uncertainty here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from vacsr_core.contenders.config import Pairs, RivalConfig, split_pairs
from vacsr_core.contenders.cosine import max_cosine
from vacsr_core.contenders.learning import learn, size, start_temperature
from vacsr_core.contenders.residual import ResidualAdapter
from vacsr_core.contenders.softmax import Softmax, fit_softmax
from vacsr_core.contenders.verdict import Verdict
from vacsr_core.features import Features
from vacsr_core.heads import applied

NAME = "PAU"
PROTOTYPES = 8
EVIDENCE_SOFTNESS = 5.0  # evidence = exp(scale * cosine / 5)
UNCERTAINTY_WEIGHT, DIVERSITY_WEIGHT = 100.0, 0.015
BETAS = (0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # logits at an uncertainty of 1


def uncertainty(
    rows: torch.Tensor, prototypes: torch.Tensor, scale: torch.Tensor | float
) -> torch.Tensor:
    """1 - K / S, high for an item that is near to the other modality's prototypes.

    Args:
        rows: (B, D) unit rows; prototypes: (K, D), of the other modality, of any length.
        scale: of the cosine, > 0.

    Returns:
        (B,) in (0, 1); S is the sum of e_k + 1 with the evidence e_k = exp(scale cosine / 5).
    """
    cosine = rows @ normalize(prototypes, dim=1).T
    strength = (torch.exp(scale * cosine / EVIDENCE_SOFTNESS) + 1.0).sum(dim=1)
    return 1.0 - len(prototypes) / strength


def diversity(prototypes: torch.Tensor) -> torch.Tensor:
    """Mean squared cosine of different prototypes, 0 where they are at right angles."""
    unit = normalize(prototypes, dim=1)
    count = len(unit)
    return ((unit @ unit.T).square().sum() - count) / (count * (count - 1))


def mean_similarity(cosine: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """Mean cosine of each row with the candidates that are not its own, rescaled to [0, 1].

    Args:
        cosine: (B, C); own: (B, C) of 0 and 1.

    Returns:
        (B,): what the uncertainty of the rows aims at.
    """
    other = 1.0 - own
    mean = (cosine * other).sum(dim=1) / other.sum(dim=1).clamp_min(1.0)
    low, high = mean.min(), mean.max()
    return (mean - low) / (high - low).clamp_min(1e-6)


class PrototypeAdapter(ResidualAdapter):
    """Residual heads, and the prototypes of both modalities.

    Args:
        dimension, hidden, temperature, seed: as for `ResidualAdapter`.
    """

    def __init__(self, dimension: int, hidden: int, temperature: float, seed: int) -> None:
        super().__init__(dimension, hidden, temperature, seed)
        generator = torch.Generator().manual_seed(seed + 1)
        drawn = torch.randn(2, PROTOTYPES, dimension, generator=generator)
        unit = normalize(drawn, dim=2)
        self.image_prototypes = nn.Parameter(unit[0])
        self.text_prototypes = nn.Parameter(unit[1])

    def losses(
        self, images: torch.Tensor, captions: torch.Tensor, own: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """InfoNCE + 100 MSE of the uncertainties + 0.015 diversity; see `learning.Rival`."""
        contrast = super().losses(images, captions, own)["loss"]
        with torch.no_grad():
            pictures, texts = self.image_head(images), self.caption_head(captions)
            scale, cosine = self.log_scale.exp(), pictures @ texts.T
        misses = [
            uncertainty(pictures, self.text_prototypes, scale) - mean_similarity(cosine, own),
            uncertainty(texts, self.image_prototypes, scale) - mean_similarity(cosine.T, own.T),
        ]
        error = 0.5 * sum(miss.square().mean() for miss in misses)
        spread = diversity(self.image_prototypes) + diversity(self.text_prototypes)
        total = contrast + UNCERTAINTY_WEIGHT * error + DIVERSITY_WEIGHT * spread
        return {"loss": total, "contrast": contrast, "uncertainty": error, "diversity": spread}

    @torch.no_grad()
    def uncertainties(self, images: Features, captions: Features) -> tuple[np.ndarray, np.ndarray]:
        """Uncertainty of each image (N,) and of each caption (M,), float32 in (0, 1)."""
        scale = self.log_scale.exp().cpu()
        pictures, texts = applied(self.image_head, images), applied(self.caption_head, captions)
        return (
            uncertainty(pictures, self.text_prototypes.cpu(), scale).numpy(),
            uncertainty(texts, self.image_prototypes.cpu(), scale).numpy(),
        )


@dataclass(frozen=True, eq=False)
class FittedPAU:
    """A fitted PAU with its re-ranking, temperature and P(match) of held-out pairs.

    Args:
        betas: logits taken off a pair at an uncertainty of 1 of its image, of its caption.
    """

    model: PrototypeAdapter
    betas: tuple[float, float]
    softmax: Softmax
    history: list[dict]

    @property
    def parameters(self) -> int:
        """Numbers of the network, both betas, and the three of `Softmax`."""
        return size(self.model) + 5

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        """Verdict on all pairs of `images` (N) and `captions` (M).

        Args:
            gallery: how many images there are to choose from, for P(match); None for N.
        """
        cosine = self.model.cosine(images, captions)
        image, caption = self.model.uncertainties(images, captions)
        score = reranked(self.model, cosine, image, caption, self.betas)
        of_images, of_captions = max_cosine(cosine)
        return self.softmax.verdict(
            NAME,
            score,
            gallery,
            pair_doubt={"uncertainty of both": image[:, None] + caption[None, :]},
            image_doubt=of_images | {"uncertainty": image},
            caption_doubt=of_captions | {"uncertainty": caption},
        )


def reranked(
    model: PrototypeAdapter,
    cosine: np.ndarray,
    image: np.ndarray,
    caption: np.ndarray,
    betas: tuple[float, float],
) -> np.ndarray:
    """log of exp(scale cosine) exp(-beta_1 u_image) exp(-beta_2 u_caption), float32 (N, M)."""
    scale = float(model.log_scale.detach().exp())
    return scale * cosine - betas[0] * image[:, None] - betas[1] * caption[None, :]


def fit(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: RivalConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FittedPAU:
    """Fit heads and prototypes on the training part; choose all else on the validation part.

    Args and Raises: as for `residual.fit`.
    """
    config = config or RivalConfig()
    learning, held_out = split_pairs(images, captions, caption_image, config)
    model = PrototypeAdapter(
        images.dimension, config.hidden, start_temperature(learning, config.seed), config.seed
    )
    history = learn(model, learning, held_out, config, progress, should_stop)
    cosine = model.cosine(held_out.images, held_out.captions)
    items = model.uncertainties(held_out.images, held_out.captions)
    betas = choose_betas(model, cosine, items, held_out)
    score = reranked(model, cosine, *items, betas)
    return FittedPAU(model, betas, fit_softmax(score, held_out.owner, config.seed), history)


def choose_betas(
    model: PrototypeAdapter,
    cosine: np.ndarray,
    items: tuple[np.ndarray, np.ndarray],
    held_out: Pairs,
) -> tuple[float, float]:
    """The re-ranking that brings held-out own pairs foremost; of equal ones the weakest.

    An image's own uncertainty moves all its captions alike, so that each beta acts in one
    direction alone: beta_1 where captions choose among images, beta_2 where images choose.
    """
    own = held_out.owner[None, :] == np.arange(len(cosine))[:, None]

    def best(direction: int) -> float:
        gains = []
        for beta in BETAS:
            betas = (beta, 0.0) if direction == 0 else (0.0, beta)
            score = reranked(model, cosine, *items, betas)
            pair = (score.T, own.T) if direction == 0 else (score, own)
            gains.append(reciprocal_rank(*pair))
        return BETAS[int(np.argmax(gains))]

    return best(0), best(1)


def reciprocal_rank(score: np.ndarray, own: np.ndarray) -> float:
    """Mean of 1 / rank of each query's first own candidate; ties count against it.

    Args:
        score, own: (Q, C); own is bool, with at least one True a row.
    """
    best = np.where(own, score, -np.inf).max(axis=1, keepdims=True)
    return float(np.mean(1.0 / (1 + (~own & (score >= best)).sum(axis=1))))
