"""load_backbone: names, files, devices, and errors that say what to do."""

from __future__ import annotations

import json
import shutil

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from tiny_backbones import MODEL_CONFIGS, write_backbone
from vacsr_core.encode import choose_device, encode_images, load_backbone, source
from vacsr_core.errors import BackboneError, CancelledError

PICTURE = Image.effect_mandelbrot((40, 40), (-2, -1.5, 1, 1.5), 30).convert("RGB")


@pytest.fixture
def folder(tmp_path):
    return write_backbone(tmp_path / "tiny", "vit")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty Hugging Face cache on a computer that must not use the network."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "hub"


def put_into_hub(hub, folder, repository):
    snapshot = hub / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"
    shutil.copytree(folder, snapshot)
    (snapshot.parent.parent / "refs").mkdir()
    (snapshot.parent.parent / "refs" / "main").write_text("abc")
    return snapshot


def message(name, **kwargs) -> str:
    with pytest.raises(BackboneError) as caught:
        load_backbone(name, **kwargs)
    return str(caught.value)


def test_a_local_folder_and_its_content_hash(folder, tmp_path):
    one = load_backbone(f"local-dir:{folder}", device="cpu")
    assert one.backbone_id.startswith("local-dir:tiny@") and one.device == "cpu"
    assert (one.dimension, one.context_length) == (24, 16)
    elsewhere = shutil.copytree(folder, tmp_path / "sub" / "tiny")
    assert load_backbone(f"local-dir:{elsewhere}").backbone_id == one.backbone_id
    config = json.loads((elsewhere / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["mean"] = [0.1, 0.1, 0.1]  # same weights, other features
    (elsewhere / "open_clip_config.json").write_text(json.dumps(config))
    changed = load_backbone(f"local-dir:{elsewhere}").backbone_id
    write_backbone(elsewhere, "vit", seed=5)
    assert len({one.backbone_id, changed, load_backbone(f"local-dir:{elsewhere}").backbone_id}) == 3


def test_the_embedded_backbone_is_a_folder_of_the_project(folder, monkeypatch):
    monkeypatch.setattr(source, "EMBEDDED_FOLDER", folder)
    backbone = load_backbone()
    assert backbone.name == "embedded"
    assert backbone.backbone_id == f"embedded@{backbone.backbone_id[-8:]}"


def test_half_precision_weights_become_a_full_precision_model(folder, tmp_path):
    half_folder = write_backbone(tmp_path / "half", "vit", dtype=torch.float16)
    half = encode_images(load_backbone(f"local-dir:{half_folder}", device="cpu"), [PICTURE])
    full = encode_images(load_backbone(f"local-dir:{folder}", device="cpu"), [PICTURE])
    assert half.vectors.dtype == np.float32
    np.testing.assert_allclose(half.vectors, full.vectors, atol=2e-3)
    assert not np.array_equal(half.vectors, full.vectors)


def test_progress_goes_from_zero_to_one_and_can_cancel(folder):
    reports = []
    load_backbone(f"local-dir:{folder}", progress=lambda *report: reports.append(report))
    assert [fraction for fraction, _ in reports] == [0.0, 0.9, 1.0]

    def cancel(fraction, text):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        load_backbone(f"local-dir:{folder}", progress=cancel)


def test_broken_folders(folder, tmp_path):
    assert "there is no folder" in message(f"local-dir:{tmp_path / 'nowhere'}")
    weights = folder / "open_clip_model.safetensors"
    weights.rename(tmp_path / "kept")
    text = message(f"local-dir:{folder}")
    assert "holds no weights" in text and "open_clip_config.json and the weights" in text
    weights.write_bytes(b"rubbish")
    assert "cannot be built from" in message(f"local-dir:{folder}")
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": MODEL_CONFIGS["resnet"]})
    )
    (tmp_path / "kept").rename(weights)
    assert "must belong together" in message(f"local-dir:{folder}")
    (folder / "open_clip_config.json").write_text("{")
    assert "cannot be read as JSON" in message(f"local-dir:{folder}")
    (folder / "open_clip_config.json").write_text("{}")
    assert "no entry 'model_cfg'" in message(f"local-dir:{folder}")
    (folder / "open_clip_config.json").unlink()
    assert "holds no open_clip_config.json" in message(f"local-dir:{folder}")


def test_unknown_names_come_with_suggestions():
    assert "ViT-B-32:openai" in message("ViT-B-32")
    assert "Did you mean ViT-B-32:openai" in message("ViT-B-32:opnai")
    assert "coca_ViT-B-32" in message("coca_ViT-B32:laion2b_s13b_b90k")
    assert "There is no backbone 'nonsense'" in message("nonsense")
    assert "wanted hf-hub:ORG/REPO" in message("hf-hub:one-part")


@pytest.mark.parametrize("name", ["ViT-B-32:openai", "hf-hub:org/model"])
def test_weights_that_cannot_be_had_name_the_cache_and_two_ways_out(hub, name):
    text = message(name)
    assert f"'{name}'" in text and str(hub / "models--") in text
    assert "HF_HUB_OFFLINE is set" in text
    assert "connect to the internet once" in text and "load local-dir:PATH" in text


def test_a_downloaded_hub_repository_loads_without_network(hub, folder):
    put_into_hub(hub, folder, "org/model")
    backbone = load_backbone("hf-hub:org/model", device="cpu")
    assert backbone.backbone_id == "hf-hub:org/model"
    local = load_backbone(f"local-dir:{folder}", device="cpu")
    expected = encode_images(local, [PICTURE]).vectors
    np.testing.assert_array_equal(encode_images(backbone, [PICTURE]).vectors, expected)


def test_another_librarys_weights_in_the_cache_do_not_count(hub, folder):
    snapshot = put_into_hub(hub, folder, "org/model")
    (snapshot / "open_clip_model.safetensors").rename(snapshot / "model.safetensors")
    assert "not on this computer" in message("hf-hub:org/model")


@pytest.fixture
def tiny_tag(hub, folder, tmp_path, monkeypatch):
    """open_clip knows "Tiny:random", published with its own preprocessing and QuickGELU."""
    (tmp_path / "Tiny.json").write_text(json.dumps(MODEL_CONFIGS["vit"]))
    open_clip.add_model_config(tmp_path / "Tiny.json")
    tag = {"hf_hub": "org/tiny/", "quick_gelu": True, "mean": (0.1,) * 3, "std": (0.5,) * 3}
    real = open_clip.get_pretrained_cfg
    monkeypatch.setattr(
        open_clip,
        "get_pretrained_cfg",
        lambda *key: tag if key == ("Tiny", "random") else real(*key),
    )
    return tag


def test_a_named_set_of_weights_brings_its_preprocessing_and_activation(hub, folder, tiny_tag):
    put_into_hub(hub, folder, "org/tiny")
    backbone = load_backbone("Tiny:random", device="cpu")
    assert backbone.backbone_id == "Tiny:random"
    pixel = np.asarray(backbone.preprocess(Image.new("RGB", (32, 32), (255, 255, 255))))
    np.testing.assert_allclose(pixel, (1 - 0.1) / 0.5, rtol=1e-6)
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["quick_gelu"] = True
    config["preprocess_cfg"] = {"mean": tiny_tag["mean"], "std": tiny_tag["std"]}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    expected = encode_images(load_backbone(f"local-dir:{folder}", device="cpu"), [PICTURE])
    ours = encode_images(backbone, [PICTURE])
    np.testing.assert_allclose(ours.vectors, expected.vectors, atol=1e-5)


def test_a_missing_set_of_weights_is_downloaded_by_open_clip(hub, folder, tiny_tag, monkeypatch):
    monkeypatch.setattr(source, "no_network_reason", lambda: None)
    monkeypatch.setattr(source, "_remote_bytes", lambda repository, file_name: 1000)

    def download(config):
        assert config is tiny_tag
        return str(put_into_hub(hub, folder, "org/tiny") / "open_clip_model.safetensors")

    monkeypatch.setattr(open_clip, "download_pretrained", download)
    reports = []
    backbone = load_backbone("Tiny:random", progress=lambda *report: reports.append(report))
    assert backbone.dimension == 24
    assert any(text.startswith("Downloading Tiny:random") for _, text in reports)

    def failing(config):
        raise OSError("disk full")

    shutil.rmtree(hub)
    monkeypatch.setattr(open_clip, "download_pretrained", failing)
    assert "downloading failed: disk full" in message("Tiny:random")


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == "cpu"
    with pytest.raises(BackboneError, match=r"Device 'cuda' is not available.*'auto', 'cpu'"):
        choose_device("cuda")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto") == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == "cuda" and choose_device("cuda:1") == "cuda:1"
    with pytest.raises(BackboneError, match="'tpu'"):
        choose_device("tpu")


def test_leaving_out_the_random_start_leaves_nothing_unset(folder):
    """Two loads agree to the bit with open_clip's own, which draws random numbers first."""
    reference = open_clip.create_model(f"local-dir:{folder}", require_pretrained=True)
    built = source.find_source(f"local-dir:{folder}")
    from vacsr_core.encode.loading import _build_model

    ours = _build_model(built, "cpu")
    for name, value in reference.state_dict(keep_vars=True).items():
        torch.testing.assert_close(ours.state_dict()[name], value.detach(), rtol=0, atol=0)
    for name, value in reference.named_buffers():
        torch.testing.assert_close(dict(ours.named_buffers())[name], value, rtol=0, atol=0)
    assert not ours.training and not any(p.requires_grad for p in ours.parameters())
