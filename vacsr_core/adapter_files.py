"""Adapters on disk: safetensors and JSON, one folder; of the stages before VACSR a folder each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors.torch import load_file, save_file

from vacsr_core.adapter import LOG_VAR_RANGE, PairAdapter
from vacsr_core.errors import DataError

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters

FORMAT = 2
SETTINGS_FILE, WEIGHTS_FILE = "adapters.json", "vacsr.safetensors"
_PREFIX = "member-{}/"  # of the tensors of all members but the first
_PICO, _SPACE_FILE, _BEHIND = "pico", "space.safetensors", "behind-"


def save(adapters: Adapters, folder: Path) -> None:
    """Write adapters into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        _PREFIX.format(place) * bool(place) + name: value.contiguous().cpu()
        for place, member in enumerate(adapters.members)
        for name, value in member.state_dict().items()
    }
    save_file(tensors, folder / WEIGHTS_FILE)
    first = adapters.vacsr
    settings = {
        "format": FORMAT,
        "dimension": first.dimension,
        "hidden": first.hidden,
        "latent": first.latent,
        "components": first.components,
        "is_ranking_kept": first.is_ranking_kept,
        "log_var_range": list(first.log_var_range),
        "match": list(adapters.match),
        "is_fitted": adapters.is_fitted,
        "backbone_id": adapters.backbone_id,
        "fitted_on": adapters.fitted_on,
        "history": adapters.history,
    }
    if adapters.others:
        settings["members"] = [
            {"log_var_range": list(member.log_var_range)} for member in adapters.members
        ]
    if adapters.pico is not None or adapters.space is not None:
        settings["before"] = _save_before(adapters, folder)
    (folder / SETTINGS_FILE).write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _save_before(adapters: Adapters, folder: Path) -> dict:
    """Write the stages before VACSR, and what was fitted behind them; what JSON says of them."""
    if adapters.pico is not None:
        adapters.pico.save(folder / _PICO)
    if adapters.space is not None:
        tensors = adapters.space.state_dict()
        save_file(
            {name: value.contiguous().cpu() for name, value in tensors.items()},
            folder / _SPACE_FILE,
        )
    for stage, after in adapters.behind.items():
        save(after, folder / (_BEHIND + stage))
    return {
        "has_pico": adapters.pico is not None,
        "space_hidden": None if adapters.space is None else adapters.space.hidden,
        "behind": list(adapters.behind),
        "default_stages": list(adapters.default_stages),
    }


def is_outdated(folder: Path) -> bool:
    """Whether a folder holds adapters of an older format."""
    try:
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        return settings["format"] < FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return False


def load(folder: Path, load_behind: Callable[[Path], Adapters]) -> dict:
    """The fields of the `Adapters` that `save` wrote.

    Args:
        folder: as given to `save`.
        load_behind: reads the adapters of a folder within it.

    Raises:
        DataError: a file is missing, damaged, or of a newer format.
    """
    try:
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        if settings["format"] != FORMAT:
            raise DataError(
                f"{folder} holds adapters of format {settings['format']}; this version reads "
                f"format {FORMAT}. Fit them again."
            )
        members = _members(settings, load_file(folder / WEIGHTS_FILE))
        found = {
            name: settings[name] for name in ("is_fitted", "backbone_id", "fitted_on", "history")
        }
        if "before" in settings:
            found |= _load_before(folder, settings["before"], settings["dimension"], load_behind)
        return found | {
            "vacsr": members[0],
            "others": members[1:],
            "match": tuple(settings["match"]),
        }
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"No adapters could be read from {folder} ({error}). Wanted: {SETTINGS_FILE} and "
            f"{WEIGHTS_FILE} as saved by Adapters.save; fit them again."
        ) from error


def _load_before(folder: Path, said: dict, dimension: int, load_behind: Callable) -> dict:
    from vacsr_core.pico import SemanticColumns
    from vacsr_core.space import CommonSpace

    space = None
    if said["space_hidden"] is not None:
        space = CommonSpace(dimension, said["space_hidden"])
        space.load_state_dict(load_file(folder / _SPACE_FILE))
        space.eval().requires_grad_(False)
    return {
        "pico": SemanticColumns.load(folder / _PICO) if said["has_pico"] else None,
        "space": space,
        "behind": {stage: load_behind(folder / (_BEHIND + stage)) for stage in said["behind"]},
        "default_stages": tuple(said["default_stages"]),
    }


def _members(settings: dict, tensors: dict) -> tuple[PairAdapter, ...]:
    """The networks of a saved file; one without an entry "members" holds a single one."""
    sizes = {name: settings[name] for name in ("dimension", "hidden", "latent", "components")}
    made = []
    for place, own in enumerate(settings.get("members", [settings])):
        member = PairAdapter(
            **sizes,
            is_ranking_kept=settings.get("is_ranking_kept", False),
            log_var_range=tuple(own.get("log_var_range", LOG_VAR_RANGE)),
        )
        prefix = _PREFIX.format(place) * bool(place)
        member.load_state_dict({name: tensors[prefix + name] for name in member.state_dict()})
        made.append(member.eval().requires_grad_(False))
    return tuple(made)
