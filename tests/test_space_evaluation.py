"""evaluate-space from features to tables, resumed where it stopped, and its errors as sentences."""

import json

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core.cli import main
from vacsr_core.errors import CancelledError
from vacsr_core.evaluation import space_run
from vacsr_core.evaluation.data_set import DataSet
from vacsr_core.evaluation.plan import halves
from vacsr_core.evaluation.space_measures import SpaceMeasure
from vacsr_core.evaluation.space_run import CLEAN, Case, read_rows, run_space
from vacsr_core.evaluation.space_tables import space_tables
from vacsr_core.metrics.rouge import rouge_l
from vacsr_core.space import CommonSpace, SpaceConfig

WORDS = ("dog", "cat", "boy", "runs", "sits", "on", "grass", "a", "red", "ball")


@pytest.fixture(scope="module")
def data():
    """40 images with an exact and a generic caption each, and one caption of no image."""
    images, captions, owner = planted_pairs(40)
    generator = np.random.default_rng(0)
    texts = tuple(" ".join(generator.choice(WORDS, 5)) for _ in owner)
    owner = owner.copy()
    owner[7] = -1
    names = tuple(f"image {row}" for row in range(40))
    return DataSet("planted", images, captions, owner, names, texts=texts)


@pytest.fixture
def features(tmp_path):
    images, captions, owner = planted_pairs(40)
    path = tmp_path / "planted.npz"
    np.savez(path, image_features=images.vectors, text_features=captions.vectors,
             caption_image=owner)  # fmt: skip
    return path


def test_the_backbone_s_own_space_keeps_everything(data):
    found, hits = SpaceMeasure(data).measure(CommonSpace(data.images.dimension))
    for name in ("tau", "rho", "row rho", "kept"):
        for kind in ("image", "caption"):
            assert found[f"{name} {kind}"] == pytest.approx(1.0, abs=1e-6)
    owner = data.owner[data.owner >= 0]
    cosine = data.images.vectors @ data.captions.vectors[data.owner >= 0].T
    first = cosine.argmax(axis=0) == owner
    assert found["R@1 c→i"] == first.mean() and np.array_equal(hits.of_captions, first)
    assert hits.of_images.mean() == found["R@1 i→c"] and len(hits.of_images) == 40
    # Of each exact caption's image the other caption is generic and near to every generic one.
    assert found["R@1 c→c"] < 0.2
    gap = data.images.vectors.mean(axis=0) - data.captions.vectors.mean(axis=0)
    assert found["gap"] == pytest.approx(np.linalg.norm(gap), abs=1e-6)


def test_relevance_is_rouge_l_and_its_means_over_an_image_s_captions(data):
    measure = SpaceMeasure(data)
    texts, first = data.texts, len(measure.gallery_images)
    columns = measure.gallery_captions
    assert first == 40 and len(columns) == 79 and 7 not in columns
    between = rouge_l(texts)
    expected = between[np.ix_(columns, columns)]
    assert measure.relevance[first:, first:] == pytest.approx(expected, abs=1e-6)
    own = [np.flatnonzero(data.owner == row) for row in range(40)]
    assert measure.relevance[2, first] == pytest.approx(between[own[2], columns[0]].mean())
    assert measure.relevance[first, 2] == measure.relevance[2, first]
    assert measure.relevance[2, 5] == pytest.approx(between[np.ix_(own[2], own[5])].mean())


def test_ideal_relevance_gives_one_and_no_texts_no_figure(data):
    measure = SpaceMeasure(data)
    rows = np.concatenate([data.images.vectors, data.captions.vectors[measure.gallery_captions]])
    measure.relevance = (1 + rows @ rows.T).astype(np.float32)
    found = measure.measure(CommonSpace(data.images.dimension))[0]
    for kind in ("image", "caption", "mixed"):
        for k in (10, 20, 50):
            assert found[f"NDCG@{k} {kind}"] == pytest.approx(1.0, abs=1e-5)
    silent = DataSet("silent", data.images, data.captions, data.owner, data.image_ids)
    assert not any("NDCG" in name for name in SpaceMeasure(silent).measure(CommonSpace(24))[0])


def test_fits_are_measured_kept_and_taken_up_again(data, tmp_path, monkeypatch):
    case = Case(halves(data, (0, 1)), {"worse": lambda part, seed: part})
    config = SpaceConfig(epochs=2, batch=32, hidden=8, learning_rate=3e-3)
    path, fits = tmp_path / "rows.json", []
    real = space_run.fit_space
    monkeypatch.setattr(space_run, "fit_space", lambda *of: fits.append(of) or real(*of))
    rows = run_space([case], config, (0.0, 1.0), path)
    assert len(rows) == 2 * (1 + 2 + 1 + 2) and len(fits) == 10
    again = run_space([case], config, (0.0, 1.0, 3.0), path)
    assert len(fits) == 12 and [row.weight for row in again[:4]] == [None, 0.0, 1.0, 3.0]
    assert {row.key: row for row in again}[rows[3].key] == rows[3]
    assert read_rows(path) == again

    def stop(*of):
        raise CancelledError("stopped")

    with monkeypatch.context() as broken, pytest.raises(CancelledError):
        broken.setattr(space_run, "fit_space", stop)
        run_space([case], config, (0.0, 7.0, 1.0, 3.0), path)
    assert {row.key for row in read_rows(path)} == {row.key for row in again}  # nothing is lost
    run_space([case], SpaceConfig(epochs=2, batch=16, hidden=8), (0.0,), path)
    assert len(fits) == 20  # other settings: nothing fits any more
    kept = rows[1]
    assert kept.unpacked().of_images.mean() == kept.figures["R@1 i→c"]
    assert rows[0].figures["tau image"] == 1.0 and kept.figures["tau image"] < 1.0
    same = [row.figures for row in rows if row.weight == 0.0 and row.seed == 0]
    assert same[0] == same[1]  # this condition changes nothing


def test_tables_hold_means_spreads_and_paired_intervals(data):
    case = Case(halves(data, (0, 1)))
    rows = run_space([case], SpaceConfig(epochs=0), (0.0, 1.0))
    structure, retrieval, difference = space_tables(rows, case.plan)
    assert [row[0] for row in structure.rows] == [
        "backbone",
        "weight 0",
        "weight 1",
        "weight 1, the paper's losses",
    ]
    assert structure.rows[1][1] == "1.000 ± 0.000"
    recall = [100 * row.figures["R@1 c→i"] for row in rows if row.weight == 0.0]
    expected = f"{np.mean(recall):.1f} ± {np.std(recall, ddof=1):.1f}"
    assert retrieval.rows[2][-1] == retrieval.rows[3][-1] == expected
    assert difference.rows[0][:3] == ("weight 1", "+0.0 [+0.0, +0.0]", "+0.0 [+0.0, +0.0]")
    assert rows[0].condition == CLEAN


def test_the_command_writes_its_tables(features, tmp_path, capsys):
    given = ["evaluate-space", "--features", str(features), "--weights", "0", "1", "--seeds", "0"]
    files = ["--json", str(tmp_path / "s.json"), "--markdown", str(tmp_path / "s.md")]
    assert main([*given, *files]) == 0
    text = (tmp_path / "s.md").read_text(encoding="utf-8")
    assert text.strip() == capsys.readouterr().out.strip()
    for said in ("## planted.npz: 40 images, 80 captions", "| weight 1 |", "half of the images",
                 "weight 0, caption noise 0.5", "difference to weight 0".capitalize()):  # fmt: skip
        assert said in text
    content = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert content["command"].startswith("python -m vacsr_core evaluate-space --features")
    assert len(content["rows"]) == 4 + 4


def problem(capsys, *given: str) -> str:
    assert main(["evaluate-space", *given]) == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_bad_input_is_a_sentence(data, features, tmp_path, capsys):
    assert "one of --suite, --data and --features" in problem(capsys)
    assert "one of --suite" in problem(capsys, "--data", "x", "--features", str(features))
    assert "flickr8k-train.parquet is not there" in problem(capsys, "--suite", str(tmp_path))
    other = tmp_path / "other.json"
    other.write_text("{}")
    said = problem(capsys, "--features", str(features), "--json", str(other))
    assert "is no file of the command evaluate-space" in said
    said = problem(capsys, "--features", str(features), "--weights", "-1", "--seeds", "0")
    assert "distillation is -1.0; a weight is 0 or more" in said
    with pytest.raises(ValueError, match="2 images and 4 captions have no structure"):
        SpaceMeasure(data.take(np.arange(2)))
