"""Trial: all that is kept of one contender under one seed, for one data set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vacsr_core.errors import DataError


@dataclass(frozen=True, eq=False)
class Trial:
    """Figures and arrays of one contender under one seed, on one data set.

    Args:
        data: name of the measured data set.
        contender: its name.
        seed: of split, fit and draws.
        numbers: "table|measure|direction|doubt" -> figure; NaN where it is not defined.
        arrays: name -> array, per query or per pair, which intervals and plots are made of.
        notes: sentences on what was counted or left out.
    """

    data: str
    contender: str
    seed: int
    numbers: dict[str, float] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def key(table: str, measure: str, direction: str = "", doubt: str = "") -> str:
    """The name of a figure within a trial."""
    return "|".join((table, measure, direction, doubt))


class Store:
    """Finished trials on disk, one file for each fit; None as folder keeps nothing.

    Args:
        folder: made where it is not there.
        features: one line on the model and dimension; a folder of others is refused.

    Raises:
        DataError: the folder keeps an evaluation of features of another kind.
    """

    def __init__(self, folder: str | Path | None, features: str) -> None:
        self.folder = None if folder is None else Path(folder)
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        about = self.folder / "evaluation.json"
        if not about.exists():
            _write(about, json.dumps({"features": features}).encode())
        try:
            kept = json.loads(about.read_text(encoding="utf-8"))["features"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{about} cannot be read ({error}); give another folder, or delete this one to "
                "start anew."
            ) from error
        if kept != features:
            raise DataError(
                f"{self.folder} keeps an evaluation of {kept}; these are {features}. Give another "
                "folder; nothing in this one was changed."
            )

    def load(self, name: str) -> list[Trial] | None:
        """The trials that were kept under a name, or None.

        Raises:
            DataError: the file is damaged.
        """
        if self.folder is None or not (path := self.folder / f"{name}.npz").exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as held:
                heads = json.loads(str(held["trials"]))
                return [
                    Trial(
                        head["data"],
                        head["contender"],
                        head["seed"],
                        {name: _number(value) for name, value in head["numbers"].items()},
                        {name: held[f"{place}/{name}"] for name in head["arrays"]},
                        tuple(head["notes"]),
                    )
                    for place, head in enumerate(heads)
                ]
        except Exception as error:
            raise DataError(
                f"{path} cannot be read ({error}); delete this one file, and its fit is made again."
            ) from error

    def save(self, name: str, trials: Iterable[Trial]) -> None:
        """Keep trials under a name; the file is there whole or not at all."""
        if self.folder is None:
            return
        heads, arrays = [], {}
        for place, trial in enumerate(trials):
            numbers = {
                name: None if np.isnan(value) else value for name, value in trial.numbers.items()
            }
            heads.append(
                {
                    "data": trial.data,
                    "contender": trial.contender,
                    "seed": trial.seed,
                    "numbers": numbers,
                    "arrays": list(trial.arrays),
                    "notes": list(trial.notes),
                }
            )
            arrays |= {f"{place}/{key}": value for key, value in trial.arrays.items()}
        path = self.folder / f"{name}.npz"
        fresh = path.with_suffix(".new")
        with open(fresh, "wb") as file:
            np.savez_compressed(file, trials=np.array(json.dumps(heads)), **arrays)
        fresh.replace(path)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)
