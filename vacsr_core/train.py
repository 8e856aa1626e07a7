"""The one training loop: early stop, checkpoint, resume, cancel, progress; it prints nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import torch
from safetensors.torch import load_file, save_file

from vacsr_core.errors import CancelledError, DataError

_TENSORS, _STATE = "checkpoint.safetensors", "checkpoint.json"


class Task(Protocol):
    """What the loop needs to know of a stage that learns."""

    model: torch.nn.Module
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    steps_an_epoch: int

    def step(self, share_done: float) -> dict[str, float]:
        """One update; `share_done` in [0, 1] places it in the schedule. Returns its losses."""

    def validate(self) -> dict[str, float]:
        """Figures on held-out data; "loss" is the one that is made small."""


def fit(
    task: Task,
    epochs: int,
    patience: int,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    folder: str | Path | None = None,
    fingerprint: str = "",
    on_epoch: Callable[[dict], None] | None = None,
) -> list[dict]:
    """Train until the validation loss no longer falls, and leave the best weights in the model.

    Args:
        epochs: at most so many.
        patience: epochs without a better validation loss before it stops.
        progress: called with (share done, text) after every step; may raise CancelledError.
        should_stop: asked after every step; True stops the fit.
        folder: where a checkpoint is kept after every epoch, and looked for at the start.
        fingerprint: of data and config; a checkpoint of another fit is refused.
        on_epoch: called with the row of every finished epoch, those of a checkpoint first.

    Returns:
        One row an epoch: epoch, mean training losses, validation figures.

    Raises:
        CancelledError: stopped on request; the checkpoint of the last whole epoch is kept.
        DataError: the folder holds a checkpoint of another fit, or a damaged one.
    """
    history: list[dict] = []
    best = _copy(task.model)
    if folder is not None and (Path(folder) / _STATE).exists():
        history, best = _resume(task, Path(folder), fingerprint)
    tell = on_epoch or (lambda row: None)
    for row in history:
        tell(row)
    lowest = min((row["validation"]["loss"] for row in history), default=float("inf"))
    for epoch in range(len(history), epochs):
        if _is_stale(history, patience):
            break
        losses: list[dict] = []
        for step in range(task.steps_an_epoch):
            if should_stop is not None and should_stop():
                raise CancelledError(f"The fit was stopped in epoch {epoch + 1} of {epochs}.")
            done = (epoch + step / task.steps_an_epoch) / epochs
            losses.append(task.step(done))
            if progress is not None:
                progress(done, f"fitting, epoch {epoch + 1} of at most {epochs}")
        means = {name: sum(row[name] for row in losses) / len(losses) for name in losses[0]}
        history.append({"epoch": epoch + 1, "train": means, "validation": task.validate()})
        if history[-1]["validation"]["loss"] < lowest:
            lowest = history[-1]["validation"]["loss"]
            best = _copy(task.model)
        if folder is not None:
            _save(task, Path(folder), history, best, fingerprint)
        tell(history[-1])
    task.model.load_state_dict(best)
    if progress is not None:
        progress(1.0, "fitted")
    return history


def _is_stale(history: list[dict], patience: int) -> bool:
    losses = [row["validation"]["loss"] for row in history]
    return len(losses) > patience and min(losses[-patience:]) > min(losses[:-patience])


def _copy(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _save(task: Task, folder: Path, history: list, best: dict, fingerprint: str) -> None:
    """Write the whole state; the JSON, written last, is what makes the checkpoint valid."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model/{name}": value for name, value in task.model.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in best.items()}
    for index, state in task.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{name}": value for name, value in state.items()}
    tensors["generator"] = task.generator.get_state()
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    name = f"epoch-{len(history)}-{_TENSORS}"
    save_file(tensors, folder / name)
    state = {"fingerprint": fingerprint, "tensors": name, "history": history}
    fresh = folder / f"{_STATE}.new"
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(folder / _STATE)
    for old in folder.glob(f"epoch-*-{_TENSORS}"):
        if old.name != name:
            old.unlink()


def _resume(task: Task, folder: Path, fingerprint: str) -> tuple[list[dict], dict]:
    """Put the saved state into the task; returns its history and its best weights."""
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        tensors = load_file(folder / state["tensors"])
    except Exception as error:
        raise DataError(
            f"The checkpoint in {folder} cannot be read ({error}); delete the folder to start anew."
        ) from error
    if state["fingerprint"] != fingerprint:
        raise DataError(
            f"{folder} holds the checkpoint of another fit (other data or settings); choose "
            "another folder, or delete this one to start anew."
        )
    parts: dict[str, dict] = {"model": {}, "best": {}, "optimiser": {}}
    for name, value in tensors.items():
        part, _, rest = name.partition("/")
        if part in parts:
            parts[part][rest] = value
    task.model.load_state_dict(parts["model"])
    moments: dict[int, dict] = {}
    for name, value in parts["optimiser"].items():
        index, _, moment = name.partition("/")
        moments.setdefault(int(index), {})[moment] = value
    known = task.optimiser.state_dict()
    task.optimiser.load_state_dict({"state": moments, "param_groups": known["param_groups"]})
    task.generator.set_state(tensors["generator"])
    device = next(task.model.parameters()).device
    return state["history"], {name: value.to(device) for name, value in parts["best"].items()}
