"""Training the backbone: the hold-out holds; a run learns, resumes, and its folder loads."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from vacsr_core import scenes
from vacsr_core.cli import main
from vacsr_core.encode import encode_captions, encode_images, load_backbone
from vacsr_core.encode.untrained import open_clip_tokenizer
from vacsr_core.errors import CancelledError, DataError
from vacsr_core.hold_out import captioned_hold_out, held_out_rows, image_key
from vacsr_core.pretrain import (
    BackboneConfig,
    config,
    domains,
    read_domains,
    sources,
    train_backbone,
    watch,
)

SCENES_ONLY = BackboneConfig(
    trunk="tiny",
    domains=("scenes",),
    scenes=48,
    epochs=3,
    steps=2,
    scene_images=24,
    pixels=32,
    first_pixels=32,
)
CAPTIONED = 1_012  # all but 12 of them are held out
LETTERS = "bcdefghjklmnopqrstuvwxyz"  # more words than are counted as too common to ask for
WEIGHTS = "open_clip_model.safetensors"


@pytest.fixture(autouse=True)
def tiny_model(monkeypatch):
    trunk = {"patch_size": 16, "width": 32, "layers": 1, "head_width": 16}
    text = {"context_length": 64, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    monkeypatch.setitem(config.TRUNKS, "tiny", trunk)
    monkeypatch.setitem(config.TRUNKS, "tiny_convolutions", config._timm("test_resnet"))
    monkeypatch.setattr(config, "EMBED_COLUMNS", 16)
    monkeypatch.setattr(domains, "WATCHED_SCENES", 16)
    for name, value in text.items():
        monkeypatch.setitem(config.TEXT, name, value)


def _picture(number: int) -> bytes:
    """A flat picture whose colour spells its number, so that it is known again after decoding."""
    written = io.BytesIO()
    colour = (number % 250, number // 250 * 20, 128)
    Image.new("RGB", (8, 8), colour).save(written, "PNG")
    return written.getvalue()


def _numbers(pixels: torch.Tensor) -> set[int]:
    first, second = pixels[:, 0, 0, 0].long(), pixels[:, 1, 0, 0].long()
    return set((first + second // 20 * 250).tolist())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data")
    for name, count in ((sources.CAPTIONED, CAPTIONED), (sources.VALIDATION, 12)):
        numbers = range(count)
        table = {
            "image_id": [f"{number}.jpg" for number in numbers],
            "image": [_picture(number) for number in numbers],
            "captions": [
                [f"a dog number {n}", f"{' '.join(LETTERS)} {LETTERS[n % 23]}"] for n in numbers
            ],
        }
        pandas.DataFrame(table).to_parquet(path / name)
    for name, column, labels in (
        ("tiny-imagenet-200.parquet", "wnid", ["n01443537", "n02099601"]),
        ("pacs-photo.parquet", "label", ["dog", "house"]),
        ("pacs-cartoon.parquet", "label", ["dog", "house"]),
    ):
        pictures = [_picture(number) for number in range(300)]
        pandas.DataFrame({"image": pictures, column: labels * 150}).to_parquet(path / name)
    return path


def test_held_out_photos_are_never_read(folder):
    photos = sources.read_photos(folder / sources.CAPTIONED, open_clip_tokenizer(64), True)
    held_out = captioned_hold_out([f"{number}.jpg" for number in range(CAPTIONED)])
    assert len(photos.pixels) == 12
    assert _numbers(photos.pixels) == set(np.flatnonzero(~held_out).tolist())
    assert photos.ids.shape == (12, 5, 64)
    assert torch.equal(photos.ids[:, 0], photos.ids[:, 2])  # two captions stand for five
    assert not torch.equal(photos.ids[:, 0], photos.ids[:, 1])


def test_held_out_labelled_pictures_are_never_read(folder):
    learnt, watched = sources.read_pictures(folder, "labelled", 16)
    held_out = held_out_rows([image_key(_picture(number)) for number in range(300)])
    seen, seen_watched = _numbers(learnt.pixels), _numbers(watched.pixels)
    assert 30 < held_out.sum() < 90 and seen_watched and not seen & seen_watched
    assert seen | seen_watched == set(np.flatnonzero(~held_out).tolist())
    numbers = learnt.pixels[:, 0, 0, 0].long() + learnt.pixels[:, 1, 0, 0].long() // 20 * 250
    assert torch.equal(learnt.labels, numbers % 2)


def test_all_domains_make_one_run(folder, tmp_path, capsys):
    given = ["train-backbone", "--data", str(folder), "--out", str(tmp_path)]
    given += ["--trunk", "tiny_convolutions"]
    for name, value in (("scenes", 24), ("epochs", 2), ("steps", 2), ("pixels", 32)):
        given += [f"--{name}", str(value)]
    for name in ("photos", "labelled", "objects", "cartoons", "scene-images"):
        given += [f"--{name}", "8"]
    assert main([*given, "--first-pixels", "16", "--device", "cpu"]) == 0
    record = json.loads((tmp_path / "training.json").read_text())
    assert record["config"]["photos"] == 8 and len(record["epochs"]) == 2
    wanted = {"pairs", "captions", "words", "classes", "kinds"}
    assert set(record["epochs"][0]["train"]) == wanted
    watched = record["epochs"][0]["validation"]
    figures = [value for name, value in watched.items() if name != "loss"]
    assert len(figures) == 5 and all(0 <= value <= 1 for value in figures)
    assert watched["loss"] == pytest.approx(1 - np.mean(figures))
    assert load_backbone(f"local-dir:{tmp_path}", "cpu").dimension == 16


def test_a_domain_without_files_is_explained():
    with pytest.raises(DataError, match="photos are read from files"):
        read_domains(replace(SCENES_ONLY, domains=("photos",)), None)


def test_a_run_learns_and_gives_a_folder_that_loads(tmp_path):
    longer = replace(SCENES_ONLY, epochs=6, steps=4, learning_rate=3e-3, average=0.5)
    history = train_backbone(tmp_path, read_domains(longer, None), longer)
    losses = [row["train"]["pairs"] for row in history]
    assert losses[-1] < losses[0]
    backbone = load_backbone(f"local-dir:{tmp_path}", "cpu")
    images = encode_images(backbone, [scenes.draw(scenes.sample(1, 0).scenes[0], 64)])
    captions = encode_captions(backbone, ["a red boat", "a red boat zyzzyva"])
    assert images.vectors.shape == (1, 16) and images.grid == (2, 2)
    assert captions.vectors.shape == (2, 16) and captions.words[0] == ("a", "red", "boat")


def test_the_average_follows_the_live_weights(tmp_path):
    from vacsr_core.pretrain.task import BackboneTask

    given = replace(SCENES_ONLY, average=0.9, warm_up=1e-9)
    task = BackboneTask(given, read_domains(given, None))
    name = "text.text_projection"
    before = task.model["average"].state_dict()[name].clone()
    assert torch.equal(before, task.model["live"].state_dict()[name])
    task.step(0.999)  # 5.994 of 6 updates: the rate is 1 - 6.994 / 15.994
    live = task.model["live"].state_dict()[name]
    wanted = before + (1 - 6.994 / 15.994) * (live - before)
    assert not torch.equal(live, before)
    assert torch.allclose(task.model["average"].state_dict()[name], wanted, atol=1e-7)


def test_a_stopped_run_is_taken_up_again(tmp_path):
    read = read_domains(SCENES_ONLY, None)
    calls = iter(range(100))
    with pytest.raises(CancelledError):
        train_backbone(
            tmp_path / "a",
            read,
            SCENES_ONLY,
            should_stop=lambda: next(calls) == 3,
            checkpoint=tmp_path / "kept",
        )
    resumed = train_backbone(tmp_path / "a", read, SCENES_ONLY, checkpoint=tmp_path / "kept")
    whole = train_backbone(tmp_path / "b", read, SCENES_ONLY)
    assert len(resumed) == 3
    assert resumed[-1]["train"] == whole[-1]["train"]
    assert (tmp_path / "a" / WEIGHTS).read_bytes() == (tmp_path / "b" / WEIGHTS).read_bytes()


def test_a_run_begins_where_an_earlier_one_ended(tmp_path):
    from vacsr_core.pretrain.task import BackboneTask

    read = read_domains(SCENES_ONLY, None)
    train_backbone(tmp_path, read, SCENES_ONLY)
    fresh = BackboneTask(replace(SCENES_ONLY, start=str(tmp_path)), read)
    kept, begun = load_file(tmp_path / WEIGHTS), fresh.whole_model().state_dict()
    assert set(kept) == set(begun)
    assert all(torch.equal(kept[name].float(), begun[name].float()) for name in kept)
    with pytest.raises(DataError, match="No weights to begin with"):
        BackboneTask(replace(SCENES_ONLY, start=str(tmp_path), trunk="tiny_convolutions"), read)
    with pytest.raises(DataError, match="No weights to begin with"):
        BackboneTask(replace(SCENES_ONLY, start=str(tmp_path / "none")), read)


def test_the_epoch_is_chosen_by_figures_on_many_pictures():
    found, counts = {"photos": 0.2, "scenes": 0.6, "objects": 0.9}, {"photos": 1_000, "scenes": 500}
    assert watch._loss(found, counts | {"objects": 27}) == pytest.approx(1 - 0.4)
    assert watch._loss(found, counts | {"objects": 200}) == pytest.approx(1 - 1.7 / 3)
    few = dict.fromkeys(found, 5)
    assert watch._loss(found, few) == pytest.approx(1 - 1.7 / 3)
