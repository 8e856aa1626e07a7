"""Every rival of the table, on planted pairs and on real features that it was not fitted on."""

import os
from pathlib import Path

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core.contenders import RIVALS, RivalConfig
from vacsr_core.evaluation.sources import from_features
from vacsr_core.metrics.uncertainty import error_auroc
from vacsr_core.rank_figures import recall_at

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("VACSR_SHARED_DATA", ROOT.parent / "shared" / "data"))
FEATURES = SHARED / "clip-vit-b32-flickr8k.npz"
needs_features = pytest.mark.skipif(
    not FEATURES.is_file(), reason=f"{FEATURES.name} is not in the shared data folder"
)


@pytest.mark.parametrize("name", list(RIVALS))
def test_planted_pairs_are_found_with_a_calibrated_chance(name):
    fitted = RIVALS[name](*planted_pairs(120), RivalConfig(epochs=10, batch=64))
    images, captions, owner = planted_pairs(80, seed=1)
    verdict = fitted.judge(images, captions)
    assert verdict.name == name and fitted.parameters >= 3
    is_exact = np.arange(160) % 2 == 0
    is_right = verdict.score.argmax(axis=0) == owner
    assert is_right[is_exact].mean() > 0.95 and is_right[~is_exact].mean() < 0.2
    chance = verdict.chance[owner, np.arange(160)]
    assert chance[is_exact].mean() > 10 * chance[~is_exact].mean()
    assert verdict.chance.sum() == pytest.approx(160, rel=0.3)


@needs_features
@pytest.mark.parametrize("name", list(RIVALS))
def test_real_photos_are_ranked_about_as_by_the_cosine_and_errors_are_doubted(name):
    pairs = from_features(FEATURES)
    recalls, errors, doubts = [], [], []
    for split in range(3):
        shuffled = np.random.default_rng(split).permutation(50)
        fitting, (images, captions, owner) = (
            (half.images, half.captions, half.owner)
            for half in (pairs.take(np.sort(rows)) for rows in (shuffled[:25], shuffled[25:]))
        )
        fitted = RIVALS[name](*fitting, RivalConfig(seed=split))
        verdict = fitted.judge(images, captions)
        cosine = images.vectors @ captions.vectors.T
        recalls.append([recall_at(scores, owner, 1) for scores in (cosine, verdict.score)])
        errors.append(verdict.score.argmax(axis=0) != owner)
        doubts.append(verdict.caption_doubt["entropy"])
    plain, learnt = np.mean(recalls, axis=(0, 2))
    assert learnt > plain - 0.03  # adapters of 20 images may lose a little
    assert error_auroc(np.concatenate(errors), np.concatenate(doubts)) > 0.8
