"""How far a full fit is believed: shares of what it learnt, chosen on held-out comparisons.

What a network learns of a few thousand pairs may order new pairs worse than the cosine does, and
spreads that differ much from pair to pair make the unlikeliest candidate the most similar one by
its width alone. So two shares are chosen: of how far spreads differ, then of what is added to the
cosine's logit. Each is the one under which it is least surprising that the most similar candidate
of a held-out query is its own; 1 keeps everything that was learnt, 0 nothing of it.

Source: our own; arXiv 2605.30968 trains the backbone too, and takes the fit as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np

from vacsr_core import calibrate, calibration
from vacsr_core.adapter import PairAdapter
from vacsr_core.features import Features
from vacsr_core.marked_pairs import MATCH, UNMARKED, UNSURE, MarkedPairs
from vacsr_core.similarity import Similarity

SHARES = (1.0, 0.5, 0.25, 0.0)
MOST_IMAGES = 200  # drawn at random; seven times all their pairs are looked at
MOST_QUERIES, MOST_RIVALS = 100, 100  # a fraction of what the spread's factor is fitted on


def shrink(
    models: Sequence[PairAdapter],
    images: Features,
    captions: Features,
    owner: np.ndarray,
    seed: int,
    marked: MarkedPairs = UNMARKED,
    tick: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Shrink fitted networks in place, all members by the same shares.

    Args:
        images: N items that were held out; captions: M items.
        owner: (M,), row of the image of each caption; -1 for none.
        seed: of the images and queries drawn.
        marked: what a person said of single pairs.
        tick: called between steps that take a part of a second; may raise CancelledError.

    Returns:
        "mean_share", "spread_share", and the mean surprise in nats of the fit as it was learnt
        and as it is now: "learnt", "kept". Empty where nothing can be compared.
    """
    if len(images) > MOST_IMAGES:
        drawn = np.random.default_rng(seed).choice(len(images), MOST_IMAGES, replace=False)
        rows = np.sort(drawn)
        columns, owner, marked = marked.part(rows, owner)
        images, captions = images[rows], captions[columns]
    labels = marked.labels(owner, len(images))
    is_asked = (labels == MATCH).any(axis=1) & ~(labels == UNSURE).any(axis=1)
    if is_asked.sum() < 2:
        return {}
    rows, columns, _ = calibrate.choose_pairs(
        images.vectors @ captions.vectors.T, owner, seed, marked
    )
    products = images.vectors[rows] * captions.vectors[columns]

    def surprise(mean_share: float, spread_share: float) -> float:
        tick()
        tried = [copy.deepcopy(model) for model in models]
        for model in tried:
            model.shrink(mean_share, spread_share, products)
        sim = Similarity.of_members([model.similarity(images, captions) for model in tried])
        given = (sim, owner, seed, marked, MOST_QUERIES, MOST_RIVALS)
        return float(calibration.comparison_losses(*given).mean())

    spread = {share: surprise(1.0, share) for share in SHARES}
    spread_share = min(spread, key=spread.__getitem__)
    mean = {share: surprise(share, spread_share) for share in SHARES[1:]}
    mean[1.0] = spread[spread_share]
    mean_share = min(mean, key=mean.__getitem__)
    for model in models:
        model.shrink(mean_share, spread_share, products)
    return {
        "mean_share": mean_share,
        "spread_share": spread_share,
        "learnt": spread[1.0],
        "kept": mean[mean_share],
    }
