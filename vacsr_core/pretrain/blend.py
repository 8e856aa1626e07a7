"""The mean of two trainings' weights, where one began with the other's.

Source: arXiv 2109.01903 (WiSE-FT). What a further training gains and what it forgets change
differently along the line between both, so that a point between them can be better than either.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from vacsr_core.backbones import CONFIG_NAME, HUB_WEIGHTS
from vacsr_core.errors import DataError


def blend(first: Path, second: Path, share: float, out: Path) -> None:
    """Write a backbone with weights between those of two others.

    Args:
        first, second: folders that `train_backbone` wrote, of one architecture.
        share: of the second, in [0, 1].
        out: folder for the new one, with the configuration of the first.

    Raises:
        DataError: a share outside [0, 1], a folder that cannot be read, or two architectures.
    """
    if not 0.0 <= share <= 1.0:
        raise DataError(f"share is {share}; wanted is a number from 0 to 1.")
    start, end = _weights(first), _weights(second)
    if {name: value.shape for name, value in start.items()} != {
        name: value.shape for name, value in end.items()
    }:
        raise DataError(f"{first} and {second} hold models of two architectures; blend like ones.")
    mixed = {
        name: torch.lerp(start[name].float(), value.float(), share).half().contiguous()
        if value.is_floating_point()
        else value
        for name, value in end.items()
    }
    out.mkdir(parents=True, exist_ok=True)
    if out.resolve() != first.resolve():
        shutil.copy(first / CONFIG_NAME, out / CONFIG_NAME)
    save_file(mixed, out / HUB_WEIGHTS[0])


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(folder / HUB_WEIGHTS[0])
    except (OSError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"No weights could be read from {folder} ({reason}). Wanted: a folder that "
            "train-backbone wrote."
        ) from error
