"""The demo gallery: what its README promises is what lies in the folder."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vacsr_core import demo
from vacsr_core.scenes import LEVELS, STYLES

COMMITTED = Path(__file__).parents[1] / "assets" / "demo"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    patch = pytest.MonkeyPatch()
    patch.setattr(demo, "IMAGE_SIZE", 64)  # the contents do not depend on the size
    demo.build(folder)
    patch.undo()
    return folder


def _rows(folder):
    with (folder / "captions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("which", ["built", "committed"])
def test_a_gallery_has_48_pictures_with_three_captions_each(which, built):
    folder = built if which == "built" else COMMITTED
    rows = _rows(folder)
    pictures = sorted(path.name for path in folder.glob("*.webp"))
    assert len(pictures) == 48 and len(rows) == 144
    assert Counter(row["image"] for row in rows) == dict.fromkeys(pictures, 3)
    assert {row["level"] for row in rows} == set(LEVELS)
    assert 6 <= sum(row["level"] == "wrong" for row in rows) <= 12
    assert len({(row["image"], row["caption"]) for row in rows}) == 144
    digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in pictures]
    assert len(digests) - len(set(digests)) == demo.COPIES


def test_the_committed_gallery_is_what_the_code_writes_and_stays_small(built):
    assert _rows(COMMITTED) == _rows(built)
    assert (COMMITTED / "README.md").read_bytes().split() == (
        built / "README.md"
    ).read_bytes().split()
    files = list(COMMITTED.iterdir())
    assert sum(path.stat().st_size for path in files) <= 1_500_000
    for path in COMMITTED.glob("*.webp"):
        with Image.open(path) as picture:
            assert picture.size == (384, 384) and picture.format == "WEBP"


def test_every_style_occurs_at_least_three_times():
    scenes = demo.choose_scenes(np.random.default_rng(demo.DEFAULT_SEED))
    counts = Counter(scene.style for scene in scenes)
    assert set(counts) == set(STYLES) and min(counts.values()) >= 3
    assert len({scene.setting for scene in scenes}) == 8
    assert scenes[-demo.COPIES :] == scenes[: demo.COPIES]
