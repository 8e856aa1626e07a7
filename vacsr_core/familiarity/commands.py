"""The two commands of the gauge: build it, measure it."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import mean, stdev


def add_familiarity_commands(commands: argparse._SubParsersAction, progress: Callable) -> None:
    """Add `build-familiarity` and `evaluate-familiarity` to a parser's commands.

    Args:
        commands: what `add_subparsers` returned.
        progress: makes a callback (share done, text).
    """
    build = commands.add_parser(
        "build-familiarity", help="summarise what the embedded backbone was trained on"
    )
    build.add_argument("--data", type=Path, required=True, help="folder with the Parquet files")
    build.add_argument("--backbone", default="embedded")
    build.add_argument("--device", default="auto")
    build.add_argument("--leave-out", nargs="*", default=[], metavar="SOURCE")
    build.add_argument("--only", nargs="+", metavar="SOURCE", help="instead of all sources")
    build.add_argument("--most", type=int, default=2_000, help="training images a source")
    build.add_argument("--seed", type=int, default=0)
    build.add_argument("--out", type=Path, required=True, help="the backbone's own folder")
    build.set_defaults(run=lambda given: _build(given, progress()))

    evaluate = commands.add_parser(
        "evaluate-familiarity", help="measure how well unfamiliar items are noticed"
    )
    evaluate.add_argument("--data", type=Path, required=True, help="folder with the Parquet files")
    evaluate.add_argument("--backbone", default="embedded")
    evaluate.add_argument("--device", default="auto")
    evaluate.add_argument(
        "--inside",
        default="flickr8k-dev.parquet",
        help="file of items like those trained on and seen by nobody, or 'scenes'",
    )
    evaluate.add_argument(
        "--left-out", nargs="*", default=[], help="files of domains that training left out"
    )
    evaluate.add_argument("--count", type=int, default=100, help="items of each drawn kind")
    evaluate.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    evaluate.add_argument("--json", type=Path, help="write the figures there")
    evaluate.set_defaults(run=lambda given: _evaluate(given, progress()))


def _build(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.engine import Engine
    from vacsr_core.familiarity.building import build_familiarity
    from vacsr_core.familiarity.training_items import SOURCES

    engine = Engine.load(given.backbone, given.device, progress)
    sources = [name for name in given.only or SOURCES if name not in given.leave_out]
    made = build_familiarity(engine, given.data, sources, given.seed, given.most, progress)
    folder = given.out / "familiarity"
    made.save(folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {size / 1e6:.2f} MB, for {made.backbone_id}")
    for modality, found in (("image", made.images), ("caption", made.captions)):
        tried = made.record[modality]
        print(f"{modality}s: {tried['method']}, neighbours {found.neighbours}; {tried['items']}")
        for row in tried["tried"]:
            print(f"  {row['method']:20} k {row['neighbours']} shrinkage {row['shrinkage']:<5} "
                  f"AUROC {row['auroc']:.3f} on {tried['outside items']} items")  # fmt: skip


def _evaluate(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.engine import Engine
    from vacsr_core.familiarity.evaluation import evaluate_familiarity

    engine = Engine.load(given.backbone, given.device, progress)
    inside = given.inside if given.inside == "scenes" else str(given.data / given.inside)
    left_out = [given.data / name for name in given.left_out]
    rows = evaluate_familiarity(engine, inside, left_out, given.seeds, given.count, progress)
    print(f"backbone {engine.backbone.backbone_id}; inside: {given.inside}; drawn items: "
          f"{given.count} a kind and seed, seeds {given.seeds}; mean ± std")  # fmt: skip
    for modality in ("image", "caption"):
        print(f"{modality + 's':30}{'n':>6}  {'AUROC':15}called outside")
        of_modality = [row for row in rows if row.modality == modality]
        for kind in dict.fromkeys(row.kind for row in of_modality):
            print(_line([row for row in of_modality if row.kind == kind]))
    print("* the gauge's distance was chosen on items of this kind (other seeds)")
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def _line(rows: list) -> str:
    mark = " *" if rows[0].is_choosing else ""
    area = "" if rows[0].auroc is None else _spread([row.auroc for row in rows])
    share = _spread([100 * row.share_outside for row in rows], 1)
    return f"{rows[0].kind + mark:30}{rows[0].count:>6}  {area:15}{share} %"


def _spread(values: list[float], digits: int = 3) -> str:
    spread = stdev(values) if len(values) > 1 else math.nan
    return f"{mean(values):.{digits}f}" + ("" if math.isnan(spread) else f" ± {spread:.{digits}f}")
