"""Chances of a match: pairs to fit them on, and the two numbers of a logistic function."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from vacsr_core.errors import DataError
from vacsr_core.marked_pairs import MATCH, UNMARKED, UNSURE, MarkedPairs
from vacsr_core.metrics.calibration import log_loss

HARD_NEGATIVES_PER_IMAGE = 5
NEAR_AMONG = 250  # captions of fifty images: the nearest of thousands may well be matches


def choose_pairs(
    cosine: np.ndarray, caption_image: np.ndarray, seed: int, marked: MarkedPairs = UNMARKED
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs for a chance among look-alikes: all labelled ones, and as many mismatches.

    Half of the mismatches are near misses, half are drawn from all, so that the probability
    answers for pairs that look alike as well as for strangers. Near misses are the captions
    nearest to the image among some 250 at random, so that they are as near in a large gallery as
    in a small one.

    Args:
        cosine: (N, M); caption_image: (M,), row of the image each caption belongs to.
        marked: what a person said of these pairs. A further match is one more labelled pair; an
            unsure pair is neither.

    Returns:
        image rows (P,), caption columns (P,), labels (P,) of 0 or 1.
    """
    generator = np.random.default_rng(seed)
    own_rows, captions = marked.matches(caption_image)
    if len(marked):
        labels = marked.labels(caption_image, len(cosine))
        strangers = (labels != MATCH) & (labels != UNSURE)
    else:
        strangers = caption_image[None, :] != np.arange(len(cosine))[:, None]
    if not len(captions) or not strangers.any():
        raise DataError("P(match) needs labelled pairs of at least two images; add more.")
    rivals = strangers
    if cosine.shape[1] > NEAR_AMONG:
        rivals = strangers & (generator.random(cosine.shape) < NEAR_AMONG / cosine.shape[1])
    near = np.argsort(-np.where(rivals, cosine, -np.inf), axis=1)
    near = near[:, :HARD_NEGATIVES_PER_IMAGE]
    hard_rows = np.repeat(np.arange(len(cosine)), near.shape[1])
    hard = np.stack([hard_rows, near.ravel()])[:, rivals[hard_rows, near.ravel()]]
    hard = hard[:, generator.permutation(hard.shape[1])[: (len(captions) + 1) // 2]]
    everywhere = np.stack(np.nonzero(strangers))
    drawn = generator.choice(everywhere.shape[1], size=len(captions) - hard.shape[1])
    negatives = np.concatenate([hard, everywhere[:, drawn]], axis=1)
    rows = np.r_[own_rows, negatives[0]]
    columns = np.r_[captions, negatives[1]]
    return rows, columns, np.r_[np.ones(len(captions)), np.zeros(negatives.shape[1])]


def match_chance(means: np.ndarray, weights: np.ndarray, match: tuple[float, float]) -> np.ndarray:
    """sigmoid(a * expected logit + b) for `match` = (a, b): float64 (...) in [0, 1].

    The expected logit is the decoded posterior mean, which is the paper's score. Taking the
    sigmoid's expectation over the whole belief instead gave worse chances on held-out photos: where
    matches are rare, it counts every wide belief as a likely match.

    Args:
        means: (..., K), of the logit mixtures; weights: (K,).
    """
    scale, offset = match
    return expit(scale * (means.astype(np.float64) @ weights) + offset)


def fit(score: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Scale a > 0 and offset b so that sigmoid(a * score + b) is the chance of a match.

    Args:
        score: (P,), about 0 and of the size of 1.
        labels: (P,) of 0 or 1, with both present.

    Returns:
        (a, b), which minimise the log loss.
    """
    if labels.min() == labels.max():
        raise DataError("P(match) needs matches and mismatches; only one kind was given.")

    def loss(parameters: np.ndarray) -> float:
        return log_loss(expit(np.exp(parameters[0]) * score + parameters[1]), labels)

    options = {"xatol": 1e-4, "fatol": 1e-7}
    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options=options)
    return float(np.exp(found.x[0])), float(found.x[1])
