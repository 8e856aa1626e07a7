"""All that stands in the README's results: Flickr8k, judged photos, CLIP features, drawn scenes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from vacsr_core.errors import DataError
from vacsr_core.evaluation import plan, roster, sources
from vacsr_core.evaluation.commands import load_engine, report_of, scenes_plan
from vacsr_core.evaluation.report import Report
from vacsr_core.pair_sets import part_of

TRAIN, DEV, GRADED = "flickr8k-train.parquet", "flickr8k-dev.parquet", "flickr8k-graded.parquet"
JUDGEMENTS = ("flickr8k-expert.csv", "flickr8k-crowd.csv")
FEATURES = "clip-vit-b32-flickr8k.npz"
SPLITS = 5  # of so few images, more halves than there are seeds elsewhere


def run_suite(given: argparse.Namespace, progress: Callable) -> Report:
    """Measure all four; label noise on Flickr8k's photos and on the scenes.

    The ablation is a run of its own: VACSR with one switch changed at a time, on Flickr8k's
    development photos and the CLIP features, without label noise.

    Raises:
        DataError: a file is missing.
    """
    folder = Path(given.suite)
    for name in (TRAIN, DEV, GRADED, *JUDGEMENTS, FEATURES):
        if not (folder / name).is_file():
            raise DataError(f"{folder / name} is not there; the suite needs it.")
    engine = load_engine(given, progress)
    parts = {
        "photos": (_photos(given, engine, folder, part_of(progress, 0.0, 0.05)), 0.05, 0.7),
        "features": (_features(folder), 0.7, 0.8),
    }
    if not given.ablation:
        parts["scenes"] = (_scenes(given, engine), 0.8, 1.0)
    wanted = tuple(given.contenders) or ((roster.OURS,) if given.ablation else ())
    report, checkpoint, noise = None, given.checkpoint, given.noise
    for name, (what, start, end) in parts.items():
        given.checkpoint = checkpoint and checkpoint / name
        given.noise = [] if name == "features" or given.ablation else noise
        entries = roster.entries(wanted, given.ablation, engine.backbone.device)
        part = report_of(what, entries, given, part_of(progress, start, end))
        report = part if report is None else report.and_also(part)
    given.checkpoint, given.noise = checkpoint, noise
    return report


def _photos(given, engine, folder: Path, progress: Callable) -> plan.Plan:
    """Fitted on the photos held out of the backbone's training, measured on dev and graded ones.

    The ablation is measured on dev alone: people's judgements are asked of few.
    """
    fitting = sources.from_file(folder / TRAIN, engine, rows="held-out", progress=progress)
    seeds = tuple(dict.fromkeys(given.seeds))
    if given.ablation:
        return plan.fixed(fitting, (sources.from_file(folder / DEV, engine),), seeds)
    graded = sources.with_judgements(
        sources.from_file(folder / GRADED, engine),
        [folder / name for name in JUDGEMENTS],
        lambda texts: engine.encode_captions(texts, tokens=False),
    )
    measured = (sources.from_file(folder / DEV, engine), graded)
    return plan.fixed(fitting, measured, seeds)


def _features(folder: Path) -> plan.Plan:
    return plan.halves(sources.from_features(folder / FEATURES), tuple(range(SPLITS)))


def _scenes(given, engine) -> plan.Plan:
    return scenes_plan(given, engine, tuple(dict.fromkeys(given.seeds)))
