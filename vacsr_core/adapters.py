"""Adapters: the fitted stages that stand between a backbone's features and a Similarity."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save_file

from vacsr_core.adapter import LOG_VAR_RANGE, PairAdapter
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.features import Features
from vacsr_core.pair_sets import part_of
from vacsr_core.similarity import Similarity

STAGES = ("pico", "space", "vacsr")
_FORMAT = 2
_SETTINGS_FILE, _WEIGHTS_FILE = "adapters.json", "vacsr.safetensors"
_PREFIX = "member-{}/"  # of the tensors of all members but the first


@dataclass
class Adapters:
    """The stages in use with one backbone; a stage that is not fitted changes no ranking.

    Args:
        vacsr: the pair adapter, fitted or fresh.
        match: scale and offset of P(match), see `Similarity`.
        is_fitted: whether `vacsr` was fitted.
        backbone_id: whose features it was fitted on; "" if unknown.
        fitted_on: one line for people: data, images, captions, seed.
        history: losses and validation figures of the fit, by epoch, and the final figures.
        others: the further members of an ensemble, beside `vacsr`; of the same sizes.
    """

    vacsr: PairAdapter
    match: tuple[float, float] = (1.0, 0.0)
    is_fitted: bool = False
    backbone_id: str = ""
    fitted_on: str = "not fitted"
    history: dict = field(default_factory=dict)
    others: tuple[PairAdapter, ...] = ()

    @property
    def members(self) -> tuple[PairAdapter, ...]:
        """All fits that count, the first one first."""
        return (self.vacsr, *self.others)

    @classmethod
    def unfitted(cls, dimension: int, backbone_id: str = "") -> Adapters:
        """A fresh adapter: every pair gets its cosine's rank and the same width of logit."""
        return cls(PairAdapter(dimension), backbone_id=backbone_id)

    def similarity(
        self,
        images: Features,
        captions: Features,
        stages: Sequence[str] = STAGES,
        progress: Callable | None = None,
        gallery: int | None = None,
    ) -> Similarity:
        """Distributions of similarity for all pairs of `images` (N) and `captions` (M).

        Args:
            stages: any subset of ("pico", "space", "vacsr"); a stage that is left out, or that
                is not fitted, changes nothing. Without "vacsr" every pair keeps its cosine's rank
                and has the same width of logit.
            progress: called with (fraction, text); may raise CancelledError.
            gallery: how many images there are to choose from, for P(match); None for N.

        Raises:
            ShapeError: an unknown stage, or features of another dimension.
        """
        unknown = set(stages) - set(STAGES)
        if unknown:
            raise ShapeError(f"unknown stage {sorted(unknown)}; choose from {STAGES}.")
        if images.modality != "image" or captions.modality != "caption":
            raise ShapeError(
                f"similarity takes images, then captions; got {images.modality} features and "
                f"{captions.modality} features."
            )
        if "vacsr" in stages:
            count = len(self.members)
            sims = [
                member.similarity(
                    images,
                    captions,
                    self.match,
                    part_of(progress, place / count, (place + 1) / count),
                    gallery,
                )
                for place, member in enumerate(self.members)
            ]
            return sims[0] if count == 1 else Similarity.of_members(sims)
        fresh = PairAdapter(images.dimension)
        return fresh.similarity(images, captions, progress=progress, gallery=gallery)

    def save(self, folder: str | Path) -> None:
        """Write weights as safetensors and everything else as JSON into `folder`."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            _PREFIX.format(place) * bool(place) + name: value.contiguous().cpu()
            for place, member in enumerate(self.members)
            for name, value in member.state_dict().items()
        }
        save_file(tensors, folder / _WEIGHTS_FILE)
        settings = {
            "format": _FORMAT,
            "dimension": self.vacsr.dimension,
            "hidden": self.vacsr.hidden,
            "latent": self.vacsr.latent,
            "components": self.vacsr.components,
            "is_ranking_kept": self.vacsr.is_ranking_kept,
            "log_var_range": list(self.vacsr.log_var_range),
            "match": list(self.match),
            "is_fitted": self.is_fitted,
            "backbone_id": self.backbone_id,
            "fitted_on": self.fitted_on,
            "history": self.history,
        }
        if self.others:
            settings["members"] = [
                {"log_var_range": list(member.log_var_range)} for member in self.members
            ]
        (folder / _SETTINGS_FILE).write_text(json.dumps(settings, indent=1), encoding="utf-8")

    @staticmethod
    def is_outdated(folder: str | Path) -> bool:
        """Whether a folder holds adapters of an older format, with another P(match)."""
        try:
            settings = json.loads((Path(folder) / _SETTINGS_FILE).read_text(encoding="utf-8"))
            return settings["format"] < _FORMAT
        except (OSError, ValueError, KeyError, TypeError):
            return False

    @classmethod
    def load(cls, folder: str | Path) -> Adapters:
        """Read what `save` wrote.

        Raises:
            DataError: a file is missing, damaged, or of a newer format.
        """
        folder = Path(folder)
        try:
            settings = json.loads((folder / _SETTINGS_FILE).read_text(encoding="utf-8"))
            if settings["format"] != _FORMAT:
                raise DataError(
                    f"{folder} holds adapters of format {settings['format']}; this version reads "
                    f"format {_FORMAT}. Fit them again."
                )
            members = _members(settings, load_file(folder / _WEIGHTS_FILE))
        except DataError:
            raise
        except Exception as error:
            raise DataError(
                f"No adapters could be read from {folder} ({error}). Wanted: {_SETTINGS_FILE} and "
                f"{_WEIGHTS_FILE} as saved by Adapters.save; fit them again."
            ) from error
        return cls(
            vacsr=members[0],
            match=tuple(settings["match"]),
            is_fitted=settings["is_fitted"],
            backbone_id=settings["backbone_id"],
            fitted_on=settings["fitted_on"],
            history=settings["history"],
            others=members[1:],
        )

    def to(self, device: str) -> Adapters:
        """Move the weights to a device; returns itself."""
        for member in self.members:
            member.to(device)
        return self


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


def labelled_rows(caption_image: np.ndarray, images: int) -> np.ndarray:
    """Check the rows that captions point to, and return them as int64 (M,).

    Raises:
        ShapeError: a row outside -1 .. images - 1; -1 stands for "belongs to none".
    """
    rows = np.asarray(caption_image, dtype=np.int64)
    if rows.ndim != 1 or (rows.size and (rows.min() < -1 or rows.max() >= images)):
        raise ShapeError(
            f"caption_image has shape {rows.shape} and values {rows.min(initial=0)} to "
            f"{rows.max(initial=0)}; wanted one image row per caption, -1 to {images - 1}."
        )
    return rows
