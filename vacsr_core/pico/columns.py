"""SemanticColumns: how much of each feature column is meaning, and how that was found."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.features import Features
from vacsr_core.pico.interaction import check_weights

_FORMAT = 1
_SETTINGS_FILE, _ARRAYS_FILE = "pico.json", "pico.safetensors"


@dataclass(frozen=True, eq=False)
class Round:
    """One round of the construction, kept so that it can be replayed.

    Args:
        number: from 1.
        gain: what the candidate prototypes changed the validation figure by, against the p so far.
        weight: of the candidate, in (0, 1), strictly increasing in the gain.
        validation: validation figure with the p after this round: mean reciprocal rank.
        probability: float32 (D,), p after this round.
        prototype: int64 (D,), nearest prototype of each column after this round.
    """

    number: int
    gain: float
    weight: float
    validation: float
    probability: np.ndarray
    prototype: np.ndarray


@dataclass(frozen=True, eq=False)
class SemanticColumns:
    """Column weights of one backbone. Weights depend on the basis: they mean nothing elsewhere.

    Args:
        probability: float32 (D,) in [0, 1], p: how much of each column is meaning.
        sign_probability: float32 (D,) in [0, 1], p-hat: how often signs agree in matched pairs.
        prototype: int64 (D,), nearest style prototype of each column; -1 where there is none.
        kind: one of `CONTROLS`.
        history: the rounds of the construction, none for a control.
        prototype_modality: "image" or "caption" for every prototype that `prototype` names.
        level: "tokens", or "global" where a side had none: then P = W = 1.
        start: validation figure with every weight 1; NaN for a control.
        power: what the last round's p was raised to: above 1 where sharper weights clearly
            helped on validation images, below 1 where weights hurt there.
        has_views: whether images in other styles were fitted on, see `StyleViews`.
        notes: sentences that say what was done where the data were not as wanted.
        backbone_id: of the features that it was fitted on.
    """

    probability: np.ndarray
    sign_probability: np.ndarray
    prototype: np.ndarray
    kind: str = "pico"
    history: tuple[Round, ...] = ()
    prototype_modality: tuple[str, ...] = ()
    level: str = "tokens"
    start: float = float("nan")
    power: float = 1.0
    has_views: bool = False
    notes: tuple[str, ...] = ()
    backbone_id: str = ""

    @property
    def dimension(self) -> int:
        """D, the number of feature columns."""
        return len(self.probability)

    def weigh(self, features: Features) -> Features:
        """Features whose every column is multiplied by the root of its p; unit rows again.

        A row that would vanish, because all of it lies in columns of weight 0, stays as it is.

        Raises:
            ShapeError: another number of columns.
        """
        weights = check_weights(self.probability, features.dimension)
        if (weights == weights[0]).all() and weights[0] > 0:
            return features
        root = np.sqrt(weights)
        tokens = features.tokens
        return replace(
            features,
            vectors=_unit(features.vectors, root),
            tokens=None if tokens is None else _unit(tokens, root),
        )

    def save(self, folder: str | Path) -> None:
        """Write arrays as safetensors and everything else as JSON into `folder`."""
        from safetensors.numpy import save_file

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {
            "probability": self.probability,
            "sign_probability": self.sign_probability,
            "prototype": self.prototype,
        }
        for name in ("probability", "prototype"):
            if self.history:
                arrays[f"history/{name}"] = np.stack([getattr(x, name) for x in self.history])
        save_file({name: np.ascontiguousarray(x) for name, x in arrays.items()},
                  folder / _ARRAYS_FILE)  # fmt: skip
        settings = {
            "format": _FORMAT,
            "kind": self.kind,
            "level": self.level,
            "start": None if np.isnan(self.start) else self.start,
            "power": self.power,
            "has_views": self.has_views,
            "prototype_modality": list(self.prototype_modality),
            "notes": list(self.notes),
            "backbone_id": self.backbone_id,
            "history": [
                {"number": x.number, "gain": x.gain, "weight": x.weight, "validation": x.validation}
                for x in self.history
            ],
        }
        (folder / _SETTINGS_FILE).write_text(json.dumps(settings, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> SemanticColumns:
        """Read what `save` wrote.

        Raises:
            DataError: a file is missing, damaged, or of another format.
        """
        from safetensors.numpy import load_file

        folder = Path(folder)
        try:
            settings = json.loads((folder / _SETTINGS_FILE).read_text(encoding="utf-8"))
            if settings["format"] != _FORMAT:
                raise ValueError(f"format {settings['format']}, this version reads {_FORMAT}")
            arrays = load_file(folder / _ARRAYS_FILE)
            past = arrays.get("history/probability", ()), arrays.get("history/prototype", ())
            rounds = zip(settings["history"], *past, strict=True)
            probability = arrays["probability"]
            return cls(
                probability=check_weights(probability, len(probability)),
                sign_probability=arrays["sign_probability"],
                prototype=arrays["prototype"],
                kind=settings["kind"],
                history=tuple(Round(**x, probability=p, prototype=k) for x, p, k in rounds),
                prototype_modality=tuple(settings["prototype_modality"]),
                level=settings["level"],
                start=float("nan") if settings["start"] is None else settings["start"],
                power=settings["power"],
                has_views=settings["has_views"],
                notes=tuple(settings["notes"]),
                backbone_id=settings["backbone_id"],
            )
        except Exception as error:
            raise DataError(
                f"No column weights could be read from {folder} ({error}). Wanted: "
                f"{_SETTINGS_FILE} and {_ARRAYS_FILE} as saved by SemanticColumns.save; fit again."
            ) from error


def _unit(rows: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Rows times `root`, of length 1; rows that vanish stay as they were, padding stays 0."""
    weighed = rows * root
    length = np.linalg.norm(weighed, axis=-1, keepdims=True)
    return np.where(length > 1e-12, weighed / np.maximum(length, 1e-12), rows)
