"""One fit of the pair adapter: its data on the device, its network, its losses, its validation.

Source: arXiv 2605.30968, training objective and sampling.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from vacsr_core import calibrate, losses
from vacsr_core.adapter import PairAdapter
from vacsr_core.features import Features
from vacsr_core.fit_config import FitConfig, split_by_image


class VacsrTask:
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
            self.model.standardise(products)
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
