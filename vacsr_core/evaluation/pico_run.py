"""The command `evaluate-pico`: planted style, drawn scenes, photos, CLIP's features."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from vacsr_core.errors import DataError

PARTS = ("planted", "scenes", "photos", "clip")


def add_pico_command(commands: argparse._SubParsersAction, show_progress: Callable) -> None:
    """Add `evaluate-pico` to a parser's commands; `show_progress()` gives a progress callback."""
    evaluate = commands.add_parser(
        "evaluate-pico", help="measure column weights (PICO) and their controls"
    )
    evaluate.add_argument("--suite", type=Path, help="folder with the Flickr8k files and CLIP "
                          "features; without it, planted style and scenes alone")  # fmt: skip
    evaluate.add_argument("--parts", nargs="+", choices=PARTS, help="only these")
    evaluate.add_argument("--backbone", default="embedded")
    evaluate.add_argument("--device", default="auto")
    evaluate.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    evaluate.add_argument("--json", type=Path, help="write all numbers there")
    evaluate.add_argument("--markdown", type=Path, help="write the tables there, as .md")
    evaluate.set_defaults(run=lambda given: _run(given, show_progress()))


def _run(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.evaluation import pico_photos, pico_planted, pico_scenes
    from vacsr_core.evaluation.pico_tables import PicoReport
    from vacsr_core.pair_sets import part_of

    parts = given.parts or (PARTS if given.suite else PARTS[:2])
    _check(given, parts)
    seeds = tuple(dict.fromkeys(given.seeds))
    engine = _engine(given, progress) if {"scenes", "photos"} & set(parts) else None
    report = PicoReport(given.command, seeds)
    report.notes = _notes(engine)
    makers = {
        "planted": lambda said: pico_planted.planted_numbers(seeds, said),
        "scenes": lambda said: pico_scenes.scene_numbers(engine, seeds, said),
        "photos": lambda said: pico_photos.photo_numbers(engine, given.suite, seeds, said),
        "clip": lambda said: pico_photos.half_numbers(given.suite, seeds),
    }
    for place, part in enumerate(parts):
        start = time.monotonic()
        said = part_of(progress, place / len(parts), (place + 1) / len(parts))
        report.numbers += makers[part](said)
        report.seconds[part] = time.monotonic() - start
        if given.json:  # what is finished stays, whatever happens to the rest
            report.save(given.json)
        if given.markdown:
            given.markdown.write_text(report.markdown(), encoding="utf-8")
    progress(1.0, "measured")
    print(report.markdown())


def _check(given: argparse.Namespace, parts: tuple[str, ...]) -> None:
    from vacsr_core.evaluation.pico_photos import CLIP, DEV, TRAIN

    if given.markdown and given.markdown.suffix != ".md":
        raise DataError(f"--markdown {given.markdown}: wanted is a name that ends in .md.")
    needed = {"photos": (TRAIN, DEV), "clip": (CLIP,)}
    for part in parts:
        for name in needed.get(part, ()):
            if given.suite is None or not (given.suite / name).is_file():
                raise DataError(
                    f"{name} is not in {given.suite}; the part {part!r} needs it. Give --suite "
                    f"FOLDER, or choose other --parts of {', '.join(PARTS)}."
                )


def _engine(given: argparse.Namespace, progress: Callable):
    from vacsr_core.engine import Engine

    return Engine.load(given.backbone, given.device, progress)


def _notes(engine) -> dict[str, str]:
    """What each table was measured on."""
    from vacsr_core.evaluation import pico_photos, pico_planted, pico_scenes

    backbone = "" if engine is None else f"Backbone {engine.backbone.backbone_id}. "
    scenes = (
        f"{backbone}Fitted on {pico_scenes.FIT_SCENES} drawn scenes with 3 captions each, "
        f"measured on {pico_scenes.TEST_SCENES} others, drawn anew for every seed. "
        '"PICO" sees pairs alone. "Style views" are the same scenes in '
        f"{pico_scenes.VIEWS} other drawing styles, or {pico_scenes.CHANGES} changed copies of the "
        "picture (grey, colour shift, blur, JPEG, posterise), so that the drawing styles that are "
        'measured are new to it. "1 - variance within views" uses the same views without PICO.'
    )
    photos = (
        f"{backbone}Fitted on the 1,000 photos of {pico_photos.TRAIN} that the backbone was not "
        f"trained on; style views are {pico_photos.VIEWS} changed copies of "
        f"{pico_photos.FIT_VIEWED} of them. Measured on {pico_photos.DEV}."
    )
    interval = " Spearman over columns, p and ICC averaged over seeds; 95 % bootstrap interval."
    return {
        pico_planted.TABLE: pico_planted.NOTE,
        pico_planted.GRADED: "Style shares from 0 to 1; p against 1 - share.",
        pico_scenes.LINKS: scenes + interval,
        pico_scenes.USE: scenes + " R@1 is the mean of both directions among "
        f"{pico_scenes.TEST_SCENES} scenes: all drawn flat, or every scene in another style.",
        pico_photos.PHOTOS: photos + " R@1 is the mean of both directions among 1,000 photos, and "
        f"among {pico_photos.TEST_CHANGED}: as they are, or every photo under another change.",
        pico_photos.LINKS: photos + interval,
        pico_photos.CURVE: photos + " Columns by p, by variance, at random; area over the share.",
        pico_photos.HALVES: f"{pico_photos.CLIP}: 25 images to fit on, 25 to measure on, both "
        "ways, halved anew for every seed. No tokens and no pictures: global vectors, no views.",
    }
