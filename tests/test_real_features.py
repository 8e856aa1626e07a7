"""Real CLIP features: half of the images fitted on, the other half measured, five splits."""

import os
from pathlib import Path

import numpy as np
import pytest

from vacsr_core import stored_adapters
from vacsr_core.adapters import Adapters
from vacsr_core.cli import main
from vacsr_core.evaluation import roster
from vacsr_core.evaluation.plan import halves
from vacsr_core.evaluation.queries import DIRECTIONS
from vacsr_core.evaluation.run import run
from vacsr_core.evaluation.sources import from_features

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("VACSR_SHARED_DATA", ROOT.parent / "shared" / "data"))
FEATURES = SHARED / "clip-vit-b32-flickr8k.npz"
SKILL = 0.5  # stated before the first run
needs_features = pytest.mark.skipif(
    not FEATURES.is_file(), reason=f"{FEATURES.name} is not in the shared data folder"
)


@needs_features
def test_the_mean_ranks_as_well_as_the_cosine_and_match_probability_is_calibrated():
    """The conservative fit; the temperature-scaled cosine's P(match) is Platt's function of it."""
    data = from_features(FEATURES)
    wanted = roster.entries((roster.RANKING_KEPT,))
    trials = run(halves(data, (0, 1, 2, 3, 4)), wanted)
    ours, cosine = (
        [trial for trial in trials if trial.contender == name]
        for name in (roster.RANKING_KEPT, roster.BASELINE)
    )

    def mean(trials, name: str) -> float:
        return float(np.mean([trial.numbers[name] for trial in trials]))

    assert len(ours) == len(cosine) == 5
    for direction in DIRECTIONS:
        for measure in ("R@1", "R@5", "R@10", "mAP@R", "R-P"):
            name = f"retrieval|{measure}|{direction}|"
            assert mean(ours, name) >= mean(cosine, name) - 1e-9
    assert mean(ours, "calibration|Brier skill||") > SKILL
    assert mean(ours, "calibration|NLL||") <= mean(cosine, "calibration|NLL||") + 1e-3
    errors = [(trial.arrays[f"{name}/rank"] > 1).sum() for trial in ours for name in DIRECTIONS]
    assert sum(errors) > 10


@needs_features
def test_the_shipped_adapters_are_what_the_command_makes(tmp_path, capsys):
    given = ["fit", "--features", str(FEATURES), "--backbone", "ViT-B-32:openai"]
    given += ["--how", "conservative", "--name", "Flickr8k photos", "--out", str(tmp_path)]
    assert main(given) == 0
    capsys.readouterr()
    made, shipped = Adapters.load(tmp_path), Adapters.load(shipped_folder())
    data = from_features(FEATURES)
    one, other = (adapters.similarity(data.images, data.captions) for adapters in (made, shipped))
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
