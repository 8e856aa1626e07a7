"""What a backbone is worth on data that it was not trained on: photos, classes, drawn scenes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from vacsr_core.backbone_measures import PARTS, Figure, Run
from vacsr_core.engine import Engine
from vacsr_core.errors import DataError
from vacsr_core.hold_out import LABELLED_SHARE

FIGURE_NAMES = {
    "two_alternative_choice": "Flickr8k graded: own caption over another image's",
    "caption_to_image_r1": "Flickr8k graded: caption to image R@1",
    "caption_to_image_r5": "Flickr8k graded: caption to image R@5",
    "caption_to_image_r10": "Flickr8k graded: caption to image R@10",
    "image_to_caption_r1": "Flickr8k graded: image to caption R@1",
    "image_to_caption_r5": "Flickr8k graded: image to caption R@5",
    "image_to_caption_r10": "Flickr8k graded: image to caption R@10",
    "expert_tau_c": "Flickr8k experts: tau_c, every judgement a row",
    "expert_mean_tau_c": "Flickr8k experts: tau_c with the mean of the judges",
    "crowd_tau_b": "Flickr8k crowd: tau_b with the share of yes",
    "tiny_imagenet_200": "Tiny ImageNet held out: top-1 of its 200 classes",
    "tiny_imagenet_202": "Tiny ImageNet held out: top-1 of all 202 classes",
    "pacs_photo": "PACS photo held out: top-1 of 7 classes",
    "pacs_cartoon": "PACS cartoon held out: top-1 of 7 classes",
    "scenes_r1": "Drawn scenes: exact caption to image R@1",
}


@dataclass(frozen=True)
class BackboneReport:
    """All figures of one backbone.

    Args:
        backbone_id: which.
        seed: of draws, bootstrap and limit.
        limit: at most so many pictures of each kind; None for all.
        held_out_share: of labelled pictures.
        figures: key of FIGURE_NAMES -> figure.
        absent: files that were not in the folder, so that their figures are missing.
        notes: sentences on what was left out.
    """

    backbone_id: str
    seed: int
    limit: int | None
    held_out_share: float
    figures: dict[str, Figure]
    absent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def save(self, path: Path) -> None:
        """Write it as JSON; a figure that is not defined becomes null."""
        found = asdict(self)
        for figure in found["figures"].values():
            figure |= {k: None for k, v in figure.items() if v is not None and math.isnan(v)}
        Path(path).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    def table(self) -> str:
        """One line per figure: name, value, interval, count."""
        lines = [f"{'':52} {'value':>6}  {'95 % interval':16} {'n':>6} {'among':>6}"]
        for key, figure in self.figures.items():
            interval = f"{figure.low:.3f} to {figure.high:.3f}"
            lines.append(
                f"{FIGURE_NAMES[key]:52} {figure.value:6.3f}  {interval:16} "
                f"{figure.count:6} {figure.rivals or '':>6}"
            )
        return "\n".join([*lines, *self.notes, *(f"not there: {name}" for name in self.absent)])


def evaluate_backbone(
    engine: Engine,
    folder: Path,
    parts: Sequence[str] | None = None,
    limit: int | None = None,
    seed: int = 0,
    share: float = LABELLED_SHARE,
    progress: Callable | None = None,
) -> BackboneReport:
    """Measure a backbone on the test data of a data folder. The adapters play no part.

    Args:
        engine: gives the features; `Engine(load_backbone(name))` keeps none of them on disk.
        folder: with flickr8k-graded.parquet, flickr8k-expert.csv, flickr8k-crowd.csv,
            tiny-imagenet-200.parquet, pacs-photo.parquet and pacs-cartoon.parquet; one that is
            missing is named in the report.
        parts: of PARTS; None for all.
        limit: at most so many pictures of each kind, for a quick look; at least 2.
        seed: of the drawn rivals and the bootstrap.
        share: of the labelled pictures that the training held out.
        progress: called with (share done, text).

    Raises: DataError for a folder or a part that is not there, or files of another layout.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; give the one with flickr8k-graded.parquet.")
    if unknown := [part for part in parts or () if part not in PARTS]:
        raise DataError(f"Unknown parts {', '.join(unknown)}; choose of {', '.join(PARTS)}.")
    if limit is not None and limit < 2:
        raise DataError(f"The limit is {limit}; figures need at least 2 pictures.")
    run = Run(engine, folder, seed, limit, share, progress, [])
    figures: dict[str, Figure] = {}
    absent: list[str] = []
    for part in parts or PARTS:
        needed, measure = PARTS[part]
        missing = [name for name in needed if not (folder / name).is_file()]
        absent += missing
        if not missing:
            figures |= measure(run)
    return BackboneReport(
        backbone_id=engine.backbone.backbone_id,
        seed=seed,
        limit=limit,
        held_out_share=share,
        figures=figures,
        absent=tuple(absent),
        notes=tuple(run.notes),
    )
