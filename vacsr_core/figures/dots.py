"""Quantile dots: a distribution as twenty equally likely worlds, which people count better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.similarity import Similarity

WORLDS = 20
BINS = 20  # an even number, so that no bin straddles 0.5


@dataclass(frozen=True, eq=False)
class QuantileDots:
    """Places of the dots, stacked in bins along the axis of similarity.

    Args:
        worlds: (20,) the quantiles that the dots stand for, rising.
        x: (20,) middle of each dot's bin.
        level: (20,) 1 for the lowest dot of a bin, 2 for the one on it …
    """

    worlds: np.ndarray
    x: np.ndarray
    level: np.ndarray

    @property
    def tallest(self) -> int:
        """How many dots the fullest bin holds."""
        return int(self.level.max())

    def count_above(self, threshold: float) -> int:
        """In how many of the 20 worlds the similarity is above a threshold."""
        return int((self.worlds > threshold).sum())


def quantile_dots(belief: Similarity) -> QuantileDots:
    """Twenty quantiles of one pair's distribution, each the middle of a twentieth of the belief.

    Args:
        belief: Similarity of shape (1, 1).

    Returns:
        QuantileDots.

    Source: Kay, Kola, Hullman and Munson, "When (ish) is My Bus?", CHI 2016.
    """
    levels = (np.arange(WORLDS) + 0.5) / WORLDS
    worlds = np.array([float(belief.quantile(q)[0, 0]) for q in levels])
    bins = np.minimum((worlds * BINS).astype(int), BINS - 1)
    level = np.array([(bins[: i + 1] == b).sum() for i, b in enumerate(bins)])
    return QuantileDots(worlds, (bins + 0.5) / BINS, level)
