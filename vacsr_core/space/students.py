"""The students: one residual head a modality, from the backbone's space into the common one."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.features import Features
from vacsr_core.heads import ResidualHead, applied


class CommonSpace(nn.Module):
    """Heads f_v, f_t: R^D -> R^D on frozen features, and how much the caption teacher counts.

    Both heads begin as the identity, so an unfitted space is the backbone's own. The common space
    has as many columns as the backbone, which is what makes that possible.

    Args:
        dimension: D, columns of the features.
        hidden: H, width of the heads.
        seed: of the heads' first layers.

    Source: arXiv 2412.10761; residual heads as in arXiv 2110.04544 (CLIP-Adapter).
    """

    def __init__(self, dimension: int, hidden: int = 128, seed: int = 0) -> None:
        super().__init__()
        self.dimension, self.hidden = dimension, hidden
        generator = torch.Generator().manual_seed(seed)
        self.image_head = ResidualHead(dimension, hidden, generator)
        self.caption_head = ResidualHead(dimension, hidden, generator)
        self.fusion_logit = nn.Parameter(torch.zeros(()))

    @property
    def fusion(self) -> float:
        """lambda in (0, 1): the caption teacher's share of the fused relations."""
        return float(torch.sigmoid(self.fusion_logit.detach()))

    def project(self, features: Features, share: float = 1.0) -> Features:
        """Items in the common space.

        Args:
            features: N items of either modality, D columns; tokens are dropped.
            share: in [0, 1], how far to go from the backbone's space (0) to the common one (1).
                Between them lies the mean of both rows, brought to length 1.

        Returns:
            N items of the same modality and D columns, unit rows.

        Raises:
            ShapeError: another number of columns.
            DataError: a share outside [0, 1].
        """
        if features.dimension != self.dimension:
            raise ShapeError(
                f"Features have {features.dimension} columns and the common space was fitted for "
                f"{self.dimension}; give features of the backbone that it was fitted on."
            )
        if not 0.0 <= share <= 1.0:
            raise DataError(f"share is {share}; wanted is a number from 0 to 1.")
        vectors = features.vectors
        if share > 0.0:
            head = self.image_head if features.modality == "image" else self.caption_head
            rows = applied(head, features)  # (N, D)
            if share < 1.0:
                rows = (1.0 - share) * torch.from_numpy(vectors) + share * rows
                rows = nn.functional.normalize(rows, dim=1)
            vectors = rows.numpy()
        return replace(
            features, vectors=vectors, tokens=None, token_mask=None, words=None, grid=None
        )
