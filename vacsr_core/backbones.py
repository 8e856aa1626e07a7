"""Which backbones there are, where their weights lie, and what having them would cost.

Reads folders only: no network, no torch, so that a page can list the choices at first paint.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

EMBEDDED = "embedded"
LOCAL_PREFIX = "local-dir:"
HUB_PREFIX = "hf-hub:"
CONFIG_NAME = "open_clip_config.json"
# The names open_clip looks for in a folder, the one it prefers first.
_FOLDER_WEIGHTS = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
    "model.safetensors",
    "pytorch_model.bin",
)
# What it asks a hub repository for. A repository may hold a "model.safetensors" besides, but
# that one is in another library's format.
HUB_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
EMBEDDED_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "backbones" / "embedded"


@dataclass(frozen=True)
class BackboneInfo:
    """One backbone as a list of choices shows it.

    Args:
        name: what `load_backbone` takes.
        is_installed: True where the weights are on this computer already.
        download_bytes: approximate size of the download; None where nothing is downloaded.
        parameters: approximate number of parameters of both towers; None where unknown.
        description: one plain sentence.
    """

    name: str
    is_installed: bool
    download_bytes: int | None
    parameters: int | None
    description: str


@dataclass(frozen=True)
class _Choice:
    hub_repository: str
    parameters: int
    description: str
    package: str = ""  # a Python package that its tokenizer needs besides


# Parameters are counted from open_clip's own configurations. The published weights hold four
# bytes for each, so the download is stated as four times the parameters: approximate on purpose.
_CHOICES = {
    "MobileCLIP2-S0:dfndr2b": _Choice(
        "timm/MobileCLIP2-S0-OpenCLIP", 74_835_073, "Small and quick; a good first step up."
    ),
    "RN50:openai": _Choice(
        "timm/resnet50_clip.openai", 102_007_137, "The original CLIP with a ResNet image tower."
    ),
    "ViT-B-32:openai": _Choice(
        "timm/vit_base_patch32_clip_224.openai",
        151_277_313,
        "The best-known CLIP; its adapter comes with the app.",
    ),
    "ViT-B-32:laion2b_s34b_b79k": _Choice(
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", 151_277_313, "The usual baseline in papers."
    ),
    "ViT-B-16:laion2b_s34b_b88k": _Choice(
        "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", 149_620_737, "Finer patches, four times the work."
    ),
    "coca_ViT-B-32:laion2b_s13b_b90k": _Choice(
        "laion/CoCa-ViT-B-32-laion2B-s13B-b90k", 253_560_065, "CoCa: trained to caption as well."
    ),
    "ViT-B-16-SigLIP2:webli": _Choice(
        "timm/ViT-B-16-SigLIP2",
        375_187_970,
        "SigLIP 2: many languages; strong for its size.",
        package="transformers",
    ),
    "ViT-L-14:laion2b_s32b_b82k": _Choice(
        "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", 427_616_513, "Large; slow without a GPU."
    ),
}
_EMBEDDED_DESCRIPTION = "Small, comes with the app and works offline."


def available_backbones() -> list[BackboneInfo]:
    """List the embedded backbone and a few well-known ones; any other name can be typed.

    Returns:
        The embedded backbone first, then the others from small to large.
    """
    weights = find_weights(EMBEDDED_FOLDER)
    infos = [BackboneInfo(EMBEDDED, weights is not None, None, None, _EMBEDDED_DESCRIPTION)]
    for name, choice in _CHOICES.items():
        infos.append(
            BackboneInfo(
                name=name,
                is_installed=find_hub_weights(choice.hub_repository) is not None,
                download_bytes=4 * choice.parameters,
                parameters=choice.parameters,
                description=_describe(choice),
            )
        )
    return infos


def _describe(choice: _Choice) -> str:
    if not choice.package or importlib.util.find_spec(choice.package) is not None:
        return choice.description
    return f"{choice.description} Needs: python -m pip install {choice.package}"


def find_weights(folder: Path) -> Path | None:
    """Find the weight file that open_clip would take from a local model folder.

    Args:
        folder: the folder; need not exist.

    Returns:
        The file, or None where the folder holds no weights.
    """
    for name in _FOLDER_WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    for pattern in ("*.safetensors", "*.bin", "*.pth"):
        found = sorted(folder.glob(pattern))
        if found:
            return found[0]
    return None


def hub_cache_folder() -> Path:
    """Name the folder in which the Hugging Face client keeps what it downloads."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    cache_home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or os.path.join(cache_home, "huggingface")
    return Path(home).expanduser() / "hub"


def hub_repository_folder(repository: str) -> Path:
    """Name the cache folder of one hub repository, whether it exists or not."""
    return hub_cache_folder() / f"models--{repository.replace('/', '--')}"


def find_hub_snapshot(repository: str) -> Path | None:
    """Find the downloaded files of a hub repository without asking the network.

    Args:
        repository: "ORG/REPO".

    Returns:
        The snapshot folder that "main" points to, else the newest one, else None.
    """
    folder = hub_repository_folder(repository)
    main = folder / "refs" / "main"
    try:
        commit = main.read_text().strip() if main.is_file() else ""
        if commit and (folder / "snapshots" / commit).is_dir():
            return folder / "snapshots" / commit
        snapshots = [path for path in (folder / "snapshots").iterdir() if path.is_dir()]
    except OSError:
        return None
    return max(snapshots, key=lambda path: path.stat().st_mtime, default=None)


def find_hub_weights(repository: str, file_name: str = "") -> Path | None:
    """Find the downloaded weights of a hub repository without asking the network.

    Args:
        repository: "ORG/REPO".
        file_name: the weight file where open_clip names one; "" for its usual names.

    Returns:
        The weight file, or None where it is not on this computer.
    """
    snapshot = find_hub_snapshot(repository)
    for name in hub_weight_names(file_name):
        if snapshot is not None and (snapshot / name).is_file():
            return snapshot / name
    return None


def hub_weight_names(file_name: str = "") -> tuple[str, ...]:
    """List the files that hold a hub model's weights, the one open_clip prefers first."""
    return (f"{Path(file_name).stem}.safetensors", file_name) if file_name else HUB_WEIGHTS
