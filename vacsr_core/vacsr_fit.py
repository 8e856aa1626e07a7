"""Fitting VACSR's pair adapter on frozen features.

Source: arXiv 2605.30968, training objective and sampling.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from vacsr_core import calibrate, losses, train
from vacsr_core.adapter import PairAdapter
from vacsr_core.adapters import Adapters, labelled_rows
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.features import Features

FEWEST_IMAGES = 8


@dataclass(frozen=True)
class FitConfig:
    """Every choice of a fit. The loss is a L_KL + L_recon + b (L_sigma+ + c L_sigma-).

    Args:
        seed: of the split, the weights, the batches and the samples.
        components, latent, hidden: K, L and H of the pair adapter.
        kl_weight, sigma_weight, negative_sigma_weight: a, b and c of the loss.
        is_squashed: squash the variance to s^2 / (1 + s^2) inside L_sigma.
        positive_share: weight of the positives in L_recon, None for the paper's plain mean over
            all pairs. With one half, a caption that fits every image comes out near 0.5 instead
            of near 1 / batch.
        mask_same_image: leave out the pairs of an image with other captions of its own.
        batch, learning_rate, weight_decay, epochs: of AdamW with a cosine schedule.
        validation_share: share of the images held out for early stopping and calibration.
        patience: epochs without a better validation loss before the fit stops.
        device: "cpu", "cuda" or "mps".
    """

    seed: int = 0
    components: int = 2
    latent: int = 16
    hidden: int = 64
    kl_weight: float = 5e-4
    sigma_weight: float = 1.0
    negative_sigma_weight: float = 1.0
    is_squashed: bool = True
    positive_share: float | None = 0.5
    mask_same_image: bool = True
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    epochs: int = 16
    validation_share: float = 0.2
    patience: int = 6
    device: str = "cpu"


def split_by_image(
    caption_image: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of training and of validation images; an image's captions go where it goes.

    Args:
        caption_image: (M,), image row of each caption or -1; only images with a caption count.
        share: of the images that are held out, in (0, 1).

    Raises:
        DataError: fewer than 8 images with captions.
    """
    labelled = np.unique(caption_image[caption_image >= 0])
    if len(labelled) < FEWEST_IMAGES:
        raise DataError(
            f"{len(labelled)} images with captions are too few to fit and to check a fit; give at "
            f"least {FEWEST_IMAGES}."
        )
    shuffled = np.random.default_rng(seed).permutation(labelled)
    held_out = min(max(2, round(share * len(labelled))), len(labelled) - 2)
    return np.sort(shuffled[held_out:]), np.sort(shuffled[:held_out])


def fit_adapters(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: FitConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint: str | Path | None = None,
    fitted_on: str = "",
    unlabelled: np.ndarray | None = None,
) -> Adapters:
    """Fit the adapters of one backbone on pairs of images and captions.

    Args:
        images: N items; captions: M items of the same backbone.
        caption_image: (M,) row of the image that each caption belongs to; -1 leaves it out.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked after every step; True stops.
        checkpoint: folder in which an interrupted fit is kept and taken up again.
        fitted_on: one line that says what the data are.
        unlabelled: float32 (N, M) in [0, 1], what the reconstruction aims at for pairs that are
            not labelled, where graded truth is known; None for 0, as the paper has it.

    Returns:
        Adapters with a calibrated P(match); `history` holds every epoch and the final figures.

    Raises:
        ShapeError: features and rows do not fit each other.
        DataError: fewer than 8 images with captions.
        CancelledError: stopped on request.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> images = Features.from_vectors(rng.normal(size=(16, 8)), "image")
        >>> captions = Features.from_vectors(images.vectors + 0.1, "caption")
        >>> fitted = fit_adapters(images, captions, np.arange(16), FitConfig(epochs=1))
        >>> fitted.similarity(images, captions).mean.shape
        (16, 16)
    """
    config = config or FitConfig()
    owner = labelled_rows(caption_image, len(images))
    if len(owner) != len(captions) or images.dimension != captions.dimension:
        raise ShapeError(
            f"{len(captions)} captions of {captions.dimension} columns, {len(owner)} caption rows "
            f"and images of {images.dimension} columns do not fit each other."
        )
    if unlabelled is not None and unlabelled.shape != (len(images), len(captions)):
        raise ShapeError(
            f"unlabelled has shape {unlabelled.shape}; wanted {(len(images), len(captions))}, one "
            "aim in [0, 1] for every pair."
        )
    task = _VacsrTask(images, captions, owner, config, unlabelled)
    epochs = train.fit(
        task,
        config.epochs,
        config.patience,
        progress,
        should_stop,
        checkpoint,
        _fingerprint(images, captions, owner, config, unlabelled),
    )
    *mixtures, labels = task.validation_pairs()
    match = calibrate.fit(*mixtures, labels)
    task.model.eval().requires_grad_(False)
    return Adapters(
        vacsr=task.model,
        match=match,
        is_fitted=True,
        backbone_id=images.backbone_id,
        fitted_on=fitted_on
        or f"{len(task.train_images)} images, {len(task.train_captions)} captions",
        history={
            "config": asdict(config),
            "epochs": epochs,
            "validation": calibrate.figures(*mixtures, labels, match),
        },
    )


def _fingerprint(images, captions, owner, config, unlabelled) -> str:
    digest = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode())
    arrays = [images.vectors, captions.vectors, owner]
    if unlabelled is not None:
        arrays.append(unlabelled)
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class _VacsrTask:
    """Data on the device, network and optimiser of one fit; see `train.Task`."""

    def __init__(
        self,
        images: Features,
        captions: Features,
        owner: np.ndarray,
        config: FitConfig,
        unlabelled: np.ndarray | None,
    ) -> None:
        self.config, self.owner = config, owner
        self.images, self.captions = images, captions
        self.train_images, self.held_out_images = split_by_image(
            owner, config.validation_share, config.seed
        )
        self.train_captions = np.flatnonzero(np.isin(owner, self.train_images))
        self.held_out_captions = np.flatnonzero(np.isin(owner, self.held_out_images))
        self.image_rows = torch.from_numpy(images.vectors).to(config.device)
        self.caption_rows = torch.from_numpy(captions.vectors).to(config.device)
        self.owner_rows = torch.from_numpy(owner).to(config.device)
        self.unlabelled = None
        if unlabelled is not None:
            self.unlabelled = torch.from_numpy(unlabelled.astype(np.float32)).to(config.device)
        self.caption_pool = torch.from_numpy(self.train_captions).to(config.device)
        self.model = PairAdapter(
            images.dimension, config.hidden, config.latent, config.components, config.seed
        )
        self._start_from_the_cosine()
        self.model.to(config.device)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.generator = torch.Generator(config.device).manual_seed(config.seed)
        self.steps_an_epoch = math.ceil(len(self.train_captions) / config.batch)

    def _start_from_the_cosine(self) -> None:
        """Standardise the columns of the products; fit the cosine's own scale and bias."""
        pictures = self.images.vectors[self.train_images]
        texts = self.captions.vectors[self.train_captions]
        owner = np.searchsorted(self.train_images, self.owner[self.train_captions])
        rows, columns, labels = calibrate.choose_pairs(pictures @ texts.T, owner, self.config.seed)
        products = pictures[rows] * texts[columns]
        cosine = products.sum(axis=1)
        # In units of its own spread, so that the search starts near the answer for any backbone.
        deviation = max(float(cosine.std()), 1e-4)
        standard = ((cosine - cosine.mean()) / deviation)[:, None]
        scale, offset = calibrate.fit(standard, np.full_like(standard, 1e-9), np.ones(1), labels)
        with torch.no_grad():
            self.model.product_center.copy_(torch.from_numpy(products.mean(axis=0)))
            spread = products.std(axis=0).clip(min=1e-2 / products.shape[1])
            self.model.product_spread.copy_(torch.from_numpy(spread))
            self.model.scale.fill_(scale / deviation)
            self.model.bias.fill_(offset - scale * float(cosine.mean()) / deviation)

    def loss(self, image_index: torch.Tensor, caption_index: torch.Tensor) -> dict:
        """The parts of the loss on the B x B pairs of B captions and the image of each."""
        model, config = self.model, self.config
        cosine, mean, log_var = model.posterior(
            self.image_rows[image_index], self.caption_rows[caption_index]
        )
        logit, score = model.decode(cosine, mean, log_var, self.generator)
        diagonal = torch.eye(len(image_index), dtype=torch.bool, device=mean.device)
        same_image = image_index[:, None] == image_index[None, :]
        negative = ~same_image if config.mask_same_image else ~diagonal
        column = losses.hardest_negative(score, negative)
        row = torch.arange(len(column), device=column.device)[column >= 0]
        column = column[column >= 0]
        own = torch.arange(len(image_index), device=mean.device)
        target = diagonal.float()
        if self.unlabelled is not None:
            target = torch.where(diagonal, 1.0, self.unlabelled[image_index][:, caption_index])

        def sigma(rows, columns):
            # The hardest negative is aimed at 1 too: it may well be a match that nobody labelled.
            return losses.uncertainty(
                1.0 - score[rows, columns],
                log_var[rows, columns],
                model.weights,
                config.is_squashed,
            ).mean()

        return {
            "reconstruction": losses.weighted_pairs(
                losses.reconstruction(target, logit),
                diagonal,
                negative,
                config.positive_share,
            ),
            "kl": losses.kl_to_standard_normal(mean, log_var, model.weights).mean(),
            "sigma_positive": sigma(own, own),
            "sigma_negative": sigma(row, column),
        }

    def step(self, share_done: float) -> dict[str, float]:
        """One update on a batch of captions drawn without repeats."""
        config = self.config
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * 0.5 * (1 + math.cos(math.pi * share_done))
        drawn = torch.randperm(
            len(self.caption_pool), generator=self.generator, device=self.caption_pool.device
        )
        captions = self.caption_pool[drawn[: config.batch]]
        parts = self.loss(self.owner_rows[captions], captions)
        total = (
            config.kl_weight * parts["kl"]
            + parts["reconstruction"]
            + config.sigma_weight
            * (parts["sigma_positive"] + config.negative_sigma_weight * parts["sigma_negative"])
        )
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return {name: float(value.detach()) for name, value in parts.items()}

    def validation_pairs(self) -> tuple:
        """(means, variances, weights, labels) of the held-out pairs that P(match) is fitted on."""
        sim = self.model.similarity(
            self.images[self.held_out_images], self.captions[self.held_out_captions]
        )
        owner = np.searchsorted(self.held_out_images, self.owner[self.held_out_captions])
        rows, columns, labels = calibrate.choose_pairs(sim.cosine, owner, self.config.seed)
        means, variances = sim.logit_means[rows, columns], sim.logit_variances[rows, columns]
        return means, variances, sim.weights, labels

    def validate(self) -> dict[str, float]:
        """L_recon of the mean similarity over all held-out pairs, weighted as in training."""
        images, captions = self.held_out_images, self.held_out_captions
        mean = self.model.similarity(self.images[images], self.captions[captions]).mean
        is_own = torch.from_numpy(images[:, None] == self.owner[captions][None, :])
        target = is_own.float()
        if self.unlabelled is not None:
            aims = self.unlabelled.cpu()[torch.from_numpy(images)][:, torch.from_numpy(captions)]
            target = torch.where(is_own, 1.0, aims)
        squared = 0.5 * (target - torch.from_numpy(mean)).square()
        loss = losses.weighted_pairs(squared, is_own, ~is_own, self.config.positive_share)
        return {"loss": float(loss)}
