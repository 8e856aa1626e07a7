"""How every rival that learns is fitted: batches of own pairs, one loop, one way to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import nn

from vacsr_core import train
from vacsr_core.contenders.config import Pairs, RivalConfig
from vacsr_core.temperature import fit_temperature

_MOST_IMAGES = 500  # that a start is measured on


class Rival(Protocol):
    """What the fit needs to know of a rival's network, itself an `nn.Module`."""

    def losses(
        self, images: torch.Tensor, captions: torch.Tensor, own: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Scalars for (B, D) images, (C, D) captions and own (B, C) of 0 and 1.

        "loss" is what is made small; others are reported beside it.
        """


class RivalTask:
    """Data on the device, network and optimiser of one rival's fit; see `train.Task`."""

    def __init__(self, model: nn.Module, learning: Pairs, held_out: Pairs, config: RivalConfig):
        self.model, self.config = model.to(config.device), config
        self.learning = self._on_device(learning)
        self.held_out = self._on_device(held_out)
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.generator = torch.Generator(config.device).manual_seed(config.seed)
        self.steps_an_epoch = math.ceil(len(learning.owner) / config.batch)

    def _on_device(self, pairs: Pairs) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        parts = (pairs.images.vectors, pairs.captions.vectors, pairs.owner)
        return tuple(torch.from_numpy(part).to(self.config.device) for part in parts)

    def step(self, share_done: float) -> dict[str, float]:
        """One update on a batch of own pairs drawn without repeats."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * 0.5 * (1 + math.cos(math.pi * share_done))
        images, captions, owner = self.learning
        order = torch.randperm(len(owner), generator=self.generator, device=owner.device)
        drawn = order[: self.config.batch]
        # Every image once, even where several of its captions were drawn.
        rows, place = torch.unique(owner[drawn], return_inverse=True)
        parts = self.model.losses(images[rows], captions[drawn], _own(place, len(rows)))
        self.optimiser.zero_grad(set_to_none=True)
        parts["loss"].backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return {name: float(value.detach()) for name, value in parts.items()}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """The same losses on all held-out images and captions at once."""
        images, captions, owner = self.held_out
        parts = self.model.losses(images, captions, _own(owner, len(images)))
        return {name: float(value) for name, value in parts.items()}


def learn(
    model: nn.Module,
    learning: Pairs,
    held_out: Pairs,
    config: RivalConfig,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[dict]:
    """Fit a rival; where no epoch beats the start on held-out pairs, the start is kept.

    Returns:
        One row an epoch, see `train.fit`.

    Raises:
        CancelledError: stopped on request.
    """
    task = RivalTask(model, learning, held_out, config)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    start_loss = task.validate()["loss"]
    history = train.fit(task, config.epochs, config.patience, progress, should_stop)
    if start_loss <= min((row["validation"]["loss"] for row in history), default=math.inf):
        model.load_state_dict(start)
    model.eval().requires_grad_(False)
    return history


def start_temperature(learning: Pairs, seed: int) -> float:
    """The temperature of the plain cosine on some images that are learnt from."""
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(len(learning.images))[:_MOST_IMAGES])
    columns = np.flatnonzero(np.isin(learning.owner, rows))
    cosine = learning.images.vectors[rows] @ learning.captions.vectors[columns].T
    return fit_temperature(cosine, np.searchsorted(rows, learning.owner[columns]))


def size(model: nn.Module) -> int:
    """How many numbers a network holds."""
    return sum(values.numel() for values in model.parameters())


def _own(place: torch.Tensor, images: int) -> torch.Tensor:
    """(B, C), 1 where caption c belongs to image b."""
    return nn.functional.one_hot(place, images).T.float()
