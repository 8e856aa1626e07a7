"""The command `evaluate` from files to reports, and its errors as sentences."""

import json

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core import Adapters
from vacsr_core.cli import main
from vacsr_core.evaluation.report import Report


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    """Planted features of 48 images, two captions each."""
    images, captions, owner = planted_pairs(48)
    path = tmp_path_factory.mktemp("features") / "planted.npz"
    np.savez(path, image_features=images.vectors, text_features=captions.vectors,
             caption_image=owner)  # fmt: skip
    return path


def test_halves_of_ready_features_with_rivals_and_ours(features, tmp_path, capsys):
    given = ["evaluate", "--features", str(features), "--seeds", "0", "--contenders", "PAU"]
    given += ["VACSR", "VACSR, cosine's ranking kept"]
    written = ["--json", "r.json", "--markdown", "r.md", "--html", "r.html"]
    written = [str(tmp_path / name) if "." in name else name for name in written]
    assert main([*given, *written, "--checkpoint", str(tmp_path / "kept")]) == 0
    assert "| cosine" not in capsys.readouterr().out  # it is in the files
    report = Report.from_json((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report.command.startswith("python -m vacsr_core evaluate --features")
    (data,) = report.data_sets
    assert data == "planted.npz: 48 images, 96 captions"
    names = {row.contender: row.kind for row in report.chosen}
    assert next(iter(names)) == "cosine" and names["PAU"] == "rival" and names["VACSR"] == "ours"
    assert {"VACSR, mean only", "VACSR, cosine's ranking kept"} <= set(names)
    recall = {"measure": "R@1", "table": "retrieval", "direction": "caption to image"}
    cosine = report.value("cosine", **recall)
    # Exact captions say which image, generic ones fit them all.
    assert 0.4 < cosine < 0.7
    assert report.value("VACSR, cosine's ranking kept", **recall) == cosine
    assert report.find(measure="R@1")[0].count == 24
    assert {"doubt", "calibration", "cost", "difference to cosine"} <= {
        figure.table for figure in report.figures
    }
    assert (tmp_path / "r.html").stat().st_size < 300_000 and (tmp_path / "r.md").is_file()
    assert len(list((tmp_path / "kept").glob("*.npz"))) == len(names) - 1


def test_markdown_is_printed_where_no_file_is_named(features, capsys):
    assert main(["evaluate", "--features", str(features), "--contenders", "cosine"]) == 0
    printed = capsys.readouterr().out
    assert "| cosine |" in printed and "Seeds 0, 1, 2." in printed and "VACSR |" not in printed


def problem(capsys, *given: str) -> str:
    assert main(["evaluate", *given]) == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_bad_input_is_a_sentence(features, tmp_path, capsys):
    ready = ["--features", str(features)]
    assert "no stored adapters" in problem(capsys, *ready, "--fit", "none")
    Adapters.unfitted(7, "ViT-B-32").save(tmp_path / "other")
    said = problem(capsys, *ready, "--fit", "none", "--adapters", str(tmp_path / "other"))
    assert "adapters are for 7 columns of ViT-B-32; these are features of 24 columns" in said
    assert "shares above 0 and below 1" in problem(capsys, *ready, "--noise", "1.5")
    assert "ends in .html" in problem(capsys, *ready, "--html", str(tmp_path / "r.txt"))
    assert "Unknown contender 'x'" in problem(capsys, *ready, "--contenders", "x")
    assert "--fit-features" in problem(capsys, *ready, "--fit", "scenes")
    assert "is not there" in problem(capsys, "--data", str(tmp_path / "no.parquet"))
    assert "flickr8k-train.parquet is not there" in problem(capsys, "--suite", str(tmp_path))
    said = problem(capsys, *ready, "--judgements", str(tmp_path / "no.csv"))
    assert "no.csv is not there" in said
    assert "COCO's 5,000 test images" in problem(capsys, *ready, "--ground-truth", "eccv")


def test_a_checkpoint_of_another_model_is_refused_and_kept(features, tmp_path, capsys):
    kept = tmp_path / "evaluation.json"
    kept.write_text(json.dumps({"features": "512 columns of ViT-B-32"}))
    given = ["--features", str(features), "--checkpoint", str(tmp_path)]
    said = problem(capsys, *given)
    assert "keeps an evaluation of 512 columns of ViT-B-32; these are 24 columns" in said
    assert json.loads(kept.read_text()) == {"features": "512 columns of ViT-B-32"}
