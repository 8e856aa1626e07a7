"""The command line: fits on a folder of pictures, measures, explains errors."""

import csv
import json

import numpy as np
import pytest

from vacsr_core import Adapters, scenes
from vacsr_core.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of sixteen drawn pictures with a captions.csv, as a user would have it."""
    path = tmp_path_factory.mktemp("pictures")
    drawn = scenes.sample(16, seed=4, levels=("exact", "partial"))
    for index, scene in enumerate(drawn.scenes):
        scenes.draw(scene, 64).save(path / f"{index}.png")
    with open(path / "captions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption"])
        for row, caption in zip(drawn.caption_image, drawn.captions, strict=True):
            writer.writerow([f"{row}.png", caption.text])
    return path


def test_fit_on_a_folder_writes_adapters(folder, tmp_path, capsys):
    assert main(["fit", "--data", str(folder), "--out", str(tmp_path), "--device", "cpu"]) == 0
    adapters = Adapters.load(tmp_path)
    assert adapters.is_fitted
    assert adapters.fitted_on == f"16 images of {folder.name} with 32 captions, seed 0"
    said = json.loads(capsys.readouterr().out)
    assert said["how"] == "full" and 0 < said["validation"]["prevalence"] <= 0.5


def test_fit_joins_sources_and_takes_only_held_out_rows(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("vacsr_core.engine.SCENES_TO_FIT", 12)
    monkeypatch.setattr(
        "vacsr_core.hold_out.captioned_hold_out", lambda ids: np.arange(len(ids)) < 9
    )
    given = ["--rows", "held-out", "--how", "auto", "--name", "pictures", "--device", "cpu"]
    given = ["fit", "--data", "scenes", str(folder), "--out", str(tmp_path), *given]
    assert main(given) == 0
    adapters = Adapters.load(tmp_path)
    assert adapters.fitted_on == (
        "12 drawn scenes with 60 captions and 9 pictures held out of the backbone's training with "
        "18 captions, seed 0"
    )
    said = json.loads(capsys.readouterr().out)
    assert said["how"] == "conservative" and said["why"] == "9 own labelled images; 200 are needed"


def test_switches_of_the_ablation_reach_the_fit(folder, tmp_path, capsys):
    given = ["fit", "--data", str(folder), "--out", str(tmp_path), "--device", "cpu"]
    switches = ["--kl-weight", "0", "--sigma-weight", "0.5", "--no-squash", "--components", "4"]
    switches += ["--hard-negatives", "3", "--no-same-image-mask", "--members", "2", "--epochs", "2"]
    switches += ["--no-shrink"]
    assert main([*given, *switches, "--negative-sigma-weight", "0.25"]) == 0
    adapters = Adapters.load(tmp_path)
    config = adapters.history["config"]
    wanted = {"kl_weight": 0.0, "sigma_weight": 0.5, "negative_sigma_weight": 0.25,
              "is_squashed": False, "components": 4, "hard_negatives": 3, "epochs": 2,
              "is_shrunk": False, "mask_same_image": False, "members": 2,
              "is_deterministic": False}  # fmt: skip
    assert {name: config[name] for name in wanted} == wanted
    assert len(adapters.members) == 2 and adapters.vacsr.components == 4
    assert main([*given, "--deterministic", "--epochs", "1"]) == 0
    config = Adapters.load(tmp_path).history["config"]
    assert (config["is_deterministic"], config["is_squashed"], config["components"]) == (
        True,
        True,
        2,
    )
    assert main([*given, "--how", "conservative", "--hard-negatives", "2"]) == 2
    assert "hard_negatives: of a full fit only" in capsys.readouterr().err
    assert main([*given, "--components", "0"]) == 2
    assert "components is 0; wanted is at least 1" in capsys.readouterr().err


def test_evaluate_prints_and_writes_the_same_figures(tmp_path, capsys):
    target = tmp_path / "figures.json"
    given = ["evaluate", "--scenes", "12", "--seeds", "0", "1", "--device", "cpu"]
    assert main([*given, "--json", str(target)]) == 0
    rows = json.loads(target.read_text())["figures"]
    (mean,) = [row for row in rows if row["measure"] == "spearman_mean"]
    assert mean["seeds"] == [0, 1] and 0 < mean["value"] < 1
    printed = capsys.readouterr().out
    assert f"spearman_mean                {mean['value']:.3f} ± {mean['spread']:.3f}" in printed
    (recall,) = [row for row in rows if row["measure"] == "R@10" and row["direction"][0] == "c"]
    assert recall["table"] == "retrieval" and recall["count"] == 36 and recall["value"] > 0.9


def test_errors_are_a_sentence_and_a_status(tmp_path, capsys):
    assert main(["fit", "--data", str(tmp_path / "none"), "--out", str(tmp_path)]) == 2
    assert main(["evaluate", "--adapters", str(tmp_path / "none")]) == 2
    said = capsys.readouterr().err
    assert "error: " in said and "Traceback" not in said


def test_every_command_has_help(capsys):
    commands = ("fit", "evaluate", "evaluate-backbone", "bench")
    for command in (*commands, "train-backbone", "demo"):
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        assert command in capsys.readouterr().out
