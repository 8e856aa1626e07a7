"""The command `evaluate-space` of `python -m vacsr_core`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vacsr_core.errors import DataError

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.evaluation.data_set import DataSet
    from vacsr_core.evaluation.space_run import Case

LEVEL = 0.5  # of every imbalance
WORDS = f"{LEVEL:.0%} of the caption words dropped"
IMAGE_NOISE, CAPTION_NOISE = f"image noise {LEVEL:g}", f"caption noise {LEVEL:g}"


def add_evaluate_space(commands: argparse._SubParsersAction, show_progress: Callable) -> None:
    """Add the command to a parser; `show_progress()` gives a progress callback."""
    evaluate = commands.add_parser(
        "evaluate-space",
        help="measure the common space: structure kept against retrieval, over the distillation",
        description="Fits the common space under several weights of the distillation, on pairs as "
        "they are and with one modality made worse, and measures structure, single-modal, mixed "
        "and cross-modal retrieval. Give --suite, --features, or --data with --fit.",
    )
    evaluate.add_argument("--suite", type=Path, help="folder with the Flickr8k files and the CLIP "
                          "features: all that stands in the README")  # fmt: skip
    evaluate.add_argument("--data", help="what to measure on: a file as of the command evaluate")
    evaluate.add_argument("--fit", help="what to fit on; without it, half of --data")
    evaluate.add_argument("--rows", choices=("all", "held-out"), default="all",
                          help="of the file to fit on, see the command evaluate")  # fmt: skip
    evaluate.add_argument("--features", type=Path, help="ready features in an .npz, by halves")
    evaluate.add_argument("--weights", type=float, nargs="+", help="of the distillation; 0 is the "
                          "one that the others are compared with")  # fmt: skip
    evaluate.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    evaluate.add_argument("--backbone", default="embedded")
    evaluate.add_argument("--device", default="auto")
    evaluate.add_argument("--json", type=Path, help="write every row there; an interrupted run, or "
                          "one with more weights, goes on from it")  # fmt: skip
    evaluate.add_argument("--markdown", type=Path, help="write the tables there")
    evaluate.set_defaults(run=lambda given: _evaluate(given, show_progress()))


def _evaluate(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.evaluation.space_run import WEIGHTS, run_space
    from vacsr_core.evaluation.space_tables import space_markdown
    from vacsr_core.pair_sets import part_of
    from vacsr_core.space import SpaceConfig

    cases, device = _cases(given, part_of(progress, 0.0, 0.1))
    rows = run_space(
        cases,
        SpaceConfig(device=device),
        tuple(dict.fromkeys(given.weights or WEIGHTS)),
        given.json,
        given.command,
        part_of(progress, 0.1, 1.0),
    )
    progress(1.0, "measured")
    text = space_markdown(rows, [case.plan for case in cases], given.command)
    if given.markdown is not None:
        given.markdown.write_text(text, encoding="utf-8")
    print(text)


def _cases(given: argparse.Namespace, progress: Callable) -> tuple[list[Case], str]:
    """What is fitted and measured, and the device for it.

    Raises:
        DataError: not exactly one of the three ways to name the data, or a file is missing.
    """
    from vacsr_core.engine import Engine
    from vacsr_core.evaluation import plan, sources
    from vacsr_core.evaluation.space_run import Case

    if [given.suite, given.data, given.features].count(None) != 2:
        raise DataError("Name the data by one of --suite, --data and --features.")
    seeds = tuple(dict.fromkeys(given.seeds))
    if given.features is not None:
        return [_of_features(given.features, seeds)], "cpu"
    data, fit, rows = given.data, given.fit, given.rows
    if given.suite is not None:
        from vacsr_core.evaluation.suite import DEV, FEATURES, TRAIN

        for name in (TRAIN, DEV, FEATURES):
            if not (given.suite / name).is_file():
                raise DataError(f"{given.suite / name} is not there; the suite needs it.")
        data, fit, rows = given.suite / DEV, given.suite / TRAIN, "held-out"
    engine = Engine.load(given.backbone, given.device, progress)
    measured = sources.from_file(data, engine, progress=progress)
    if fit is None:
        of_photos = plan.halves(measured, seeds)
    else:
        fitting = sources.from_file(fit, engine, rows=rows, progress=progress)
        of_photos = plan.fixed(fitting, (measured,), seeds)
    cases = [Case(of_photos, {WORDS: _words_dropped(engine), IMAGE_NOISE: _noisy_images})]
    if given.suite is not None:
        cases.append(_of_features(given.suite / FEATURES, seeds))
    return cases, engine.backbone.device


def _of_features(path: Path, seeds: tuple[int, ...]) -> Case:
    """Halves of ready features, of which no text can be encoded anew."""
    from vacsr_core.evaluation import plan, sources
    from vacsr_core.evaluation.space_run import Case

    of_features = plan.halves(sources.from_features(path), seeds)
    return Case(of_features, {CAPTION_NOISE: _noisy_captions, IMAGE_NOISE: _noisy_images})


def _words_dropped(engine: Engine) -> Callable[[DataSet, int], DataSet]:
    from vacsr_core.imbalance import drop_words

    def worse(data: DataSet, seed: int) -> DataSet:
        texts = tuple(drop_words(data.texts, LEVEL, seed))
        captions = engine.encode_captions(texts, tokens=False)
        return replace(data, captions=captions, texts=texts)

    return worse


def _noisy_images(data: DataSet, seed: int) -> DataSet:
    from vacsr_core.imbalance import noisy_features

    return replace(data, images=noisy_features(data.images, LEVEL, seed))


def _noisy_captions(data: DataSet, seed: int) -> DataSet:
    from vacsr_core.imbalance import noisy_features

    return replace(data, captions=noisy_features(data.captions, LEVEL, seed))
