"""Fine-grained interaction: every patch looks for its word and every word for its patch."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.features import Features

BLOCK = 4_000_000  # products of a patch and a word that are held at once; 16 MB


def interaction(
    images: Features, captions: Features, probability: np.ndarray | None = None
) -> np.ndarray:
    """Score of all pairs: S = mean_p max_w s_pw + mean_w max_p s_pw, s_pw = sum_d p_d v_pd t_wd.

    Where a side has no tokens, or an item has none, its global vector is its only token; without
    any tokens S is twice the weighted product of the global vectors.

    Args:
        images: N items; captions: M items, of the same dimension D.
        probability: (D,) in [0, 1], semantic probability of each column; None for ones.

    Returns:
        float32 (N, M) in [-2, 2].

    Raises:
        ShapeError: the modalities, dimensions or weights do not fit.

    Source: arXiv 2510.11175, fine-grained interaction.
    """
    weights = _weights(images, captions, probability)
    patches, patch_mask = tokens_of(images)
    words, word_mask = tokens_of(captions)
    scores = np.empty((len(images), len(captions)), np.float32)
    of_images = max(1, min(len(images), BLOCK // max(1, 64 * patches.shape[1] * words.shape[1])))
    a_caption = of_images * patches.shape[1] * words.shape[1]
    of_captions = max(1, BLOCK // max(1, a_caption))
    for start in range(0, len(images), of_images):
        block = slice(start, start + of_images)
        left = patches[block] * weights  # (B, P, D)
        for first in range(0, len(captions), of_captions):
            part = slice(first, first + of_captions)
            scores[block, part] = _block(left, patch_mask[block], words[part], word_mask[part])
    return scores


def column_contributions(
    image: Features | np.ndarray,
    caption: Features | np.ndarray,
    probability: np.ndarray | None = None,
) -> np.ndarray:
    """What each column adds to the score of one pair; the sum over columns is `interaction`.

    Args:
        image, caption: features of one item each, or their global vectors (D,).
        probability: (D,) in [0, 1]; None for ones.

    Returns:
        float32 (D,): p_d v_pd t_wd, mean over patches at their best word plus mean over words at
        their best patch.

    Raises:
        ShapeError: more than one item, or shapes that do not fit.
    """
    image, caption = _one(image, "image"), _one(caption, "caption")
    weights = _weights(image, caption, probability)
    patches, words = _real(image), _real(caption)
    scores = (patches * weights) @ words.T  # (P, W)
    by_patch = (patches * words[scores.argmax(axis=1)]).mean(axis=0)
    by_word = (words * patches[scores.argmax(axis=0)]).mean(axis=0)
    return (weights * (by_patch + by_word)).astype(np.float32)


def heat(image: Features, caption: Features, probability: np.ndarray | None = None) -> np.ndarray:
    """Score of every patch with every word of one pair.

    Args:
        image, caption: features of one item each.
        probability: (D,) in [0, 1]; None for ones.

    Returns:
        float32 (P, W) of the real tokens, in row-major order of the patches and in order of the
        words; 1 row or 1 column where that side has no tokens.

    Raises:
        ShapeError: more than one item, or shapes that do not fit.
    """
    image, caption = _one(image, "image"), _one(caption, "caption")
    weights = _weights(image, caption, probability)
    return ((_real(image) * weights) @ _real(caption).T).astype(np.float32)


def tokens_of(features: Features) -> tuple[np.ndarray, np.ndarray]:
    """Tokens (N, T, D) and mask (N, T); an item without a token gets its global vector as one."""
    if features.tokens is None or not features.tokens.shape[1]:
        return features.vectors[:, None], np.ones((len(features), 1), bool)
    tokens, mask = features.tokens, features.token_mask
    empty = ~mask.any(axis=1)
    if empty.any():
        tokens, mask = tokens.copy(), mask.copy()
        tokens[empty, 0] = features.vectors[empty]
        mask[empty, 0] = True
    return tokens, mask


def check_weights(probability: np.ndarray, dimension: int) -> np.ndarray:
    """Column weights as float32 (D,).

    Raises:
        ShapeError: another number of columns, or a value outside [0, 1].
    """
    weights = np.asarray(probability, np.float32)
    if weights.shape != (dimension,):
        raise ShapeError(
            f"semantic probabilities have shape {weights.shape}; the features have {dimension} "
            f"columns, so wanted is ({dimension},). Fit PICO on features of this backbone."
        )
    if not ((weights >= 0) & (weights <= 1)).all():  # NaN fails too
        raise ShapeError(
            f"semantic probabilities go from {weights.min()} to {weights.max()}; wanted are "
            "numbers in 0 to 1."
        )
    return weights


def _block(
    left: np.ndarray, patch_mask: np.ndarray, words: np.ndarray, word_mask: np.ndarray
) -> np.ndarray:
    """Scores (B, C) of a block of images, already weighted, and captions."""
    images, patches, dimension = left.shape
    captions, count, _ = words.shape
    product = left.reshape(-1, dimension) @ words.reshape(-1, dimension).T
    product = product.reshape(images, patches, captions, count)  # (B, P, C, W)
    hidden = np.float32(-np.inf)
    best_word = product
    if not word_mask.all():
        best_word = np.where(word_mask[None, None], product, hidden)
    best_word = best_word.max(axis=3)  # (B, P, C)
    if not patch_mask.all():
        product = np.where(patch_mask[:, :, None, None], product, hidden)
    best_patch = product.max(axis=1)  # (B, C, W)
    of_patches = patch_mask / patch_mask.sum(axis=1, keepdims=True)
    of_words = word_mask / word_mask.sum(axis=1, keepdims=True)
    by_patch = np.einsum("bpc,bp->bc", best_word, of_patches.astype(np.float32))
    return by_patch + np.einsum("bcw,cw->bc", best_patch, of_words.astype(np.float32))


def _weights(images: Features, captions: Features, probability: np.ndarray | None) -> np.ndarray:
    if images.modality != "image" or captions.modality != "caption":
        raise ShapeError(
            f"wanted are images, then captions; got {images.modality} features and "
            f"{captions.modality} features."
        )
    if images.dimension != captions.dimension:
        raise ShapeError(
            f"images have {images.dimension} columns, captions {captions.dimension}; give "
            "features of one backbone."
        )
    if probability is None:
        return np.ones(images.dimension, np.float32)
    return check_weights(probability, images.dimension)


def _one(item: Features | np.ndarray, modality: str) -> Features:
    if not isinstance(item, Features):
        item = Features(np.atleast_2d(np.asarray(item, np.float32)), modality)
    if len(item) != 1:
        raise ShapeError(f"got {len(item)} {modality}s; wanted is one {modality}, such as x[3].")
    return item


def _real(item: Features) -> np.ndarray:
    """The tokens of one item, without padding: (T, D)."""
    tokens, mask = tokens_of(item)
    return tokens[0][mask[0]]
