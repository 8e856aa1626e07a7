"""Similarities with numbers chosen by hand, for tests of what is drawn and said about them."""

import numpy as np

from vacsr_core import Similarity


def some_pairs(images: int = 6, captions: int = 9, seed: int = 3) -> Similarity:
    """Pairs of a two-component mixture with means and widths all over the place."""
    generator = np.random.default_rng(seed)
    shape = (images, captions)
    return Similarity(
        cosine=generator.uniform(-0.2, 0.6, shape).astype(np.float32),
        logit_means=generator.normal(-0.2, 1.5, (*shape, 2)).astype(np.float32),
        logit_variances=generator.uniform(0.1, 1.2, (*shape, 2)).astype(np.float32),
        weights=np.array([0.35, 0.65]),
    )


def line_of(*logits: float, deviation: float = 0.3) -> Similarity:
    """One image against several captions, one component each with the given logit mean."""
    means = np.array(logits, np.float32)[None, :, None]
    return Similarity(
        cosine=np.linspace(0.9, 0.1, len(logits), dtype=np.float32)[None],
        logit_means=means,
        logit_variances=np.full_like(means, deviation**2),
    )
