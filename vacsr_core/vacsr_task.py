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
from vacsr_core.marked_pairs import MATCH, MISMATCH, OPEN, UNMARKED, UNSURE, MarkedPairs

MISMATCH_SHARE = 0.25  # of a batch: as many marked mismatches beside its own pairs at most


class VacsrTask:
    """Data on the device, network and optimiser of one fit; see `train.Task`."""

    def __init__(
        self,
        images: Features,
        captions: Features,
        owner: np.ndarray,
        config: FitConfig,
        unlabelled: np.ndarray | None,
        marked: MarkedPairs = UNMARKED,
        member: int = 0,
    ) -> None:
        self.config, self.owner, self.marked = config, owner, marked
        self.images, self.captions = images, captions
        self.train_images, self.held_out_images = split_by_image(
            owner, config.validation_share, config.seed
        )
        self.home = marked.homes(owner)
        self.train_captions = np.flatnonzero(np.isin(self.home, self.train_images))
        self.held_out_captions = np.flatnonzero(np.isin(self.home, self.held_out_images))
        self.image_rows = torch.from_numpy(images.vectors).to(config.device)
        self.caption_rows = torch.from_numpy(captions.vectors).to(config.device)
        self.unlabelled = None
        if unlabelled is not None:
            self.unlabelled = torch.from_numpy(unlabelled.astype(np.float32)).to(config.device)
        self.owner_rows = torch.from_numpy(owner).to(config.device)
        self.pool = self._pairs_to_learn(*marked.matches(owner))
        self.mismatch_pool = self._pairs_to_learn(*marked.mismatches())
        seed = config.seed_of(member)
        self.model = PairAdapter(
            images.dimension, config.hidden, config.latent, config.components, seed
        )
        self._start_from_the_cosine()
        self.model.to(config.device)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.generator = torch.Generator(config.device).manual_seed(seed)
        self.steps_an_epoch = math.ceil(self.pool.shape[1] / config.batch)

    def _pairs_to_learn(self, rows: np.ndarray, columns: np.ndarray) -> torch.Tensor:
        """(2, P) on the device: image rows and caption columns of pairs with nothing held out."""
        is_kept = ~np.isin(rows, self.held_out_images)
        is_kept &= ~np.isin(self.home[columns], self.held_out_images)
        pairs = np.stack([rows[is_kept], columns[is_kept]])
        return torch.from_numpy(pairs).to(self.config.device)

    def _places(self, images: np.ndarray, captions: np.ndarray) -> np.ndarray:
        """Where among some images each caption's own one stands; -1 for a caption without one."""
        owner = self.owner[captions]
        return np.where(owner < 0, -1, np.searchsorted(images, owner))

    def _start_from_the_cosine(self) -> None:
        """Standardise the columns of the products; fit the cosine's own scale and bias."""
        pictures = self.images.vectors[self.train_images]
        texts = self.captions.vectors[self.train_captions]
        owner = self._places(self.train_images, self.train_captions)
        marked = self.marked.on(self.train_images, self.train_captions)
        rows, columns, labels = calibrate.choose_pairs(
            pictures @ texts.T, owner, self.config.seed, marked
        )
        products = pictures[rows] * texts[columns]
        cosine = products.sum(axis=1)
        # In units of its own spread, so that the search starts near the answer for any backbone.
        deviation = max(float(cosine.std()), 1e-4)
        scale, offset = calibrate.fit((cosine - cosine.mean()) / deviation, labels)
        with torch.no_grad():
            self.model.standardise(products)
            self.model.scale.fill_(scale / deviation)
            self.model.bias.fill_(offset - scale * float(cosine.mean()) / deviation)

    def _kinds(self, image_index: torch.Tensor, caption_index: torch.Tensor) -> tuple:
        """Which pairs of a batch are positives and negatives, and what L_sigma aims at, (B, B).

        The hardest negative is aimed at 1 too, for it may well be a match that nobody labelled;
        at 0 only where a person said that it is none.
        """
        diagonal = torch.eye(len(image_index), dtype=torch.bool, device=image_index.device)
        same_image = image_index[:, None] == image_index[None, :]
        negative = ~same_image if self.config.mask_same_image else ~diagonal
        if not len(self.marked):
            return diagonal, negative, torch.ones_like(diagonal, dtype=torch.float32)
        said = self.marked.block(image_index.cpu().numpy(), caption_index.cpu().numpy())
        said = torch.from_numpy(said).to(diagonal.device)
        is_stranger = self.owner_rows[caption_index][None, :] != image_index[:, None]
        is_mismatch = said == MISMATCH
        negative = (negative & is_stranger & (said == OPEN)) | is_mismatch
        return diagonal & ~is_mismatch, negative, 1.0 - is_mismatch.float()

    def loss(self, image_index: torch.Tensor, caption_index: torch.Tensor) -> dict:
        """The parts of the loss on the B x B pairs of B captions and one image of each."""
        model, config = self.model, self.config
        cosine, mean, log_var = model.posterior(
            self.image_rows[image_index], self.caption_rows[caption_index]
        )
        positive, negative, aim = self._kinds(image_index, caption_index)
        target = positive.float()
        if self.unlabelled is not None:
            aims = self.unlabelled[image_index][:, caption_index]
            target = torch.where(positive, 1.0, aims) * aim
        if config.is_deterministic:
            plain = losses.cross_entropy(target, model.expected_logit(cosine, mean))
            share = config.positive_share
            return {"reconstruction": losses.weighted_pairs(plain, positive, negative, share)}
        logit, score = model.decode(cosine, mean, log_var, self.generator)

        def sigma(rows, columns):
            return losses.uncertainty(
                (aim - score)[rows, columns],
                log_var[rows, columns],
                model.weights,
                config.is_squashed,
            ).mean()

        own = positive.diagonal().nonzero()[:, 0]
        return {
            "reconstruction": losses.weighted_pairs(
                losses.reconstruction(target, logit),
                positive,
                negative,
                config.positive_share,
            ),
            "kl": losses.kl_to_standard_normal(mean, log_var, model.weights).mean(),
            "sigma_positive": sigma(own, own),
            "sigma_negative": sigma(
                *losses.hardest_negatives(score, negative, config.hard_negatives)
            ),
        }

    def _batch(self) -> torch.Tensor:
        """(2, B): own pairs drawn without repeats, and beside them some marked mismatches."""

        def drawn(pool: torch.Tensor, most: int) -> torch.Tensor:
            order = torch.randperm(pool.shape[1], generator=self.generator, device=pool.device)
            return pool[:, order[:most]]

        own = drawn(self.pool, self.config.batch)
        if not self.mismatch_pool.shape[1]:
            return own
        few = max(1, int(MISMATCH_SHARE * own.shape[1]))
        return torch.cat([own, drawn(self.mismatch_pool, few)], dim=1)

    def step(self, share_done: float) -> dict[str, float]:
        """One update on a batch of pairs."""
        config = self.config
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * 0.5 * (1 + math.cos(math.pi * share_done))
        parts = self.loss(*self._batch())
        weight = {
            "reconstruction": 1.0,
            "kl": config.kl_weight,
            "sigma_positive": config.sigma_weight,
            "sigma_negative": config.sigma_weight * config.negative_sigma_weight,
        }
        total = sum(weight[name] * value for name, value in parts.items())
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return {name: float(value.detach()) for name, value in parts.items()}

    def calibration_part(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, MarkedPairs]:
        """The held-out image rows, to calibrate on, and what `MarkedPairs.part` says of them."""
        return self.held_out_images, *self.marked.part(self.held_out_images, self.owner)

    def validate(self) -> dict[str, float]:
        """What is learnt, of all held-out pairs, weighted as in training and without sampling.

        L_recon of the mean similarity; of the deterministic baseline its own cross-entropy.
        """
        images, captions = self.held_out_images, self.held_out_captions
        sim = self.model.similarity(self.images[images], self.captions[captions])
        said = torch.from_numpy(self.marked.block(images, captions))
        is_own = torch.from_numpy(images[:, None] == self.owner[captions][None, :])
        is_own |= said == MATCH
        target = is_own.float()
        if self.unlabelled is not None:
            aims = self.unlabelled.cpu()[torch.from_numpy(images)][:, torch.from_numpy(captions)]
            target = torch.where(is_own, 1.0, aims)
        if self.config.is_deterministic:
            logit = torch.from_numpy((sim.logit_means @ sim.weights).astype(np.float32))
            each = losses.cross_entropy(target, logit)
        else:
            each = 0.5 * (target - torch.from_numpy(sim.mean)).square()
        negative = ~is_own & (said != UNSURE)
        # Matches are as rare as in a batch, however many images were held out.
        share = self.config.positive_share or 1.0 / min(self.config.batch, self.pool.shape[1])
        return {"loss": float(losses.weighted_pairs(each, is_own, negative, share))}
