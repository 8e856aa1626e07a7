"""Has this model seen anything like it? Every image and caption against what it was trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.familiarity import reference
from vacsr_core.familiarity.reference import Reference
from vacsr_core.features import MODALITIES, Features

OUTSIDE_PERCENTILE = 99.0
MOSTLY_UNKNOWN = 0.5  # share of a caption's words from which it counts as outside by itself
MOST_POINTS = 900  # of each modality, in half precision: 0.46 MB each at 256 columns
_FORMAT = 1
_SETTINGS_FILE, _ARRAYS_FILE = "familiarity.json", "familiarity.safetensors"
_ARRAYS = ("points", "point_source", "maps", "edges", "scale")
BySource = Mapping[str, Features]


@dataclass(frozen=True, eq=False)
class Reading:
    """What the gauge says of N items.

    Args:
        percentile: float32 (N,) in [0, 100]: how many of 100 held-out items lie nearer to what
            the model was trained on.
        is_outside: bool (N,): beyond the edge, or a caption of mostly unknown words.
        unknown_words: for captions, N tuples of words the model has never seen; else empty.
    """

    percentile: np.ndarray
    is_outside: np.ndarray
    unknown_words: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Familiarity:
    """The gauge of one backbone.

    Args:
        images, captions: what it was trained on, boiled down, for each modality.
        backbone_id: the model whose features these are.
        record: how it was built: data, numbers of items, what was tried, the choice.

    Example:
        >>> gauge = Familiarity.load("assets/backbones/embedded/familiarity")  # doctest: +SKIP
        >>> gauge.percentile(engine.encode_images(["x-ray.png"]))              # doctest: +SKIP
        array([100.], dtype=float32)
    """

    images: Reference
    captions: Reference
    backbone_id: str = ""
    record: dict = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        train_images: Features | BySource,
        train_captions: Features | BySource,
        held_images: Features | BySource,
        held_captions: Features | BySource,
        outside_images: Features | None = None,
        outside_captions: Features | None = None,
        seed: int = 0,
        most_points: int = MOST_POINTS,
        record: Mapping | None = None,
    ) -> Familiarity:
        """Boil down what a backbone was trained on, and choose the distance by measurement.

        Args:
            train_images, train_captions: features of items it was trained on; a mapping from the
                name of a source to features keeps sources apart.
            held_images, held_captions: features of items of the same sources that it never saw:
                they are the scale. At least 100 each.
            outside_images, outside_captions: items unlike any source. Each modality gets the
                distance that tells these best from the held-out items (`reference.choose`); a
                fixed one where None. Figures to report need other items.
            seed: of the choice of points that are kept.
            most_points: how many training vectors are kept of each modality at most.
            record: what else to keep with it, such as the names of the data.

        Raises:
            DataError: sources that differ, or too few items.
            ShapeError: features of the wrong modality.
        """
        chosen, tried = {}, {}
        for modality, train, held, outside in (
            ("image", train_images, held_images, outside_images),
            ("caption", train_captions, held_captions, outside_captions),
        ):
            train, held = _vectors(train, modality), _vectors(held, modality)
            chosen[modality], tried[modality] = reference.choose(
                train,
                held,
                None if outside is None else _vectors(outside, modality)[""],
                most_points,
                seed,
            )
            tried[modality]["items"] = {
                name: {"training": len(train[name]), "held out": len(held[name])} for name in train
            }
        return cls(
            images=chosen["image"],
            captions=chosen["caption"],
            backbone_id=_backbone_id(train_images),
            record=dict(record or {}) | {"seed": seed} | tried,
        )

    def distance(self, features: Features) -> np.ndarray:
        """float32 (N,): distance to what was trained on; 1 is the edge of the nearest source."""
        return self._of(features).distance(features.vectors)

    def percentile(self, features: Features) -> np.ndarray:
        """float32 (N,) in [0, 100]: how many of 100 held-out items lie nearer than each item."""
        return self._of(features).percentile(features.vectors)

    def is_outside(self, features: Features, unknown_share: np.ndarray | None = None) -> np.ndarray:
        """Which items lie outside what the model has seen.

        Beyond the 99th percentile, because the pages say "farther than 99 of 100": by
        construction about one in a hundred held-out items of the same sources lies there too.

        Args:
            features: N images or captions of the same backbone.
            unknown_share: for captions, float (N,) in [0, 1], the share of words the model has
                never seen; from one half on a caption counts as outside.

        Returns:
            bool (N,).
        """
        return self.read(features, unknown_share=unknown_share).is_outside

    def read(
        self,
        features: Features,
        unknown_words: Sequence[tuple[str, ...]] = (),
        unknown_share: np.ndarray | None = None,
    ) -> Reading:
        """Percentile, verdict and unknown words of N items in one go; see `is_outside`."""
        percentile = self.percentile(features)
        is_outside = percentile >= OUTSIDE_PERCENTILE
        if unknown_share is not None:
            is_outside = is_outside | (np.asarray(unknown_share) >= MOSTLY_UNKNOWN)
        return Reading(percentile, is_outside, tuple(unknown_words))

    def save(self, folder: str | Path) -> None:
        """Write arrays as safetensors in half precision, and everything else as JSON."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        arrays, settings = {}, {"format": _FORMAT, "backbone_id": self.backbone_id}
        for modality, summary in zip(MODALITIES, (self.images, self.captions), strict=True):
            for name in _ARRAYS:
                array = getattr(summary, name)
                kind = {"points": np.float16, "maps": np.float16, "point_source": np.int32}
                arrays[f"{modality}.{name}"] = array.astype(kind.get(name, np.float32))
            settings[modality] = {
                "method": summary.method,
                "neighbours": summary.neighbours,
                "sources": list(summary.sources),
            }
        save_file(arrays, folder / _ARRAYS_FILE)
        text = json.dumps(settings | {"record": self.record}, indent=1)
        (folder / _SETTINGS_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> Familiarity:
        """Read what `save` wrote.

        Raises:
            DataError: a file is missing, damaged, or of a newer format.
        """
        folder = Path(folder)
        try:
            settings = json.loads((folder / _SETTINGS_FILE).read_text(encoding="utf-8"))
            if settings["format"] != _FORMAT:
                raise DataError(f"it is of format {settings['format']}, not {_FORMAT}")
            arrays = load_file(folder / _ARRAYS_FILE)
            images, captions = (_restore(settings[m], arrays, m) for m in MODALITIES)
        except Exception as error:
            raise DataError(
                f"No summary of what a model has seen could be read from {folder} ({error}). "
                f"Wanted: {_SETTINGS_FILE} and {_ARRAYS_FILE}, as the command build-familiarity "
                "writes them; build it again."
            ) from error
        return cls(images, captions, settings["backbone_id"], settings["record"])

    def _of(self, features: Features) -> Reference:
        return self.images if features.modality == "image" else self.captions


def is_stored(folder: Path) -> bool:
    """Whether a folder holds a gauge."""
    return (folder / _SETTINGS_FILE).is_file()


def _vectors(given: Features | BySource, modality: str) -> dict[str, np.ndarray]:
    parts = {"": given} if isinstance(given, Features) else dict(given)
    for name, part in parts.items():
        if part.modality != modality:
            raise ShapeError(
                f"Features of {part.modality}s came for the source {name!r}; wanted {modality}s."
            )
    return {name: part.vectors for name, part in parts.items()}


def _backbone_id(given: Features | BySource) -> str:
    first = given if isinstance(given, Features) else next(iter(given.values()))
    return first.backbone_id


def _restore(settings: dict, arrays: dict[str, np.ndarray], modality: str) -> Reference:
    parts = {name: arrays[f"{modality}.{name}"] for name in _ARRAYS}
    parts["point_source"] = parts["point_source"].astype(np.int64)
    for name in ("points", "maps"):
        parts[name] = parts[name].astype(np.float32)
    return Reference(
        method=settings["method"],
        sources=tuple(settings["sources"]),
        neighbours=settings["neighbours"],
        **parts,
    )
