"""The command that measures column weights: its rows, its tables, what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vacsr_core import Features
from vacsr_core.cli import main
from vacsr_core.engine import Engine
from vacsr_core.evaluation import pico_planted, pico_scenes
from vacsr_core.evaluation.pico_tables import Number, PicoReport
from vacsr_core.evaluation.pico_weights import NAMES, FitData, all_weights
from vacsr_core.pico import StyleViews
from vacsr_core.pico.planted import Planting, plant


def test_a_table_holds_mean_and_spread_over_seeds_or_an_interval() -> None:
    numbers = [Number("A", "PICO", "R@1", value, seed) for seed, value in enumerate((0.5, 0.7))]
    numbers.append(Number("A", "PICO", "R@1", 0.7, 1))  # twice of one seed is one value
    numbers += [
        Number("A", "none", "R@1", float("nan")),
        Number("B", "PICO", "link", 0.3, 0, (0.1, 0.4)),
    ]
    said = PicoReport("the command", (0, 1), numbers, {"A": "Of photos."}, {"x": 3.2}).markdown()
    assert "| PICO | 0.600 ± 0.141 |" in said and "| none | – |" in said
    assert "| PICO | 0.300 [0.100, 0.400] |" in said
    assert "`the command`; seeds 0, 1" in said and "## A\n\nOf photos.\n\n| | R@1 |" in said
    assert "exact feedback function was not available" in said and "x 3 s" in said


def test_half_of_the_images_take_their_captions_and_views_along() -> None:
    images = Features.from_vectors(np.eye(6), "image")
    captions = Features.from_vectors(np.eye(6)[[5, 3, 0, 2, 1]], "caption")
    views = StyleViews(images[[5, 4, 1]], np.array([5, 4, 1]))
    half = FitData(images, captions, np.array([5, 3, 0, 2, 1]), {"": views}).half(1)
    assert half.owner.tolist() == [2, 1, 0] and len(half.captions) == 3
    assert half.views[""].row.tolist() == [2, 0]
    np.testing.assert_array_equal(half.images.vectors, np.eye(6)[[1, 3, 5]])
    np.testing.assert_array_equal(half.captions.vectors, half.images.vectors[half.owner])


def test_every_contender_has_its_weights() -> None:
    planted = plant(Planting(pairs=40, columns=16), seed=1)
    again = plant(Planting(pairs=40, columns=16), seed=2).images
    views = {"": StyleViews(again, np.arange(40))}
    found = all_weights(FitData(planted.images, planted.captions, planted.caption_image, views), 0)
    assert list(found)[:5] == list(NAMES.values()) and len(found) == 7
    assert all(p.shape == (16,) and p.min() >= 0 and p.max() <= 1 for p in found.values())
    # Views that have nothing to do with the image leave nothing of its columns.
    assert found["1 - variance within views"].mean() < 0.25


def test_the_command_measures_planted_style(tmp_path: Path, monkeypatch, capsys) -> None:
    small = Planting(pairs=150, columns=40)
    cases = {"easy": small, "graded": replace(small, is_graded=True)}
    monkeypatch.setattr(pico_planted, "CASES", cases)
    monkeypatch.setattr("vacsr_core.pico.planted.CASES", cases)
    files = tmp_path / "found.json", tmp_path / "found.md"
    said = main(["evaluate-pico", "--parts", "planted", "--seeds", "0", "--json", str(files[0]),
                 "--markdown", str(files[1])])  # fmt: skip
    assert said == 0 and capsys.readouterr().out.strip() == files[1].read_text().strip()
    numbers = json.loads(files[0].read_text())["numbers"]
    value = {(one["row"], one["measure"]): one["value"] for one in numbers}
    assert value["PICO", "easy"] >= 0.95 and value["none (p = 1)", "easy"] == 0.5
    assert value["PICO", "Spearman"] > 0.8 > abs(value["random", "Spearman"])


def test_a_missing_file_is_named(tmp_path: Path, capsys) -> None:
    assert main(["evaluate-pico", "--suite", str(tmp_path)]) == 2
    assert "flickr8k-train.parquet is not in" in capsys.readouterr().err
    assert main(["evaluate-pico", "--parts", "clip"]) == 2
    assert "the part 'clip' needs it. Give --suite" in capsys.readouterr().err


def test_scenes_are_measured_in_every_style(monkeypatch) -> None:
    monkeypatch.setattr(pico_scenes, "FIT_SCENES", 12)
    monkeypatch.setattr(pico_scenes, "TEST_SCENES", 5)
    numbers = list(pico_scenes.scene_numbers(Engine.load(device="cpu"), (0,), None))
    value = {(one.row, one.measure): one.value for one in numbers}
    links = {one.measure for one in numbers if one.table == pico_scenes.LINKS}
    assert links == {"drawing styles", "picture changes", "captions", "pictures and captions"}
    none = "none (p = 1)"
    assert value[none, "drop"] == pytest.approx(
        value[none, "R@1, one style"] - value[none, "R@1, mixed styles"]
    )
    assert 0 < value[none, "style distance ratio"] < 1
    assert (
        value["1 - variance within views", "style distance ratio"]
        < (value[none, "style distance ratio"])
    )
    assert value["1 - variance within views, changed pictures", "drawing styles"] > -1
