"""Judges for tests: the cosine itself, with chances and doubts that follow from it."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from vacsr_core.contenders import Verdict
from vacsr_core.evaluation.data_set import DataSet
from vacsr_core.features import Features


@dataclass(frozen=True)
class CosineJudge:
    """Scores by the cosine; doubts a first choice as much as it is unlike its query."""

    name: str = "plain"
    parameters: int = 0

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        cosine = images.vectors @ captions.vectors.T
        return Verdict(
            self.name,
            cosine,
            expit(10.0 * cosine - np.log(gallery or len(images))).astype(np.float32),
            {"unlike": 1.0 - cosine},
            {"unlike": 1.0 - cosine.max(axis=1), "constant": np.zeros(len(images))},
            {"unlike": 1.0 - cosine.max(axis=0), "constant": np.zeros(len(captions))},
        )


def data_set(images, captions, owner, **more) -> DataSet:
    """A data set of plain arrays (N, D) and (M, D)."""
    pictures = Features.from_vectors(np.asarray(images, float), "image")
    given = {"name": "tiny", "image_ids": tuple(f"i{row}" for row in range(len(pictures)))} | more
    return DataSet(
        images=pictures,
        captions=Features.from_vectors(np.asarray(captions, float), "caption"),
        owner=np.asarray(owner),
        **given,
    )


def noisy_data(images: int = 40, seed: int = 0, noise: float = 0.5, **more) -> DataSet:
    """Two captions an image, near it; with this noise some first choices are wrong."""
    generator = np.random.default_rng(seed)
    pictures = generator.standard_normal((images, 16))
    texts = np.repeat(pictures, 2, axis=0)
    texts = texts + noise * 3.0 * generator.random((2 * images, 1)) * generator.standard_normal(
        (2 * images, 16)
    )
    owner = np.repeat(np.arange(images), 2)
    named = {"image_ids": tuple(f"{seed}-{row}" for row in range(images))}
    return data_set(pictures, texts, owner, **(named | more))
