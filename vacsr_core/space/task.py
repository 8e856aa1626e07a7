"""One fit of the common space: its data on the device, its students, its losses, its validation.

Source: structure-aware distillation, arXiv 2412.10761.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

from vacsr_core import losses as pair_losses
from vacsr_core.features import Features
from vacsr_core.fit_config import split_by_image
from vacsr_core.space import losses
from vacsr_core.space.config import WEIGHTS, SpaceConfig
from vacsr_core.space.students import CommonSpace
from vacsr_core.space.teachers import Teachers, projection, teacher_rows
from vacsr_core.temperature import fit_temperature

_MOST_VALIDATED = 500  # captions; their relations are a quarter of a million cosines a matrix
_MOST_IMAGES = 500  # that a temperature is measured on
_FUSION_SPEED = 10.0  # its learning rate, in units of the heads'


class SpaceTask:
    """Data on the device, network and optimiser of one fit; see `train.Task`."""

    def __init__(
        self,
        images: Features,
        captions: Features,
        owner: np.ndarray,
        config: SpaceConfig,
        teachers: Teachers = (None, None),
    ) -> None:
        self.config, self.owner = config, owner
        self.train_images, self.held_out_images = split_by_image(
            owner, config.validation_share, config.seed
        )
        self.train_captions = np.flatnonzero(np.isin(owner, self.train_images))
        held_out = np.flatnonzero(np.isin(owner, self.held_out_images))
        drawn = np.random.default_rng(config.seed).permutation(held_out)[:_MOST_VALIDATED]
        self.held_out_captions = np.sort(drawn)
        self.temperature = config.temperature or self._measured_temperature(images, captions)
        kept = self.train_images, self.train_captions
        rows = [
            teacher_rows(teacher, of)
            for teacher, of in zip(teachers, (images, captions), strict=True)
        ]
        near = [
            _in_columns_of(of, teacher, learnt)
            for of, teacher, learnt in zip((images, captions), rows, kept, strict=True)
        ]
        (
            self.image_rows, self.caption_rows, self.image_teacher, self.caption_teacher,
            self.near_images, self.near_captions, self.owner_rows,
        ) = (
            torch.from_numpy(array).to(config.device)
            for array in (images.vectors, captions.vectors, *rows, *near, owner)
        )  # fmt: skip
        self.model = CommonSpace(images.dimension, config.hidden, config.seed).to(config.device)
        self.optimiser = _optimiser(self.model, config)
        self.generator = torch.Generator(config.device).manual_seed(config.seed)
        self.pool = torch.from_numpy(self.train_captions).to(config.device)
        self.steps_an_epoch = math.ceil(len(self.train_captions) / config.batch)

    def _measured_temperature(self, images: Features, captions: Features) -> float:
        """Of the plain cosine on some images that are learnt from."""
        rows = np.random.default_rng(self.config.seed).permutation(self.train_images)
        rows = np.sort(rows[:_MOST_IMAGES])
        columns = np.flatnonzero(np.isin(self.owner, rows))
        cosine = images.vectors[rows] @ captions.vectors[columns].T
        return fit_temperature(cosine, np.searchsorted(rows, self.owner[columns]))

    def losses(self, columns: torch.Tensor) -> dict[str, torch.Tensor]:
        """Every loss on B captions (their rows) and the images that they belong to, unweighted."""
        # Every image once, even where several of its captions were drawn.
        rows, place = torch.unique(self.owner_rows[columns], return_inverse=True)  # (A,), (B,)
        images = self.model.image_head(self.image_rows[rows])  # (A, D)
        captions = self.model.caption_head(self.caption_rows[columns])  # (B, D)
        cosine = images @ captions.T  # (A, B)
        is_own = place[None, :] == torch.arange(len(rows), device=place.device)[:, None]
        parts = {"contrast": pair_losses.multi_positive(cosine / self.temperature, is_own.float())}
        if not self.config.distillation:
            return parts
        of_images = losses.relations(self.image_teacher[rows])  # (A, A)
        of_captions = losses.relations(self.caption_teacher[columns])  # (B, B)
        paired = of_images[place][:, place]  # R_I of the captions' own images, (B, B)
        wanted = losses.fused(paired, of_captions, torch.sigmoid(self.model.fusion_logit))
        near = partial(
            losses.representation,
            temperature=self.temperature,
            is_one_hot=self.config.is_one_hot,
        )
        is_stranger = ~is_own[place]  # (B, B); an own pair belongs to the contrast
        return parts | {
            "image_representation": near(images, self.near_images[rows]),
            "caption_representation": near(captions, self.near_captions[columns]),
            "fused_relation": losses.relation_error(
                cosine[place], wanted, is_stranger, self.config.is_centred
            ),
            "image_fusion": losses.relation_error(paired, wanted),
            "caption_fusion": losses.relation_error(of_captions, wanted),
            "image_relation": losses.relation_error(losses.relations(images), of_images),
            "caption_relation": losses.relation_error(losses.relations(captions), of_captions),
        }

    def total(self, parts: dict[str, torch.Tensor]) -> torch.Tensor:
        """The weighted sum that is made small."""
        kept = sum(getattr(self.config, name) * parts[name] for name in WEIGHTS if name in parts)
        return parts["contrast"] + self.config.distillation * kept

    def step(self, share_done: float) -> dict[str, float]:
        """One update on a batch of captions drawn without repeats, with their images."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["highest"] * 0.5 * (1 + math.cos(math.pi * share_done))
        order = torch.randperm(len(self.pool), generator=self.generator, device=self.pool.device)
        parts = self.losses(self.pool[order[: self.config.batch]])
        loss = self.total(parts)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return {"loss": float(loss.detach())} | _numbers(parts)

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """The same losses on held-out captions and their images at once, and the fusion."""
        parts = self.losses(torch.from_numpy(self.held_out_captions).to(self.config.device))
        found = {"loss": float(self.total(parts))} | _numbers(parts)
        return found | {"fusion": self.model.fusion}


def _optimiser(model: CommonSpace, config: SpaceConfig) -> torch.optim.Optimizer:
    """The fusion is one number whose steps the optimiser makes all alike: it may take longer ones,
    and nothing draws it back to one half."""
    heads = [*model.image_head.parameters(), *model.caption_head.parameters()]
    fast = _FUSION_SPEED * config.learning_rate
    return torch.optim.AdamW(
        [
            {"params": heads, "highest": config.learning_rate},
            {"params": [model.fusion_logit], "highest": fast, "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
    )


def _in_columns_of(students: Features, teacher: np.ndarray, learnt: np.ndarray) -> np.ndarray:
    """A teacher's rows in the students' columns, (N, D); its own features are there already."""
    if teacher is students.vectors:
        return teacher
    return teacher @ projection(teacher[learnt], students.vectors[learnt])


def _numbers(parts: dict[str, torch.Tensor]) -> dict[str, float]:
    return {name: float(value.detach()) for name, value in parts.items()}
