"""The report on a backbone: planted truth is found, training pictures are never touched."""

import json

import numpy as np
import pandas
import pytest

from planted_photos import CLASSES, PHOTOS, SCENES, WRONG, write_folder
from tiny_backbones import write_backbone
from vacsr_core.backbone_report import FIGURE_NAMES, evaluate_backbone
from vacsr_core.cli import main
from vacsr_core.errors import DataError
from vacsr_core.hold_out import held_out_rows, image_key
from vacsr_core.metrics.agreement import judgement_tau


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return folder, write_folder(folder)


@pytest.fixture(scope="module")
def report(planted):
    # Without the drawn scenes' limit the engine would be asked for scenes that it does not know.
    folder, engine = planted
    whole = evaluate_backbone(engine, folder, ["flickr", "tiny-imagenet", "pacs"])
    drawn = evaluate_backbone(engine, folder, ["scenes"], limit=SCENES)
    return whole, whole.figures | drawn.figures


def held_out_labels(folder):
    table = pandas.read_parquet(folder / "tiny-imagenet-200.parquet")
    return table["wnid"][held_out_rows([image_key(picture) for picture in table["image"]])]


def test_every_figure_is_there_with_its_count(planted, report):
    whole, figures = report
    assert list(figures) == list(FIGURE_NAMES)
    labels = held_out_labels(planted[0])
    pairs = PHOTOS * (PHOTOS - 1)
    counts = {key: figure.count for key, figure in figures.items()}
    assert counts["two_alternative_choice"] == counts["caption_to_image_r5"] == 2 * PHOTOS
    assert counts["image_to_caption_r1"] == PHOTOS
    assert counts["expert_tau_c"] == 3 * pairs
    assert counts["expert_mean_tau_c"] == counts["crowd_tau_b"] == pairs
    assert 0 < counts["tiny_imagenet_200"] < counts["tiny_imagenet_202"] == len(labels) < 50
    assert figures["scenes_r1"].rivals == counts["scenes_r1"] == SCENES
    assert figures["image_to_caption_r1"].rivals == 2 * PHOTOS
    assert whole.notes[0] == (
        "experts: 132 pairs; left out: 12 of an image with its own caption, 1 of other images"
    )


def test_what_the_engine_knows_is_found(planted, report):
    figures = report[1]
    for key in ("two_alternative_choice", "caption_to_image_r1", "image_to_caption_r10"):
        assert figures[key].value == figures[key].high == 1.0
    for key in ("pacs_photo", "pacs_cartoon", "scenes_r1"):
        assert figures[key].value == 1.0
    labels = held_out_labels(planted[0])
    assert figures["tiny_imagenet_202"].value == (labels != WRONG).mean()
    assert figures["tiny_imagenet_202"].low < (labels != WRONG).mean() < 1.0
    proper = labels[labels != CLASSES[2]]
    assert figures["tiny_imagenet_200"].value == (proper != WRONG).mean()


def test_judgements_count_without_own_captions(planted, report):
    folder = planted[0]
    # The crowd was planted with the cosine itself; own captions, at the bottom, would spoil it.
    assert report[1]["crowd_tau_b"].value == pytest.approx(1.0)
    table = pandas.read_csv(folder / "flickr8k-expert.csv")
    table = table[table["caption_id"] != table["image_id"] + "#0"][:-1]
    judges = table[["judge1", "judge2", "judge3"]].to_numpy()
    expected = judgement_tau(table["yes_fraction"], judges)
    assert report[1]["expert_tau_c"].value == pytest.approx(expected)
    assert 0.3 < expected < report[1]["expert_mean_tau_c"].value


def test_a_blind_engine_is_at_chance_or_below(planted):
    folder, engine = planted
    one = np.ones((1, 4)) / 2

    class Blind:
        backbone = engine.backbone

        def encode_images(self, items, progress=None, tokens=True):
            return type("Features", (), {"vectors": one.repeat(len(items), axis=0)})

        encode_captions = encode_images

    figures = evaluate_backbone(Blind(), folder, limit=PHOTOS).figures
    shares = [figure.value for key, figure in figures.items() if "tau" not in key]
    assert shares == pytest.approx([0.0] * 12)  # ties count against us
    assert np.isnan(figures["crowd_tau_b"].value)


def test_limit_seed_and_parts(planted):
    folder, engine = planted
    found = evaluate_backbone(engine, folder, ["pacs", "flickr"], limit=5, seed=3)
    assert found.limit == 5 and found.seed == 3
    assert found.figures["pacs_photo"].count == 5
    assert found.figures["image_to_caption_r1"].count == 5
    assert found.figures["caption_to_image_r1"].rivals == 5
    assert "scenes_r1" not in found.figures and "tiny_imagenet_200" not in found.figures


def test_missing_files_are_named(planted, tmp_path):
    (tmp_path / "pacs-photo.parquet").write_bytes(b"")
    found = evaluate_backbone(planted[1], tmp_path, ["flickr", "pacs"])
    assert found.figures == {}
    assert found.absent == (
        "flickr8k-graded.parquet",
        "flickr8k-expert.csv",
        "flickr8k-crowd.csv",
        "pacs-cartoon.parquet",
    )
    assert "not there: pacs-cartoon.parquet" in found.table()


def test_undefined_figures_are_null_in_the_file(planted, report, tmp_path):
    whole, _ = report
    whole.save(tmp_path / "report.json")
    saved = json.loads((tmp_path / "report.json").read_text())
    assert saved["figures"]["pacs_photo"]["value"] == 1.0
    assert saved["figures"]["crowd_tau_b"]["rivals"] is None
    nothing = type(whole.figures["pacs_photo"])(float("nan"), float("nan"), 1.0, 3)
    type(whole)("x", 0, None, 0.2, {"crowd_tau_b": nothing}).save(tmp_path / "nan.json")
    text = (tmp_path / "nan.json").read_text()
    assert "NaN" not in text and json.loads(text)["figures"]["crowd_tau_b"]["low"] is None


def test_the_command_measures_any_backbone(planted, tmp_path, capsys):
    name = f"local-dir:{write_backbone(tmp_path / 'tiny', 'vit')}"
    target = tmp_path / "figures.json"
    given = ["evaluate-backbone", "--backbone", name, "--data", str(planted[0]), "--limit", "8"]
    assert main([*given, "--device", "cpu", "--json", str(target)]) == 0
    said = capsys.readouterr().out
    saved = json.loads(target.read_text())
    assert list(saved["figures"]) == list(FIGURE_NAMES)
    for key, figure in saved["figures"].items():
        line = next(line for line in said.splitlines() if line.startswith(FIGURE_NAMES[key]))
        assert f" {figure['value']:6.3f}  {figure['low']:.3f} to {figure['high']:.3f}" in line
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert main([*given, "--parts", "film"]) == 2
    assert "choose of flickr, tiny-imagenet, pacs, scenes" in capsys.readouterr().err


def test_errors_say_what_came(planted, tmp_path):
    folder, engine = planted
    with pytest.raises(DataError, match="is no folder"):
        evaluate_backbone(engine, tmp_path / "none")
    with pytest.raises(DataError, match="limit is 1"):
        evaluate_backbone(engine, folder, limit=1)
