"""Small networks on frozen features; each starts as a function that changes nothing."""

from __future__ import annotations

import torch
from torch import nn

from vacsr_core.features import Features

_ROWS_AT_ONCE = 8_192


class Head(nn.Module):
    """x -> start + W2 gelu(W1 x + b1) + b2, where W2 and b2 begin at 0.

    Args:
        dimension: D, columns of unit rows. They are scaled to a mean square of 1 first.
        hidden: H, width in between.
        outputs: columns of the answer.
        generator: of the random weights W1.
        start: what every output begins as.
    """

    def __init__(
        self,
        dimension: int,
        hidden: int,
        outputs: int,
        generator: torch.Generator,
        start: float = 0.0,
    ) -> None:
        super().__init__()
        self.stretch, self.start = dimension**0.5, start
        self.first, self.last = nn.Linear(dimension, hidden), nn.Linear(hidden, outputs)
        with torch.no_grad():
            weight = torch.randn(hidden, dimension, generator=generator) / dimension**0.5
            self.first.weight.copy_(weight)
            for values in (self.first.bias, self.last.weight, self.last.bias):
                values.zero_()

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """(B, D) unit rows -> (B, outputs)."""
        hidden = nn.functional.gelu(self.first(self.stretch * rows))
        return self.start + self.last(hidden)


class ResidualHead(Head):
    """Unit rows to unit rows: x plus what is learnt, brought to length 1; the identity at first.

    Source: the residual adapters of arXiv 2110.04544 (CLIP-Adapter). Deviation: the last layer
    begins at 0 in place of a blending factor, so that an unfitted head ranks as the cosine does.
    """

    def __init__(self, dimension: int, hidden: int, generator: torch.Generator) -> None:
        super().__init__(dimension, hidden, dimension, generator)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """(B, D) unit rows -> (B, D) unit rows."""
        # In units of a unit row's own values, so that one learning rate suits every dimension.
        return nn.functional.normalize(rows + super().forward(rows) / self.stretch, dim=1)


@torch.no_grad()
def applied(module: nn.Module, features: Features) -> torch.Tensor:
    """A head's answer for all rows of features, (N, outputs), in blocks and on the CPU."""
    device = next(module.parameters()).device
    blocks = torch.from_numpy(features.vectors).split(_ROWS_AT_ONCE)
    return torch.cat([module(block.to(device)).cpu() for block in blocks])
