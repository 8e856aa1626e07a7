"""Adapters: the fitted stages that stand between a backbone's features and a Similarity.

The chain: features -> PICO's weights of the columns -> common space -> VACSR -> P(match). A stage
can be left out; a pair adapter of its own was then fitted on what is left of the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vacsr_core import adapter_files
from vacsr_core.adapter import PairAdapter
from vacsr_core.errors import ShapeError
from vacsr_core.features import Features
from vacsr_core.pair_sets import part_of
from vacsr_core.similarity import Similarity

if TYPE_CHECKING:
    from vacsr_core.pico import SemanticColumns
    from vacsr_core.space import CommonSpace

BEFORE = ("pico", "space")  # the stages that change the features, in the order of the chain
STAGES = (*BEFORE, "vacsr")


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
        pico: how much each feature column weighs; None where that was not fitted.
        space: the structure-preserved common space; None where it was not fitted.
        behind: what was fitted on the features as one of these stages, "pico" or "space", changes
            them: for "pico" the space of the weighted columns and the pair adapters.
        default_stages: what `similarity` runs where nothing else is asked for: the stages that
            ranked no worse than without them on pairs that were left out.
    """

    vacsr: PairAdapter
    match: tuple[float, float] = (1.0, 0.0)
    is_fitted: bool = False
    backbone_id: str = ""
    fitted_on: str = "not fitted"
    history: dict = field(default_factory=dict)
    others: tuple[PairAdapter, ...] = ()
    pico: SemanticColumns | None = None
    space: CommonSpace | None = None
    behind: Mapping[str, Adapters] = field(default_factory=dict)
    default_stages: tuple[str, ...] = STAGES

    @property
    def semantic_probability(self) -> np.ndarray:
        """p of every feature column, float32 (D,) in [0, 1]; ones where PICO was not fitted."""
        if self.pico is None:
            return np.ones(self.vacsr.dimension, np.float32)
        return self.pico.probability

    def stages_before(self, stages: Sequence[str] | None = None) -> tuple[str, ...]:
        """Those of some stages that change the features here, in the order of the chain.

        Args:
            stages: see `similarity`; None for `default_stages`.

        Raises:
            ShapeError: an unknown stage.
        """
        stages = self.default_stages if stages is None else stages
        unknown = set(stages) - set(STAGES)
        if unknown:
            raise ShapeError(f"unknown stage {sorted(unknown)}; choose from {STAGES}.")
        return tuple(name for name in BEFORE if name in stages and getattr(self, name) is not None)

    def features(self, features: Features, stages: Sequence[str] | None = None) -> Features:
        """What the earlier stages make of some features; the same object where they do nothing.

        Args:
            features: N items of the adapters' backbone.
            stages: see `similarity`.
        """
        before = self.stages_before(stages)
        if not before:
            return features
        first = before[0]
        changed = self.pico.weigh(features) if first == "pico" else self.space.project(features)
        return self.after(first).features(changed, before[1:])

    def after(self, stage: str) -> Adapters:
        """What was fitted behind "pico" or "space"; unfitted ones where nothing was."""
        return self.behind.get(stage) or Adapters.unfitted(self.vacsr.dimension, self.backbone_id)

    def last(self, stages: Sequence[str] | None = None) -> Adapters:
        """Those whose pair adapter is at work behind some stages; see `similarity`."""
        found = self
        for name in self.stages_before(stages):
            found = found.after(name)
        return found

    def common_space(self, features: Features, stages: Sequence[str] | None = None) -> np.ndarray:
        """Where items lie in the common space: float32 (N, C), unit rows."""
        return self.features(features, stages).vectors

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
        stages: Sequence[str] | None = None,
        progress: Callable | None = None,
        gallery: int | None = None,
    ) -> Similarity:
        """Distributions of similarity for all pairs of `images` (N) and `captions` (M).

        Args:
            stages: any subset of ("pico", "space", "vacsr"), None for `default_stages`; a stage
                that is left out, or that is not fitted, changes nothing. Without "vacsr" every
                pair keeps its cosine's rank and has the same width of logit.
            progress: called with (fraction, text); may raise CancelledError.
            gallery: how many images there are to choose from, for P(match); None for N.

        Raises:
            ShapeError: an unknown stage, or features of another dimension.
        """
        stages = self.default_stages if stages is None else stages
        before = self.stages_before(stages)
        if images.modality != "image" or captions.modality != "caption":
            raise ShapeError(
                f"similarity takes images, then captions; got {images.modality} features and "
                f"{captions.modality} features."
            )
        if before:
            images, captions = self.features(images, before), self.features(captions, before)
            rest = tuple(set(stages) & {"vacsr"})
            return self.last(before).similarity(images, captions, rest, progress, gallery)
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
        adapter_files.save(self, Path(folder))

    @staticmethod
    def is_outdated(folder: str | Path) -> bool:
        """Whether a folder holds adapters of an older format, with another P(match)."""
        return adapter_files.is_outdated(Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Adapters:
        """Read what `save` wrote.

        Raises:
            DataError: a file is missing, damaged, or of a newer format.
        """
        return cls(**adapter_files.load(Path(folder), cls.load))

    def to(self, device: str) -> Adapters:
        """Move the weights to a device; returns itself."""
        for member in self.members:
            member.to(device)
        if self.space is not None:
            self.space.to(device)
        for after in self.behind.values():
            after.to(device)
        return self


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
