"""Real CLIP features: half of the images fitted on, the other half measured, five splits."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vacsr_core import calibration, fit_adapters, stored_adapters
from vacsr_core.adapters import Adapters
from vacsr_core.cli import main
from vacsr_core.evaluation.sources import from_features
from vacsr_core.fit_config import CONSERVATIVE
from vacsr_core.leaders import leaders
from vacsr_core.metrics.calibration import brier_skill, calibration_error
from vacsr_core.metrics.uncertainty import error_auroc
from vacsr_core.rank_figures import recall_at

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("VACSR_SHARED_DATA", ROOT.parent / "shared" / "data"))
FEATURES = SHARED / "clip-vit-b32-flickr8k.npz"
needs_features = pytest.mark.skipif(
    not FEATURES.is_file(), reason=f"{FEATURES.name} is not in the shared data folder"
)


@needs_features
def test_the_mean_ranks_as_the_cosine_and_chances_hold_on_the_other_half():
    """Five halves. Demanded of issue and protocol: Brier skill above 0, ECE of at most 0.05."""
    pairs, errors, doubts = from_features(FEATURES), [], []
    for split in range(5):
        shuffled = np.random.default_rng(split).permutation(50)
        fitted_on, left_out = (pairs.take(np.sort(h)) for h in (shuffled[:25], shuffled[25:]))
        config = replace(CONSERVATIVE, seed=split)
        fitted = fit_adapters(fitted_on.images, fitted_on.captions, fitted_on.owner, config)
        sim = fitted.similarity(left_out.images, left_out.captions)
        owner = left_out.owner
        assert recall_at(sim.mean, owner, 1) == recall_at(sim.cosine, owner, 1)
        rows, columns = calibration.shortlist(sim, owner)
        labels = owner[columns] == rows
        chance = sim.match_probability[rows, columns]
        assert brier_skill(chance, labels) > 0.3
        assert calibration_error(chance, labels) < 0.05
        first = leaders(sim, 0)
        errors.append(sim.mean.argmax(axis=0) != owner)
        doubts.append(1.0 - first.best[:, 0])
    assert np.concatenate(errors).sum() > 20
    assert error_auroc(np.concatenate(errors), np.concatenate(doubts)) > 0.85


@needs_features
def test_the_shipped_adapters_are_what_the_command_makes(tmp_path, capsys):
    given = ["fit", "--features", str(FEATURES), "--backbone", "ViT-B-32:openai"]
    given += ["--how", "conservative", "--name", "Flickr8k photos", "--out", str(tmp_path)]
    assert main(given) == 0
    capsys.readouterr()
    made, shipped = Adapters.load(tmp_path), Adapters.load(shipped_folder())
    pairs = from_features(FEATURES)
    images, captions = pairs.images, pairs.captions
    one, other = (adapters.similarity(images, captions) for adapters in (made, shipped))
    assert one.mean == pytest.approx(other.mean, abs=1e-4)
    assert one.std == pytest.approx(other.std, abs=1e-2)


def shipped_folder() -> Path:
    return stored_adapters.SHIPPED_FOLDER / stored_adapters.SHIPPED["ViT-B-32:openai"]


def test_shipped_adapters_are_small_and_say_what_they_are():
    adapters = Adapters.load(shipped_folder())
    assert adapters.vacsr.dimension == 512 and adapters.vacsr.is_ranking_kept
    assert adapters.fitted_on == "Flickr8k photos: 50 images, 250 captions, seed 0"
    assert adapters.history["how"] == "conservative"
    sizes = [path.stat().st_size for path in shipped_folder().iterdir()]
    assert sum(sizes) < 100_000 and (shipped_folder() / "README.md").exists()
