"""The command `evaluate` of `python -m vacsr_core`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vacsr_core.errors import DataError

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.evaluation.data_set import DataSet
    from vacsr_core.evaluation.plan import Plan
    from vacsr_core.evaluation.report import Report

SCENES, HALVES, NONE = "scenes", "halves", "none"
GROUND_TRUTHS = ("auto", "eccv", "labels")


def add_evaluate(commands: argparse._SubParsersAction, show_progress: Callable) -> None:
    """Add the command to a parser; `show_progress()` gives a progress callback."""
    evaluate = commands.add_parser(
        "evaluate",
        help="measure VACSR and its rivals on any data set: ranking, doubt, calibration",
        description="Fits every contender on one part and measures it on another: retrieval, how "
        "well doubt finds errors, calibration, agreement with people, label noise, cost. Without "
        "--data it measures the shipped adapters on drawn scenes.",
    )
    _add_data(evaluate)
    _add_contenders(evaluate)
    evaluate.add_argument("--checkpoint", type=Path, help="folder that keeps finished fits, so "
                          "that an interrupted run goes on there")  # fmt: skip
    evaluate.add_argument("--json", type=Path, help="write the report there")
    evaluate.add_argument("--markdown", type=Path, help="write the report there, as .md")
    evaluate.add_argument("--html", type=Path, help="write the report there, with plots")
    evaluate.set_defaults(run=lambda given: _evaluate(given, show_progress()))


def _add_data(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument(
        "--data", default=SCENES,
        help="'scenes', a Parquet file, a folder with captions.csv, JSONL or a Karpathy JSON",
    )  # fmt: skip
    evaluate.add_argument("--features", type=Path, help="ready features in an .npz, for --data")
    evaluate.add_argument("--suite", type=Path, help="folder with the Flickr8k files and CLIP "
                          "features: all that stands in the README")  # fmt: skip
    evaluate.add_argument("--image-root", type=Path, help="folder that image names count from")
    evaluate.add_argument("--split", help="of a Karpathy file, the part to measure")
    evaluate.add_argument(
        "--fit", help="what to fit on: a file like --data, 'scenes', 'halves' (of --data; the "
        "default) or 'none' (the stored adapters as they are; the default for scenes)",
    )  # fmt: skip
    evaluate.add_argument("--fit-features", type=Path, help="ready features to fit on")
    evaluate.add_argument("--fit-split", help="of a Karpathy file, the part to fit on")
    evaluate.add_argument("--rows", choices=("all", "held-out"), default="all",
                          help="of the file to fit on: all images, or the 1,000 that the embedded "
                          "backbone was not trained on")  # fmt: skip
    evaluate.add_argument("--judgements", type=Path, nargs="+", default=[],
                          help="CSVs of people's judgements of the measured images")  # fmt: skip
    evaluate.add_argument("--ground-truth", choices=GROUND_TRUTHS, default="auto",
                          help="eccv: ECCV Caption and CxC beside COCO's labels; auto: where the "
                          "ids are COCO's")  # fmt: skip


def _add_contenders(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("--contenders", nargs="+", default=[], help="only these; all by default")
    evaluate.add_argument("--ablation", action="store_true", help="every switch of the "
                          "fit as well; of a suite, a run of its own")  # fmt: skip
    evaluate.add_argument("--noise", type=float, nargs="+", default=[],
                          help="shares of shuffled captions to fit on too, in (0, 1)")  # fmt: skip
    evaluate.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    evaluate.add_argument("--backbone", default="embedded")
    evaluate.add_argument("--adapters", type=Path, help="folder; without it, the stored ones")
    evaluate.add_argument("--refit", action="store_true",
                          help="of scenes: fit the stored adapters anew for each seed")  # fmt: skip
    evaluate.add_argument("--device", default="auto")
    evaluate.add_argument("--scenes", type=int, default=300, help="so many drawn scenes")


def _evaluate(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.evaluation.tables import markdown

    for name in ("json", "markdown", "html"):
        path = getattr(given, name)
        wanted = ".md" if name == "markdown" else f".{name}"
        if path is not None and path.suffix != wanted:
            raise DataError(f"--{name} {path}: wanted is a name that ends in {wanted}.")
    if given.noise and not all(0 < share < 1 for share in given.noise):
        raise DataError(f"--noise {given.noise}: wanted are shares above 0 and below 1.")
    is_said = False  # the scenes' own figures are printed as they come
    if given.suite is not None:
        from vacsr_core.evaluation.suite import run_suite

        report: Report = run_suite(given, progress)
    elif given.features is None and given.data == SCENES and given.fit in (None, NONE):
        from vacsr_core.evaluation.scene_run import run_scenes

        report, is_said = run_scenes(given, progress), True
    else:
        report = _measured(given, progress)
    files = [path for path in (given.json, given.markdown, given.html) if path is not None]
    for path in files:
        report.save(path)
    if not files and not is_said:
        print(markdown(report))


def _measured(given: argparse.Namespace, progress: Callable) -> Report:
    """One data set, as the arguments say."""
    from vacsr_core.evaluation import roster
    from vacsr_core.pair_sets import part_of

    engine = None if given.features is not None else load_engine(given, progress)
    plan = _plan(given, engine, part_of(progress, 0.0, 0.1))
    device = "cpu" if engine is None else engine.backbone.device
    wanted = tuple(name for name in given.contenders if name != roster.SHIPPED)
    entries = []
    if given.fit == NONE or roster.SHIPPED in given.contenders:
        entries.append(_shipped(given, engine, plan))
    if given.fit != NONE:
        entries += roster.entries(wanted, given.ablation, device)
    return report_of(plan, entries, given, part_of(progress, 0.1, 1.0))


def report_of(
    plan: Plan, entries: list, given: argparse.Namespace, progress: Callable | None = None
) -> Report:
    """Run a plan and sum it up, each measured data set for itself."""
    from vacsr_core.evaluation import roster
    from vacsr_core.evaluation.run import run
    from vacsr_core.evaluation.summary import summarise
    from vacsr_core.pair_sets import part_of

    trials = run(plan, entries, given.noise, given.checkpoint, part_of(progress, 0.0, 0.9))
    kinds = roster.kinds(entries)
    _, measured = plan.parts(plan.seeds[0])
    report = None
    for data in measured:
        here = [trial for trial in trials if trial.data == data.name]
        part = summarise(
            here, kinds, data.name, plan.split, given.command, roster.BASELINE, data.notes,
            part_of(progress, 0.9, 1.0),
        )  # fmt: skip
        report = part if report is None else report.and_also(part)
    return report


def load_engine(given: argparse.Namespace, progress: Callable) -> Engine:
    """The backbone, with the adapters that were asked for.

    Raises:
        DataError: the adapters are those of another model.
    """
    from vacsr_core.adapters import Adapters
    from vacsr_core.engine import Engine
    from vacsr_core.evaluation.plan import check_adapters

    engine = Engine.load(given.backbone, given.device, progress)
    if given.adapters:
        adapters = Adapters.load(given.adapters)
        check_adapters(adapters, engine.backbone.dimension, engine.backbone.backbone_id)
        engine.adapters = adapters.to(engine.backbone.device)
    return engine


def _shipped(given: argparse.Namespace, engine: Engine | None, plan: Plan):
    """The adapters as they are, checked against the features."""
    from vacsr_core.adapters import Adapters
    from vacsr_core.evaluation.plan import check_adapters
    from vacsr_core.evaluation.roster import shipped

    if engine is not None:
        return shipped(engine.adapters)
    if given.adapters is None:
        raise DataError("Ready features have no stored adapters; give --adapters FOLDER or --fit.")
    adapters = Adapters.load(given.adapters)
    images = plan.parts(plan.seeds[0])[1][0].images
    check_adapters(adapters, images.dimension, images.backbone_id)
    return shipped(adapters)


def _plan(given: argparse.Namespace, engine: Engine | None, progress: Callable) -> Plan:
    from vacsr_core.evaluation import plan, sources
    from vacsr_core.pair_sets import part_of

    seeds = tuple(dict.fromkeys(given.seeds))
    if engine is not None and given.data == SCENES:
        if given.fit != SCENES:
            raise DataError(f"--fit {given.fit}: scenes are fitted on 'scenes', or on 'none'.")
        return scenes_plan(given, engine, seeds)
    if engine is None:
        measured = sources.from_features(given.features)
    else:
        first = part_of(progress, 0.0, 0.4)
        measured = sources.from_file(
            given.data, engine, given.image_root, given.split, progress=first
        )
    measured = _with_people(given, engine, measured)
    if given.fit_features is not None:
        return plan.fixed(sources.from_features(given.fit_features), (measured,), seeds)
    if given.fit == NONE:
        return plan.fixed(None, (measured,), seeds)
    if given.fit in (None, HALVES):
        return plan.halves(measured, seeds)
    if engine is None:
        raise DataError("Ready features are fitted on --fit-features, or on 'halves' of them.")
    part = part_of(progress, 0.4, 1.0)
    if given.fit == SCENES:
        return _fitted_on_scenes(given, engine, measured, seeds)
    given_fit = (given.fit, engine, given.image_root, given.fit_split, given.rows, part)
    return plan.fixed(sources.from_file(*given_fit), (measured,), seeds)


def scenes_plan(given: argparse.Namespace, engine: Engine, seeds: tuple[int, ...]) -> Plan:
    """Scenes to fit on and scenes to measure on, drawn anew for every seed."""
    from vacsr_core.evaluation import sources
    from vacsr_core.evaluation.plan import Plan

    kept: dict[int, tuple] = {}

    def parts(seed: int) -> tuple[DataSet, tuple[DataSet, ...]]:
        if seed not in kept:
            kept[seed] = (
                sources.from_scenes(engine, 2 * given.scenes, seed, is_to_fit=True),
                (sources.from_scenes(engine, given.scenes, seed),),
            )
        return kept[seed]

    return Plan(f"fitted on {2 * given.scenes} other drawn scenes, by seed", parts, seeds)


def _fitted_on_scenes(
    given: argparse.Namespace, engine: Engine, measured: DataSet, seeds: tuple[int, ...]
) -> Plan:
    from vacsr_core.evaluation import sources
    from vacsr_core.evaluation.plan import Plan

    def parts(seed: int) -> tuple[DataSet, tuple[DataSet, ...]]:
        drawn = sources.from_scenes(engine, 2 * given.scenes, seed, is_to_fit=True)
        return drawn, (measured,)

    return Plan(f"fitted on {2 * given.scenes} drawn scenes, by seed", parts, seeds)


def _with_people(given: argparse.Namespace, engine: Engine | None, data: DataSet) -> DataSet:
    """Judgements and COCO's true matches, where they are asked for."""
    from vacsr_core.evaluation import coco, sources

    if given.judgements:
        encode = None if engine is None else (
            lambda texts: engine.encode_captions(texts, tokens=False)
        )  # fmt: skip
        data = sources.with_judgements(data, given.judgements, encode)
    is_coco = given.ground_truth == "eccv"
    if is_coco or (given.ground_truth == "auto" and coco.has_coco_ids(data)):
        data = coco.with_matches(data)
        if given.fit in (None, HALVES) and given.fit_features is None:
            raise DataError(
                "ECCV Caption needs all of COCO's test images to measure on; fit on another file: "
                "--fit FILE, --fit-features FILE or --fit none."
            )
    return data
