"""Scores of pairs with column weights: whole items, or patches with words."""

from __future__ import annotations

import numpy as np

from vacsr_core.feature_analysis.pair_sum import weigh
from vacsr_core.features import Features
from vacsr_core.pico import column_contributions, heat, interaction

WHOLE, TOKENS = "whole", "tokens"
LEVELS = (WHOLE, TOKENS)
MOST_PRODUCTS = 4e11  # of single numbers; some ten seconds on a processor


def has_tokens(images: Features, captions: Features) -> bool:
    """Whether there are patches or words, so that a score of them says more than the whole."""
    return any(part.tokens is not None and part.tokens.shape[1] for part in (images, captions))


def can_use_tokens(images: Features, captions: Features) -> bool:
    """Whether all pairs can be scored by patches and words in bearable time."""
    if not has_tokens(images, captions):
        return False
    size = float(images.dimension)
    for part in (images, captions):
        size *= len(part) * (1 if part.tokens is None else part.tokens.shape[1])
    return size <= MOST_PRODUCTS


def scores(images: Features, captions: Features, probability: np.ndarray, level: str) -> np.ndarray:
    """All pairs.

    Args:
        probability: float (D,), p of each column.
        level: "whole" for the cosine of weighted vectors, "tokens" for PICO's interaction.

    Returns: float (N, M).
    """
    if level == TOKENS:
        return interaction(images, captions, probability)
    return weigh(images.vectors, probability) @ weigh(captions.vectors, probability).T


def token_sum(image: Features, caption: Features, probability: np.ndarray) -> np.ndarray:
    """What each column adds to PICO's score of one pair, as if the weights were 1 on average.

    Without that factor weights would lower every score, and columns could not be compared with
    those of a score without weights.

    Returns: float64 (D,).
    """
    added = column_contributions(image, caption, probability).astype(np.float64)
    return added / _mean(probability)


def word_heat(image: Features, caption: Features, probability: np.ndarray) -> np.ndarray:
    """Score of every patch with every word, as if the weights were 1 on average: float64 (P, W)."""
    return heat(image, caption, probability).astype(np.float64) / _mean(probability)


def _mean(probability: np.ndarray) -> float:
    return float(np.mean(probability)) or 1.0
