"""Held-out scenes: does the similarity follow the facts, and is doubt where it belongs?

Every scene's facts are known, so each pair has a graded truth: the share of the caption's facts
that hold in the picture. Labels played no part in it, and neither did the adapter's training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import spearmanr

from vacsr_core import scenes
from vacsr_core.engine import SCENE_PIXELS, Engine
from vacsr_core.evaluation.sources import TEST_SEED
from vacsr_core.evaluation.trial import Trial, key

TABLE = "scenes"


@dataclass(frozen=True)
class SceneReport:
    """Figures of one draw of held-out scenes.

    Args:
        seed, images, captions: what was drawn.
        spearman_cosine, spearman_mean: rank correlation with the graded truth, all pairs.
        std_of_level: mean std over each image's own captions, by level of caption.
        mean_of_level: mean similarity over the same pairs.
        recall_cosine, recall_mean: share of exact captions whose own image comes first.
    """

    seed: int
    images: int
    captions: int
    spearman_cosine: float
    spearman_mean: float
    std_of_level: dict[str, float]
    mean_of_level: dict[str, float]
    recall_cosine: float
    recall_mean: float


def evaluate_on_scenes(
    engine: Engine, seed: int = 0, count: int = 300, progress: Callable | None = None
) -> SceneReport:
    """Measure an engine on scenes that nothing was trained or fitted on.

    Args:
        seed: of the draw; different seeds give different scenes.
        count: scenes, with one caption of every level each.
        progress: called with (share done, text).
    """
    drawn = scenes.sample(count, TEST_SEED + seed)
    pictures = [scenes.draw(scene, SCENE_PIXELS) for scene in drawn.scenes]
    images = engine.encode_images(pictures, progress, tokens=False)
    captions = engine.encode_captions([c.text for c in drawn.captions], progress, tokens=False)
    sim = engine.similarity(images, captions)
    graded = scenes.truth(drawn.scenes, drawn.captions).ravel()
    level = np.array([caption.level for caption in drawn.captions])
    own = (drawn.caption_image, np.arange(len(level)))
    exact = np.flatnonzero(level == "exact")

    def by_level(values: np.ndarray) -> dict[str, float]:
        return {name: float(values[own][level == name].mean()) for name in scenes.LEVELS}

    def recall(scores: np.ndarray) -> float:
        rival = scores[:, exact].copy()
        mine = rival[drawn.caption_image[exact], np.arange(len(exact))]
        rival[drawn.caption_image[exact], np.arange(len(exact))] = -np.inf
        return float((mine > rival.max(axis=0)).mean())  # ties count against us

    return SceneReport(
        seed=seed,
        images=len(images),
        captions=len(captions),
        spearman_cosine=float(spearmanr(sim.cosine.ravel(), graded).statistic),
        spearman_mean=float(spearmanr(sim.mean.ravel(), graded).statistic),
        std_of_level=by_level(sim.std),
        mean_of_level=by_level(sim.mean),
        recall_cosine=recall(sim.cosine),
        recall_mean=recall(sim.mean),
    )


def as_trial(facts: SceneReport, data: str, contender: str) -> Trial:
    """The figures as a trial of the report, under the names that the command line prints."""
    numbers = {}
    for name, value in asdict(facts).items():
        values = value if isinstance(value, dict) else {"": value}
        for level, number in values.items():
            measure = f"{name.removesuffix('_of_level')} {level}".strip()
            numbers[key(TABLE, measure)] = float(number)
    for name in ("seed", "images", "captions"):
        del numbers[key(TABLE, name)]
    return Trial(data, contender, facts.seed, numbers)
