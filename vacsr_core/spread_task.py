"""Learning only how sure each pair is: the spread of a similarity whose mean follows the cosine.

Source: arXiv 2605.30968, the distributional loss L_sigma on own pairs and hardest negatives.
Deviation: L_recon is left out, because it moves the mean, which is given by the cosine here.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from scipy.special import expit, logit

from vacsr_core import calibration, losses, platt
from vacsr_core.adapter import PairAdapter
from vacsr_core.features import Features
from vacsr_core.fit_config import FitConfig, split_by_image
from vacsr_core.marked_pairs import MISMATCH, OPEN, UNMARKED, MarkedPairs

_SQUARE_RANGE = (1e-3, 0.9)  # of a squared error, so that a constant spread stays within reason


class SpreadTask:
    """Data on the device, network and optimiser of a conservative fit; see `train.Task`."""

    def __init__(
        self,
        images: Features,
        captions: Features,
        owner: np.ndarray,
        config: FitConfig,
        is_own: np.ndarray,
        marked: MarkedPairs = UNMARKED,
        member: int = 0,
    ) -> None:
        self.config, self.owner, self.is_own = config, owner, is_own
        self.marked, self.member = marked, member
        seed = config.seed_of(member)
        self.cosine = images.vectors @ captions.vectors.T
        self.images, self.captions = images, captions
        self.train_images, self.held_out = split_by_image(
            owner, config.validation_share, config.seed
        )
        self.train_pairs = self._own_pairs(self.train_images, is_all=True)
        self.model = PairAdapter(
            images.dimension,
            config.hidden,
            config.latent,
            config.components,
            seed,
            is_ranking_kept=True,
        )
        self.image_rows = torch.from_numpy(images.vectors).to(config.device)
        self.caption_rows = torch.from_numpy(captions.vectors).to(config.device)
        self.fit_base(self.train_images)
        self.validation = self._with_hardest(*self._own_pairs(self.held_out))
        self._start_from_a_constant()
        self.model.to(config.device).requires_grad_(False)
        learning = [self.model.encoder_weight, self.model.encoder_bias]
        learning += list(self.model.log_var_head.parameters())
        for value in learning:
            value.requires_grad_(True)
        self.optimiser = torch.optim.AdamW(
            learning, lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.generator = torch.Generator(config.device).manual_seed(seed)
        self.steps_an_epoch = math.ceil(len(self.train_pairs[0]) / config.batch)

    def _own_pairs(self, images: np.ndarray, is_all: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """(image rows, caption columns) of the pairs that belong together within these images.

        Of the person's own images alone where there are enough.
        """
        own = images[self.is_own[images]]
        chosen = own if len(own) >= 2 and not is_all else images
        rows, columns = self.marked.matches(self.owner)
        kept = np.isin(rows, chosen) & np.isin(self.owner[columns], chosen)
        return rows[kept], columns[kept]

    def fit_base(self, images: np.ndarray) -> None:
        """Set scale and bias of the mean from the labelled pairs of these images.

        Every member but the first weighs the images at random, by D. Rubin's Bayesian bootstrap:
        the members then differ in their means as far as the images leave the two numbers open.
        """
        pairs = platt.choose(
            self.cosine, self.owner, self.is_own, images, self.config.seed, self.marked
        )
        if self.config.positive_share is not None:
            pairs = platt.at_share(pairs, self.config.positive_share)
        if self.member:
            generator = np.random.default_rng(self.config.seed_of(self.member))
            weight = generator.exponential(size=len(self.is_own))
            pairs = replace(pairs, weights=pairs.weights * weight[pairs.owner])
        scale, bias = platt.fit(pairs)
        self.model.set_base(scale, bias)

    def calibration_part(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, MarkedPairs]:
        """Image rows to calibrate on, and what `MarkedPairs.part` says of them.

        All labelled ones, for hardly anything was fitted to them; the person's own alone where
        there are enough.
        """
        labelled = np.unique(self.owner[self.owner >= 0])
        own = labelled[self.is_own[labelled]]
        rows = own if len(own) >= platt.FEWEST_OWN_IMAGES else labelled
        return rows, *self.marked.part(rows, self.owner)

    def _with_hardest(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(image rows, caption columns): the pairs given, then each one's hardest negatives."""
        score = torch.from_numpy(self.cosine[np.ix_(rows, columns)])
        is_negative = rows[:, None] != rows[None, :]
        if len(self.marked):
            said = self.marked.block(rows, columns)
            stranger = rows[:, None] != self.owner[columns][None, :]
            is_negative = (is_negative & stranger & (said == OPEN)) | (said == MISMATCH)
        found, other = losses.hardest_negatives(
            score, torch.from_numpy(is_negative), self.config.hard_negatives
        )
        return np.r_[rows, rows[found.numpy()]], np.r_[columns, columns[other.numpy()]]

    def _errors(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Aim - mean similarity. A hardest negative is aimed at 1 too, for it may well be a match;
        at 0 only where a person said that it is none."""
        scale, bias = self.model.scale.item(), self.model.bias.item()
        aim = self.marked.at(rows, columns) != MISMATCH
        return aim - expit(scale * self.cosine[rows, columns] + bias)

    def _start_from_a_constant(self) -> None:
        """The one spread that is best for all pairs: e^2, on the scale that L_sigma squashes."""
        rows, columns = self._with_hardest(*self._own_pairs(self.train_images))
        square = np.mean(self._errors(rows, columns) ** 2).clip(*_SQUARE_RANGE)
        variance = logit(square) if self.config.is_squashed else np.log(square)
        products = (self.image_rows[rows] * self.caption_rows[columns]).cpu().numpy()
        self.model.standardise(products)
        with torch.no_grad():
            self.model.log_var_head.bias.fill_(float(variance))

    def _losses(self, rows: np.ndarray, columns: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """(L_sigma, L_KL), each the mean over the given pairs."""
        log_var = self.model.log_variances(self.image_rows[rows] * self.caption_rows[columns])
        error = torch.from_numpy(self._errors(rows, columns)).to(log_var)
        weights = self.model.weights
        sigma = losses.uncertainty(error, log_var, weights, self.config.is_squashed)
        nothing = torch.zeros_like(log_var)
        return sigma.mean(), losses.kl_to_standard_normal(nothing, log_var, weights).mean()

    def step(self, share_done: float) -> dict[str, float]:
        """One update on a batch of own pairs drawn without repeats."""
        config = self.config
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * 0.5 * (1 + math.cos(math.pi * share_done))
        device = self.generator.device
        rows, columns = self.train_pairs
        drawn = torch.randperm(len(rows), generator=self.generator, device=device)
        drawn = drawn[: config.batch].cpu().numpy()
        sigma, divergence = self._losses(*self._with_hardest(rows[drawn], columns[drawn]))
        self.optimiser.zero_grad(set_to_none=True)
        (config.sigma_weight * sigma + config.kl_weight * divergence).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return {"sigma": float(sigma.detach()), "kl": float(divergence.detach())}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """L_sigma on held-out pairs, of the person's own images where there are any."""
        return {"loss": float(self._losses(*self.validation)[0])}

    @torch.no_grad()
    def keep_the_better(self, constant: dict) -> dict[str, float | bool]:
        """Go back to one constant spread unless the learnt one predicts comparisons better.

        Judged on held-out pairs, each with its own best factor: how surprising it is that a
        query's partner is the most similar one. The learnt spread has to be better by more than
        one standard error; L_sigma itself says only whether it knows the size of errors.

        Args:
            constant: the model's state with that constant.

        Returns:
            Mean surprise of both in nats, and whether the learnt spread was kept.
        """
        learnt = {name: value.clone() for name, value in self.model.state_dict().items()}
        columns, *labels = self.marked.part(self.held_out, self.owner)
        pairs = self.images[self.held_out], self.captions[columns]
        losses_of = []
        for state in (constant, learnt):
            self.model.load_state_dict(state)
            sim = self.model.similarity(*pairs)
            losses_of.append(
                calibration.comparison_losses(sim, labels[0], self.config.seed, labels[1])
            )
        gain = losses_of[0] - losses_of[1]
        is_learnt = bool(gain.mean() > gain.std() / math.sqrt(len(gain)))
        if is_learnt:
            rows, columns = self._with_hardest(*self.train_pairs)
            products = self.image_rows[rows] * self.caption_rows[columns]
            seen = self.model.log_variances(products)
            # No pair may be surer, or less sure, than any pair that was learnt from.
            self.model.log_var_range = (float(seen.min()), float(seen.max()))
        else:
            self.model.load_state_dict(constant)
        means = {
            name: float(x.mean()) for name, x in zip(("constant", "learnt"), losses_of, strict=True)
        }
        return means | {"is_learnt": is_learnt}
