"""Samples of what was trained on and what was held out, and the commands that use them."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from gauges import scenes_gauge
from vacsr_core import (
    Engine,
    class_names,
    stored_adapters,
)
from vacsr_core.cli import main
from vacsr_core.errors import DataError, NotFittedError
from vacsr_core.familiarity import Familiarity, building, evaluation, training_items
from vacsr_core.hold_out import captioned_hold_out, held_out_rows, image_key

SHARED = Path(os.environ.get("VACSR_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")


def picture(number: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (16, 16), (number % 256, number // 256, 90)).save(written, "PNG")
    return written.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("data")
    images = [picture(number) for number in range(1_300)]
    captioned = {
        "image_id": [f"{number}.jpg" for number in range(1_300)],
        "image": images,
        "captions": [[f"caption {n} of {number}" for n in range(5)] for number in range(1_300)],
    }
    parquet.write_table(arrow.table(captioned), made / "flickr8k-train.parquet")
    wnids = list(class_names.TINY_IMAGENET)
    labelled = {"image": images[:300], "wnid": [wnids[n % len(wnids)] for n in range(300)]}
    parquet.write_table(arrow.table(labelled), made / "tiny-imagenet-200.parquet")
    cartoons = {"image": images[:60], "label": ["dog", "horse"] * 30}
    parquet.write_table(arrow.table(cartoons), made / "pacs-cartoon.parquet")
    return made


@pytest.fixture(scope="module")
def embedded() -> Engine:
    return Engine.load(device="cpu")


def test_captioned_photos_fall_on_the_side_that_training_put_them(folder):
    trained, held = training_items.read_source("captioned photos", folder, most=200)
    is_held = captioned_hold_out([f"{number}.jpg" for number in range(1_300)])
    number_of = {picture(number): number for number in range(1_300)}
    for side, wanted, count in ((trained, False, 200), (held, True, 100)):
        rows = [number_of[image] for image in side.images]
        assert len(set(rows)) == count and (is_held[rows] == wanted).all()
        owners = [int(text.rpartition(" ")[2]) for text in side.captions]
        assert owners == rows


@pytest.mark.parametrize(
    ("name", "templates", "held_templates"),
    [
        ("labelled pictures", class_names.TEMPLATES, class_names.EVALUATION_TEMPLATES),
        ("cartoons", class_names.CARTOON_TEMPLATES, class_names.CARTOON_EVALUATION_TEMPLATES),
    ],
)
def test_labelled_pictures_get_prompts_and_the_fixed_hold_out(
    name, templates, held_templates, folder
):
    trained, held = training_items.read_source(name, folder, most=10_000)
    count = {"labelled pictures": 300, "cartoons": 60}[name]
    images = [picture(number) for number in range(count)]
    is_held = held_out_rows([image_key(image) for image in images])
    assert set(trained.images) == {i for i, h in zip(images, is_held, strict=True) if not h}
    assert set(held.images) == {i for i, h in zip(images, is_held, strict=True) if h}
    words = class_names.TINY_IMAGENET | class_names.PACS
    for side, sentences in ((trained, templates), (held, held_templates)):
        possible = {
            class_names.fill(sentence, word)
            for names, _ in words.values()
            for word in names
            for sentence in sentences
        }
        assert len(side.captions) == len(side.images) and set(side.captions) <= possible


def test_scenes_of_the_two_sides_differ_and_a_seed_gives_the_same(folder):
    trained, held = training_items.read_source("drawn scenes", folder, most=8, seed=3)
    again, _ = training_items.read_source("drawn scenes", folder, most=8, seed=3)
    assert (len(trained.images), len(held.images)) == (8, 4)
    assert all(
        np.array_equal(np.asarray(a), np.asarray(b))
        for a, b in zip(trained.images, again.images, strict=True)
    )
    assert not np.array_equal(np.asarray(trained.images[0]), np.asarray(held.images[0]))


def test_what_is_not_there_is_explained(folder):
    with pytest.raises(DataError, match=r"pacs-photo\.parquet is not there"):
        training_items.read_source("labelled photos", folder)
    with pytest.raises(DataError, match="no source 'x-rays'"):
        training_items.read_source("x-rays", folder)
    with pytest.raises(DataError, match="wanted 'wnid' among them"):
        training_items.read_columns(folder / "pacs-cartoon.parquet", "wnid")


@pytest.mark.slow
def test_the_commands_build_a_gauge_and_measure_it(folder, tmp_path, monkeypatch, capsys, embedded):
    monkeypatch.setattr(evaluation, "_inside", lambda name: inside_scenes())
    monkeypatch.setattr(stored_adapters, "EMBEDDED_FOLDER", tmp_path)
    monkeypatch.setattr(building, "_CHOOSING_COUNT", 20)
    sources = ["--only", "drawn scenes", "labelled photos", "--leave-out", "labelled photos"]
    where = ["--data", str(folder), "--out", str(tmp_path)]
    build = ["build-familiarity", *where, *sources, "--most", "200"]
    assert main(build) == 0
    made = Familiarity.load(tmp_path / "familiarity")
    assert made.images.sources == ("drawn scenes",)
    assert made.backbone_id == embedded.backbone.backbone_id
    assert made.record["image"]["items"]["drawn scenes"] == {"training": 200, "held out": 100}
    assert "0.01" in capsys.readouterr().out
    figures = tmp_path / "figures.json"
    measure = ["evaluate-familiarity", "--data", str(folder), "--inside", "scenes", "--left-out",
               "pacs-cartoon.parquet", "--count", "5", "--seeds", "4", "5",
               "--json", str(figures)]  # fmt: skip
    assert main(measure) == 0
    rows = json.loads(figures.read_text())
    noise = [row for row in rows if row["kind"] == "uniform noise"]
    assert [row["seed"] for row in noise] == [4, 5] and all(r["is_choosing"] for r in noise)
    assert min(row["auroc"] for row in noise) > 0.9
    cartoons = [row for row in rows if row["kind"] == "pacs-cartoon"]
    assert [(row["modality"], row["count"]) for row in cartoons] == [("image", 60)]
    assert [r["count"] for r in rows if r["kind"] == "negatives of the inside"] == [30]
    inside = [row for row in rows if row["kind"] == "inside"]
    assert [row["auroc"] for row in inside] == [None, None]
    said = capsys.readouterr().out
    assert "seeds [4, 5]" in said and "uniform noise *" in said and "called outside" in said


def inside_scenes():
    sample = training_items.read_source("drawn scenes", Path(), most=30, seed=9)[0]
    return sample.images, sample.captions


def test_a_gauge_of_other_weights_is_left_out(embedded, tmp_path, monkeypatch, caplog):
    gauge = scenes_gauge(embedded)
    monkeypatch.setattr(stored_adapters, "EMBEDDED_FOLDER", tmp_path)
    assert Engine(embedded.backbone).familiarity is None
    gauge.save(tmp_path / "familiarity")
    assert Engine(embedded.backbone).familiarity.backbone_id == embedded.backbone.backbone_id
    Familiarity(gauge.images, gauge.captions, "embedded@00000000").save(tmp_path / "familiarity")
    assert Engine(embedded.backbone).familiarity is None
    assert "build-familiarity" in caplog.text


def test_without_a_gauge_nothing_is_claimed(embedded, tmp_path, monkeypatch):
    monkeypatch.setattr(stored_adapters, "EMBEDDED_FOLDER", tmp_path)
    bare = Engine(embedded.backbone)
    images = embedded.encode_images([picture(3)], tokens=False)
    assert bare.familiarity_of_images(images) is None
    assert bare.familiarity_of_captions(embedded.encode_captions(["a"]), ["a"]) is None
    with pytest.raises(NotFittedError, match="build-familiarity"):
        evaluation.evaluate_familiarity(bare, "scenes")


def test_the_shipped_gauge_belongs_to_the_shipped_weights(embedded):
    assert embedded.familiarity is not None
    folder = Path(__file__).parents[1] / "assets" / "backbones" / "embedded" / "familiarity"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 1_500_000
    rows = inside_scenes()  # scenes belong to what it was trained on
    reading = embedded.familiarity_of_captions(
        embedded.encode_captions(rows[1], tokens=False), rows[1]
    )
    assert reading.is_outside.mean() < 0.1 and not any(reading.unknown_words)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} holds the photographs and is not here")
def test_the_shared_folder_has_every_source():
    for name in training_items.SOURCES:
        trained, held = training_items.read_source(name, SHARED, most=20)
        assert len(trained.images) == 20 and len(held.images) == 10
        keys = {image_key(i) if isinstance(i, bytes) else i.tobytes() for i in trained.images}
        assert not keys & {image_key(i) if isinstance(i, bytes) else i.tobytes()
                           for i in held.images}  # fmt: skip
