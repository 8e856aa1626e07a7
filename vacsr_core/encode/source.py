"""A backbone's name -> where its weights lie on this computer, downloading them if need be."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import open_clip
from open_clip.pretrained import download_pretrained_from_hf

from vacsr_core.backbones import (
    CONFIG_NAME,
    EMBEDDED,
    EMBEDDED_FOLDER,
    HUB_PREFIX,
    HUB_WEIGHTS,
    LOCAL_PREFIX,
    find_hub_weights,
    find_weights,
    hub_repository_folder,
    hub_weight_names,
)
from vacsr_core.encode.download import Progress, download_with_progress, no_network_reason
from vacsr_core.errors import BackboneError

Result = TypeVar("Result")
CHECKPOINT_SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
_WANTED_FOLDER = (
    f"The folder must hold {CONFIG_NAME} and the weights, for example {HUB_WEIGHTS[0]}."
)


@dataclass(frozen=True)
class Source:
    """What open_clip needs to build one backbone from files on this computer.

    Args:
        backbone_id: stable name of the model; a hash of the content where the files are local.
        model: open_clip's name of the architecture, or "local-dir:FOLDER".
        weights: the weight file, or None where `model` is a folder that holds it.
        tokenizer: open_clip's name of the tokenizer.
        preprocess: the preprocessing that belongs to a set of weights; empty for a folder.
        needs_quick_gelu: the weights were trained with QuickGELU and the architecture's
            configuration says otherwise.
    """

    backbone_id: str
    model: str
    tokenizer: str
    weights: Path | None = None
    preprocess: dict = field(default_factory=dict)
    needs_quick_gelu: bool = False


def find_source(name: str, progress: Progress | None = None) -> Source:
    """Find the files of a backbone, or download them.

    Args:
        name: "embedded", "ARCH:PRETRAINED", "ARCH:CHECKPOINT" with the path of a weight file,
            "hf-hub:ORG/REPO" or "local-dir:PATH".
        progress: called during a download as progress(fraction, text).

    Returns:
        The source, with all files on this computer.

    Raises:
        BackboneError: no such name, no such files and no way to download them.
    """
    if name == EMBEDDED:
        return _local(EMBEDDED_FOLDER, name, EMBEDDED)
    if name.startswith(LOCAL_PREFIX):
        folder = Path(name.removeprefix(LOCAL_PREFIX)).expanduser()
        return _local(folder, name, f"{LOCAL_PREFIX}{folder.resolve().name}")
    if name.startswith(HUB_PREFIX):
        return _hub(name, progress)
    return _pretrained(name, progress)


def _local(folder: Path, name: str, label: str) -> Source:
    if not folder.is_dir():
        raise BackboneError(f"Backbone '{name}': there is no folder {folder}. {_WANTED_FOLDER}")
    config = folder / CONFIG_NAME
    if not config.is_file():
        raise BackboneError(f"Backbone '{name}': {folder} holds no {CONFIG_NAME}. {_WANTED_FOLDER}")
    try:
        has_model = "model_cfg" in json.loads(config.read_text(encoding="utf-8"))
    except (ValueError, TypeError, OSError) as error:
        raise BackboneError(
            f"Backbone '{name}': {config} cannot be read as JSON: {error}."
        ) from error
    if not has_model:
        raise BackboneError(f"Backbone '{name}': {config} has no entry 'model_cfg'.")
    weights = find_weights(folder)
    if weights is None:
        raise BackboneError(f"Backbone '{name}': {folder} holds no weights. {_WANTED_FOLDER}")
    location = f"{LOCAL_PREFIX}{folder}"
    digest = content_hash(weights, config)
    return Source(f"{label}@{digest}", model=location, tokenizer=location)


def _hub(name: str, progress: Progress | None) -> Source:
    repository = name.removeprefix(HUB_PREFIX)
    if repository.count("/") != 1 or not all(repository.split("/")):
        raise BackboneError(f"Backbone '{name}': wanted hf-hub:ORG/REPO, with one slash.")

    def snapshot() -> Path | None:
        weights = find_hub_weights(repository)
        is_whole = weights is not None and (weights.parent / CONFIG_NAME).is_file()
        return weights.parent if is_whole else None

    def download() -> None:
        download_pretrained_from_hf(repository, filename=CONFIG_NAME)
        download_pretrained_from_hf(repository)

    if snapshot() is None:
        _download(name, repository, "", download, progress)
    folder = snapshot()
    if folder is None:
        raise _unavailable(name, repository, "the download left no complete model behind")
    location = f"{LOCAL_PREFIX}{folder}"
    config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
    has_own_tokenizer = "hf_tokenizer_name" in config.get("model_cfg", {}).get("text_cfg", {})
    return Source(name, model=location, tokenizer=name if has_own_tokenizer else location)


def _pretrained(name: str, progress: Progress | None) -> Source:
    architecture, _, tag = name.partition(":")
    checkpoint = Path(tag).expanduser()
    if tag and (checkpoint.is_file() or checkpoint.suffix in CHECKPOINT_SUFFIXES):
        return _checkpoint(name, architecture, checkpoint)
    known = open_clip.list_pretrained(as_str=True)
    config = open_clip.get_pretrained_cfg(architecture, tag)
    if not config:
        tags = open_clip.list_pretrained_tags_by_model(architecture)
        near = [f"{architecture}:{t}" for t in tags] or difflib.get_close_matches(name, known, 3)
        hint = f" Did you mean {', '.join(near[:4])}?" if near else ""
        raise BackboneError(
            f"There is no backbone '{name}'.{hint} Names look like embedded, ViT-B-32:openai "
            "(ARCH:PRETRAINED), ARCH:CHECKPOINT-FILE, hf-hub:ORG/REPO or local-dir:PATH."
        )
    repository, file_name = os.path.split(config["hf_hub"])
    weights = find_hub_weights(repository, file_name)
    if weights is None:

        def download() -> str:
            return open_clip.download_pretrained(config)

        weights = Path(_download(name, repository, file_name, download, progress))
    has_quick_gelu = open_clip.get_model_config(architecture).get("quick_gelu", False)
    return Source(
        backbone_id=name,
        model=architecture,
        tokenizer=architecture,
        weights=weights,
        preprocess={key: value for key, value in config.items() if key != "size"},
        needs_quick_gelu=bool(config.get("quick_gelu")) and not has_quick_gelu,
    )


def _checkpoint(name: str, architecture: str, weights: Path) -> Source:
    """Weights of a named architecture in a file of one's own, known by their content."""
    if not weights.is_file():
        raise BackboneError(
            f"Backbone '{name}': there is no file {weights}. Wanted is a checkpoint of "
            f"{architecture}, such as open_clip saves it."
        )
    if open_clip.get_model_config(architecture) is None:
        near = difflib.get_close_matches(architecture, open_clip.list_models(), 3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise BackboneError(
            f"Backbone '{name}': open_clip knows no architecture '{architecture}'.{hint} For a "
            "model with a configuration of its own use local-dir:PATH."
        )
    label = f"{architecture}:{weights.name}@{content_hash(weights)}"
    return Source(label, model=architecture, tokenizer=architecture, weights=weights)


def _download(
    name: str,
    repository: str,
    file_name: str,
    download: Callable[[], Result],
    progress: Progress | None,
) -> Result:
    reason = no_network_reason()
    if reason is not None:
        raise _unavailable(name, repository, reason)
    try:
        return download_with_progress(
            download,
            folder=hub_repository_folder(repository),
            total_bytes=_remote_bytes(repository, file_name),
            label=name,
            progress=progress,
        )
    except (OSError, RuntimeError, BackboneError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise _unavailable(name, repository, reason) from error


def _remote_bytes(repository: str, file_name: str) -> int | None:
    """Ask the hub for the size of the weight file; None where it does not say."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    for name in hub_weight_names(file_name):
        try:
            return get_hf_file_metadata(hf_hub_url(repository, name), timeout=5).size
        except (OSError, RuntimeError, ValueError):
            continue
    return None


def _unavailable(name: str, repository: str, reason: str) -> BackboneError:
    return BackboneError(
        f"The weights of '{name}' are not on this computer. Looked in "
        f"{hub_repository_folder(repository)}; downloading failed: {reason}. Two ways out: "
        "connect to the internet once and load it again, or copy the model's folder from another "
        f"computer and load local-dir:PATH. {_WANTED_FOLDER}"
    )


def content_hash(*paths: Path) -> str:
    """Hash files by content: 8 hexadecimal digits, read again only when a file has changed."""
    marks = [(str(p.resolve()), p.stat().st_mtime_ns, p.stat().st_size) for p in paths]
    return _hash_files(tuple(marks))


@lru_cache(maxsize=64)
def _hash_files(marks: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in marks:
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:8]
