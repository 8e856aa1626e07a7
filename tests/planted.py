"""Features with a planted truth: exact captions say which image, generic ones fit them all."""

import numpy as np

from vacsr_core import Features

DIMENSION = 24


def planted_pairs(images: int = 160, seed: int = 0) -> tuple[Features, Features, np.ndarray]:
    """Images, two captions each (exact, then generic), and the row of each caption's image."""
    common = np.random.default_rng(99).standard_normal(DIMENSION)  # what all images share
    generator = np.random.default_rng(seed)
    own = generator.standard_normal((images, DIMENSION))
    pictures = own + common
    exact = own + common + 0.25 * generator.standard_normal((images, DIMENSION))
    generic = common + 0.1 * generator.standard_normal((images, DIMENSION))
    texts = np.stack([exact, generic], axis=1).reshape(-1, DIMENSION)
    return (
        Features.from_vectors(pictures, "image"),
        Features.from_vectors(texts, "caption"),
        np.repeat(np.arange(images), 2),
    )
