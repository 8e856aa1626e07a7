"""Where fitted adapters lie: a person's own fits, and those that ship with the project."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from vacsr_core.adapters import Adapters
from vacsr_core.backbones import EMBEDDED, EMBEDDED_FOLDER, LOCAL_PREFIX
from vacsr_core.errors import DataError

if TYPE_CHECKING:
    from vacsr_core.encode import Backbone

SHIPPED_FOLDER = EMBEDDED_FOLDER.parent.parent / "adapters"
# Two names of one set of weights: open_clip runs both with OpenAI's activation.
SHIPPED = {
    "ViT-B-32:openai": "clip-vit-b-32-openai",
    "ViT-B-32-quickgelu:openai": "clip-vit-b-32-openai",
}
MOST_OWN_FITS = 20  # of one backbone; each takes up to 200 kB


def adapters_folder(backbone_id: str, pairs_key: str = "") -> Path:
    """Where a user's own fits of a backbone are kept; VACSR_DATA overrides the user's folder.

    Args:
        backbone_id: of the backbone.
        pairs_key: hash of a person's own labelled pairs, for a fit that learnt from them: only
            who has the same pairs again can find it. "" for a fit that holds nothing of anybody.
    """
    base = os.environ.get("VACSR_DATA") or platformdirs.user_data_dir("vacsr-explorer", False)
    folder = Path(base) / "adapters" / hashlib.sha256(backbone_id.encode()).hexdigest()[:16]
    return folder / "own" / pairs_key if pairs_key else folder


def store(adapters: Adapters, backbone_id: str, pairs_key: str = "") -> None:
    """Keep fitted adapters for the next start; of own fits the oldest give way."""
    folder = adapters_folder(backbone_id, pairs_key)
    adapters.save(folder)
    if pairs_key:
        kept = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in kept[MOST_OWN_FITS:]:
            shutil.rmtree(old, ignore_errors=True)


def drop_own(backbone_id: str, pairs_key: str) -> None:
    """Delete the fit on these pairs of a person, if there is one."""
    if not pairs_key:
        raise DataError("Only a person's own fit can be dropped; name the key of its pairs.")
    shutil.rmtree(adapters_folder(backbone_id, pairs_key), ignore_errors=True)


def find_own(backbone: Backbone, pairs_key: str) -> Adapters | None:
    """The fit that was made on exactly these pairs of a person, or None."""
    folder = adapters_folder(backbone.backbone_id, pairs_key)
    is_there = (folder / "adapters.json").exists() and not Adapters.is_outdated(folder)
    return _load(folder, backbone) if is_there else None


def find(backbone: Backbone) -> Adapters:
    """What holds nothing of anybody: a fit on scenes, else what ships, else an unfitted one.

    A fit of an older format is passed over, as if it were not there.

    Raises:
        DataError: the stored adapters are damaged, or made for another number of columns.
    """
    folders = [adapters_folder(backbone.backbone_id)]
    own = own_folder(backbone)
    if own is not None:
        folders.append(own / "adapters")
    if backbone.backbone_id in SHIPPED:
        folders.append(SHIPPED_FOLDER / SHIPPED[backbone.backbone_id])
    for folder in folders:
        if (folder / "adapters.json").exists() and not Adapters.is_outdated(folder):
            return _load(folder, backbone)
    return Adapters.unfitted(backbone.dimension, backbone.backbone_id).to(backbone.device)


def own_folder(backbone: Backbone) -> Path | None:
    """The folder that a model was loaded from; None for one out of a shared cache."""
    if backbone.name == EMBEDDED:
        return EMBEDDED_FOLDER
    if backbone.name.startswith(LOCAL_PREFIX):
        return Path(backbone.name.removeprefix(LOCAL_PREFIX)).expanduser()
    return None


def _load(folder: Path, backbone: Backbone) -> Adapters:
    adapters = Adapters.load(folder)
    if adapters.vacsr.dimension != backbone.dimension:
        raise DataError(
            f"The adapters in {folder} are for {adapters.vacsr.dimension} columns and "
            f"{backbone.name} gives {backbone.dimension}; delete that folder and fit again."
        )
    return adapters.to(backbone.device)
