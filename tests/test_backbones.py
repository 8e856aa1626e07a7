"""The list of backbones: what is installed, and a table that agrees with open_clip."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import open_clip
import pytest
import torch

from vacsr_core import backbones
from vacsr_core.backbones import available_backbones, find_hub_weights, hub_cache_folder


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_embedded_comes_first_and_nothing_else_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(backbones, "EMBEDDED_FOLDER", tmp_path)
    infos = available_backbones()
    assert infos[0].name == "embedded" and infos[0].download_bytes is None
    assert not any(info.is_installed for info in infos)
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"x")
    assert [info.name for info in available_backbones() if info.is_installed] == ["embedded"]
    costs = [info.download_bytes for info in infos[1:]]
    assert all(cost > 100e6 for cost in costs)


def test_a_finished_download_counts_and_a_started_one_does_not(hub):
    folder = hub / "models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K"
    (folder / "blobs").mkdir(parents=True)
    (folder / "blobs" / "123.incomplete").write_bytes(b"x")

    def installed():
        infos = {info.name: info.is_installed for info in available_backbones()}
        return infos["ViT-B-32:laion2b_s34b_b79k"]

    assert not installed()
    (folder / "snapshots" / "abc").mkdir(parents=True)
    assert not installed()
    (folder / "snapshots" / "abc" / "model.safetensors").write_bytes(b"x")  # not open_clip's
    assert not installed()
    (folder / "snapshots" / "abc" / "open_clip_model.safetensors").write_bytes(b"x")
    assert installed()


def test_main_wins_over_other_snapshots(hub):
    folder = hub / "models--org--name"
    for commit in ("old", "new"):
        (folder / "snapshots" / commit).mkdir(parents=True)
        (folder / "snapshots" / commit / "special.bin").write_bytes(b"x")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("old\n")
    assert find_hub_weights("org/name", "special.bin").parent.name == "old"
    assert find_hub_weights("org/name") is None


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    assert hub_cache_folder() == tmp_path / "hub"
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    assert hub_cache_folder() == tmp_path / "home" / "hub"


@pytest.mark.parametrize("name", backbones._CHOICES)
def test_the_table_agrees_with_open_clip(name):
    choice = backbones._CHOICES[name]
    architecture, _, tag = name.partition(":")
    config = open_clip.get_pretrained_cfg(architecture, tag)
    assert config["hf_hub"] == f"{choice.hub_repository}/"
    with torch.device("meta"):
        model = open_clip.create_model(architecture, device="meta")
    assert sum(weight.numel() for weight in model.parameters()) == choice.parameters


@pytest.mark.parametrize("is_there", [True, False])
def test_a_missing_package_is_named(monkeypatch, is_there):
    monkeypatch.setattr(
        backbones.importlib.util, "find_spec", lambda name: object() if is_there else None
    )
    needing = [info.name for info in available_backbones() if "pip install" in info.description]
    assert needing == ([] if is_there else ["ViT-B-16-SigLIP2:webli"])


def test_listing_needs_neither_torch_nor_open_clip():
    code = (
        "import sys; from vacsr_core.backbones import available_backbones; available_backbones();"
        "sys.exit(any(name in sys.modules for name in ('torch', 'open_clip', 'numpy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent.parent)
    assert done.returncode == 0
