"""The commands of `python -m vacsr_core`; each explains itself with --help."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from vacsr_core import fit_commands
from vacsr_core.errors import CancelledError, VacsrError
from vacsr_core.evaluation.commands import add_evaluate
from vacsr_core.evaluation.pico_run import add_pico_command
from vacsr_core.evaluation.space_commands import add_evaluate_space
from vacsr_core.familiarity.commands import add_familiarity_commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 for an error that is explained."""
    given = _parser().parse_args(arguments)
    said = sys.argv[1:] if arguments is None else arguments
    given.command = "python -m vacsr_core " + shlex.join(said)
    try:
        given.run(given)
    except (VacsrError, CancelledError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command takes up a kept checkpoint again", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vacsr_core", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit_commands.add(commands, _show_progress)

    add_evaluate(commands, _show_progress)
    add_evaluate_space(commands, _show_progress)
    add_pico_command(commands, _show_progress)

    measure = commands.add_parser("evaluate-backbone", help="measure a backbone on photos")
    measure.add_argument("--backbone", default="embedded", help="a name, or local-dir:FOLDER")
    measure.add_argument("--data", type=Path, required=True, help="folder of the test data")
    measure.add_argument("--parts", nargs="+", help="of flickr, tiny-imagenet, pacs, scenes")
    measure.add_argument("--limit", type=int, help="at most so many pictures of each kind")
    measure.add_argument("--seed", type=int, default=0)
    measure.add_argument("--device", default="auto")
    measure.add_argument("--json", type=Path, help="write the figures there")
    measure.set_defaults(run=_evaluate_backbone)

    bench = commands.add_parser("bench", help="speed and memory on this machine")
    bench.add_argument("--images", type=int, default=1_000)
    bench.add_argument("--captions", type=int, default=5_000)
    bench.add_argument("--repeats", type=int, default=3)
    bench.add_argument("--pico", action="store_true", help="of column weights alone")
    bench.add_argument("--map", action="store_true", help="a map of points instead of pairs")
    bench.add_argument("--points", type=int, default=5_000, help="of the map")
    bench.add_argument("--json", type=Path, help="write the figures there")
    bench.set_defaults(run=_bench)

    train = commands.add_parser("train-backbone", help="train the small embedded backbone")
    train.add_argument("--data", type=Path, help="folder with the Parquet files; none: scenes only")
    train.add_argument("--out", type=Path, required=True, help="folder for the weights")
    train.add_argument("--checkpoint", type=Path, help="folder that keeps an interrupted run")
    train.add_argument("--device", default="auto")
    train.add_argument("--trunk", help="image tower; see vacsr_core/pretrain/config.py")
    train.add_argument("--domains", nargs="+", help="what to learn from; all by default")
    train.add_argument("--start", help="folder of an earlier run to begin with")
    train.add_argument("--half", action="store_true", help="compute in bfloat16")
    for name in ("seed", "scenes", "epochs", "steps", "pixels", "first-pixels"):
        train.add_argument(f"--{name}", type=int)
    for name in ("photos", "labelled", "objects", "cartoons", "scene-images"):
        train.add_argument(f"--{name}", type=int, help="pictures of this domain in a batch")
    train.add_argument("--learning-rate", type=float)
    for name in ("first-share", "average", "mixed-share", "drop-words"):
        train.add_argument(f"--{name}", type=float)
    train.set_defaults(run=_train_backbone)

    mix = commands.add_parser("blend-backbone", help="weights between those of two trainings")
    mix.add_argument("--first", type=Path, required=True, help="folder of the earlier training")
    mix.add_argument("--second", type=Path, required=True, help="folder of one that began with it")
    mix.add_argument("--share", type=float, required=True, help="of the second, in [0, 1]")
    mix.add_argument("--out", type=Path, required=True, help="folder for the weights")
    mix.set_defaults(run=_blend_backbone)

    add_familiarity_commands(commands, _show_progress)

    demo = commands.add_parser("demo", help="draw the demo gallery")
    demo.add_argument("--out", type=Path, required=True)
    demo.set_defaults(run=_demo)
    return parser


def _show_progress() -> Callable[[float, str], None]:
    """A line on standard error that is rewritten at most five times a second."""
    last = [0.0]

    def show(share: float, text: str) -> None:
        if time.monotonic() - last[0] > 0.2 or share >= 1.0:
            last[0] = time.monotonic()
            end = "\n" if not sys.stderr.isatty() else ""
            print(f"\r{100 * share:5.1f} %  {text:<60}", end=end, file=sys.stderr, flush=True)

    return show


def _evaluate_backbone(given: argparse.Namespace) -> None:
    from vacsr_core.backbone_report import evaluate_backbone
    from vacsr_core.encode import load_backbone
    from vacsr_core.engine import Engine

    progress = _show_progress()
    engine = Engine(load_backbone(given.backbone, given.device, progress))  # keeps no features
    report = evaluate_backbone(
        engine, given.data, given.parts, given.limit, given.seed, progress=progress
    )
    print(f"backbone {report.backbone_id}; seed {report.seed}; limit {report.limit}")
    print(report.table())
    if given.json:
        report.save(given.json)


def _bench(given: argparse.Namespace) -> None:
    if given.map:
        from vacsr_core.map_bench import bench_map

        found = bench_map(given.points)
    elif given.pico:
        from vacsr_core.bench import bench_pico

        found = bench_pico()
    else:
        found = _bench_pairs(given)
    for name, value in found.items():
        print(f"{name:30} {value:.4g}" if isinstance(value, float) else f"{name:30} {value}")
    _write_json(given.json, found)


def _bench_pairs(given: argparse.Namespace) -> dict:
    from vacsr_core import bench
    from vacsr_core.engine import Engine

    engine = Engine.load(device="cpu")
    found = bench.bench_pairs(engine.adapters, given.images, given.captions, given.repeats)
    found |= bench.bench_encoding(engine, given.repeats)
    return found | bench.bench_load(given.repeats)


def _train_backbone(given: argparse.Namespace) -> None:
    from vacsr_core.encode import choose_device
    from vacsr_core.pretrain import BackboneConfig, read_domains, train_backbone

    device = choose_device(given.device)
    chosen = {
        field.name: getattr(given, field.name)
        for field in fields(BackboneConfig)
        if getattr(given, field.name, None) is not None
    }
    chosen |= {"device": device, "is_half": given.half or device == "cuda"}
    if given.domains or given.data is None:
        chosen["domains"] = tuple(given.domains or ("scenes",))
    config = BackboneConfig(**chosen)
    progress = _show_progress()
    domains = read_domains(config, given.data, progress)
    start, start_cpu = time.monotonic(), time.process_time()
    history = train_backbone(given.out, domains, config, progress, checkpoint=given.checkpoint)
    record = {
        "config": asdict(config),
        "seconds": time.monotonic() - start,
        "cpu_seconds": time.process_time() - start_cpu,
        "epochs": history,
    }
    (given.out / "training.json").write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(history[-1]["validation"], indent=1))


def _blend_backbone(given: argparse.Namespace) -> None:
    from vacsr_core.pretrain.blend import blend

    blend(given.first, given.second, given.share, given.out)
    print(f"{given.out}: {given.share:g} of {given.second}, the rest of {given.first}")


def _demo(given: argparse.Namespace) -> None:
    from vacsr_core import demo

    demo.build(given.out)
    print(f"{given.out}: {sum(1 for _ in os.scandir(given.out))} files")


def _write_json(path: Path | None, found: object) -> None:
    if path is not None:
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
