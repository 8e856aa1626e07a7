"""Ready features of a backbone, split by image: does the fitted adapter rank and calibrate?

One half of the images is fitted on, the other half measured; nothing is chosen on the measured
half. Plain cosine and Platt's logistic function of it stand beside every figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from vacsr_core import calibrate, mixture, platt, rank_figures
from vacsr_core.errors import DataError
from vacsr_core.features import Features
from vacsr_core.fit_config import FitConfig
from vacsr_core.metrics.calibration import figures
from vacsr_core.metrics.uncertainty import error_auroc
from vacsr_core.similarity import Similarity
from vacsr_core.vacsr_fit import fit_adapters

Pairs = tuple[Features, Features, np.ndarray]


def read_features(path: str | Path, backbone_id: str = "") -> Pairs:
    """Read images, captions and the image row of each caption from a NumPy file.

    Args:
        path: .npz with image_features (N, D), text_features (M, D) and caption_image (M,).
        backbone_id: of the model that made them.

    Raises:
        DataError: the file is not there, or holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            images = Features.from_vectors(held["image_features"], "image")
            captions = Features.from_vectors(held["text_features"], "caption")
            owner = held["caption_image"].astype(np.int64)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{path} cannot be used ({error}); wanted is an .npz with image_features (N, D), "
            "text_features (M, D) and caption_image (M,)."
        ) from error
    named = (replace(part, backbone_id=backbone_id) for part in (images, captions))
    return *named, owner


def take_images(pairs: Pairs, rows: np.ndarray) -> Pairs:
    """The chosen images, ascending rows, with exactly their captions."""
    images, captions, owner = pairs
    columns = np.flatnonzero(np.isin(owner, rows))
    return images[rows], captions[columns], np.searchsorted(rows, owner[columns])


def evaluate_splits(
    pairs: Pairs, config: FitConfig, splits: int = 5, progress: Callable | None = None
) -> list[dict[str, float]]:
    """Fit on half of the images, measure on the other half, for several random halves.

    Returns:
        One row of figures a split, see `measure`; the last row, split -1, measures error
        detection on the queries of all splits together.
    """
    rows, queries = [], []
    for split in range(splits):
        if progress is not None:
            progress(split / splits, f"split {split + 1} of {splits}")
        shuffled = np.random.default_rng(split).permutation(len(pairs[0]))
        half = len(shuffled) // 2
        fitting = take_images(pairs, np.sort(shuffled[:half]))
        measuring = take_images(pairs, np.sort(shuffled[half:]))
        found, doubts = measure(fitting, measuring, replace(config, seed=split))
        rows.append({"split": split} | found)
        queries.append(doubts)
    together = {name: np.concatenate([row[name] for row in queries]) for name in queries[0]}
    errors = together.pop("error")
    found = {"queries": len(errors), "errors": int(errors.sum())}
    found |= {f"auroc_{name}": error_auroc(errors, doubt) for name, doubt in together.items()}
    return [*rows, {"split": -1} | found]


def measure(fitting: Pairs, measuring: Pairs, config: FitConfig) -> tuple[dict, dict]:
    """Figures of one fit on images that it has not seen.

    Returns:
        (figures, doubts). Figures: two-alternative choice and R@1, R@10 in both directions of
        cosine and VACSR mean; log loss, Brier skill and ECE of P(match) and of Platt's function
        of the cosine, on all own pairs and as many mismatches, half of them near misses.
        Doubts: for every query of both directions whether the cosine's first choice is wrong,
        and four ways to doubt it.
    """
    images, captions, owner = measuring
    sim = fit_adapters(*fitting, config).similarity(images, captions)
    cosine_fit = fitting[0].vectors @ fitting[1].vectors.T
    everyone = np.arange(len(fitting[0]))
    is_own = np.ones(len(everyone), bool)
    platt_pairs = platt.choose(cosine_fit, fitting[2], is_own, everyone, config.seed)
    scale, bias = platt.fit(platt_pairs)
    found: dict[str, float] = {"images": len(images), "captions": len(captions)}
    for name, scores in (("cosine", sim.cosine), ("mean", sim.mean)):
        found[f"two_alternative_{name}"] = rank_figures.two_alternative(scores, owner)
        for k in (1, 10):
            both = rank_figures.recall_at(scores, owner, k)
            found[f"r{k}_image_to_caption_{name}"], found[f"r{k}_caption_to_image_{name}"] = both
    rows, columns, labels = calibrate.choose_pairs(sim.cosine, owner, config.seed)
    found |= {"pairs": len(labels), "prevalence": float(labels.mean())}
    chances = {
        "platt": expit(scale * sim.cosine[rows, columns] + bias),
        "match": sim.match_probability[rows, columns],
    }
    for name, chance in chances.items():
        said = figures(chance, labels)
        found |= {f"{key}_{name}": said[key] for key in ("log_loss", "brier_skill", "ece")}
    return found, _doubts(sim, owner)


def _doubts(sim: Similarity, owner: np.ndarray) -> dict[str, np.ndarray]:
    """Whether each query's first choice is wrong, and how much each gauge doubts it."""
    constant = _constant_std(sim)
    parts = []
    for axis, scores in ((1, sim.cosine), (0, sim.cosine.T)):
        first = scores.argmax(axis=1)
        sorted_scores = np.sort(scores, axis=1)
        place = (np.arange(len(scores)), first)
        own = owner[first] == place[0] if axis == 1 else owner == first
        at = place if axis == 1 else (place[1], place[0])
        parts.append(
            {
                "error": ~own,
                "std": sim.std[at],
                "constant_std": constant[at],
                "low_cosine": -sim.cosine[at],
                "margin": sorted_scores[:, -2] - sorted_scores[:, -1],
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _constant_std(sim: Similarity) -> np.ndarray:
    """Std of the similarity had every pair the same, average width of logit; the mean stays."""
    average = sim.logit_variances.mean(axis=(0, 1), keepdims=True)
    variances = np.broadcast_to(average, sim.logit_variances.shape).copy()
    means = mixture.location(logit(np.clip(sim.mean, 1e-7, 1 - 1e-7))[..., None], variances)
    return Similarity(sim.cosine, means.astype(np.float32), variances, sim.weights).std
