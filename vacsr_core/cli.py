"""python -m vacsr_core fit | evaluate-features | evaluate | bench | train-backbone | demo"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from statistics import mean, stdev

from vacsr_core import fit_commands
from vacsr_core.errors import CancelledError, VacsrError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 for an error that is explained."""
    given = _parser().parse_args(arguments)
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

    evaluate = commands.add_parser("evaluate", help="measure an engine on held-out scenes")
    evaluate.add_argument("--backbone", default="embedded")
    evaluate.add_argument("--adapters", type=Path, help="folder; without it, the stored ones")
    evaluate.add_argument("--refit", action="store_true", help="fit anew on scenes for each seed")
    evaluate.add_argument("--device", default="auto")
    evaluate.add_argument("--scenes", type=int, default=300)
    evaluate.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    evaluate.add_argument("--json", type=Path, help="write the figures there")
    evaluate.set_defaults(run=_evaluate)

    bench = commands.add_parser("bench", help="speed and memory on this machine")
    bench.add_argument("--images", type=int, default=1_000)
    bench.add_argument("--captions", type=int, default=5_000)
    bench.add_argument("--repeats", type=int, default=3)
    bench.add_argument("--json", type=Path, help="write the figures there")
    bench.set_defaults(run=_bench)

    train = commands.add_parser("train-backbone", help="train the small embedded backbone")
    train.add_argument("--out", type=Path, required=True, help="folder for the weights")
    train.add_argument("--checkpoint", type=Path, help="folder that keeps an interrupted run")
    train.add_argument("--device", default="auto")
    for name, kind in (("seed", int), ("scenes", int), ("held-out", int), ("epochs", int)):
        train.add_argument(f"--{name}", type=kind)
    train.add_argument("--batch", type=int)
    train.add_argument("--learning-rate", type=float)
    train.set_defaults(run=_train_backbone)

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


def _evaluate(given: argparse.Namespace) -> None:
    from vacsr_core.adapters import Adapters
    from vacsr_core.engine import SCENES_CONFIG, Engine
    from vacsr_core.evaluate import evaluate_on_scenes

    progress = _show_progress()
    engine = Engine.load(given.backbone, given.device, progress)
    if given.adapters:
        engine.adapters = Adapters.load(given.adapters).to(engine.backbone.device)
    reports = []
    for seed in given.seeds:
        if given.refit:
            engine.fit_on_scenes(replace(SCENES_CONFIG, seed=seed), progress, is_kept=False)
        reports.append(evaluate_on_scenes(engine, seed, given.scenes, progress))
    rows = _summary([asdict(report) for report in reports])
    print(f"backbone {engine.backbone.backbone_id}; adapters: {engine.adapters.fitted_on}")
    print(f"held-out scenes; {given.scenes} images a seed; seeds {given.seeds}; mean ± std")
    for name, text in rows.items():
        print(f"{name:28} {text}")
    _write_json(given.json, [asdict(report) for report in reports])


def _summary(reports: list[dict]) -> dict[str, str]:
    """Mean and standard deviation over seeds of every figure."""
    flat = []
    for report in reports:
        row = {}
        for name, value in report.items():
            if isinstance(value, dict):
                row |= {f"{name.removesuffix('_of_level')} {key}": v for key, v in value.items()}
            else:
                row[name] = value
        row.pop("seed")
        flat.append(row)
    spread = stdev if len(flat) > 1 else (lambda values: float("nan"))
    return {
        name: f"{mean(r[name] for r in flat):.3f} ± {spread([r[name] for r in flat]):.3f}"
        for name in flat[0]
    }


def _bench(given: argparse.Namespace) -> None:
    from vacsr_core import bench
    from vacsr_core.engine import Engine

    engine = Engine.load(device="cpu")
    found = bench.bench_pairs(engine.adapters, given.images, given.captions, given.repeats)
    found |= bench.bench_encoding(engine, given.repeats)
    found |= bench.bench_load(given.repeats)
    for name, value in found.items():
        print(f"{name:30} {value:.4g}" if isinstance(value, float) else f"{name:30} {value}")
    _write_json(given.json, found)


def _train_backbone(given: argparse.Namespace) -> None:
    from vacsr_core.backbone_fit import BackboneConfig, train_backbone
    from vacsr_core.encode import choose_device

    chosen = {
        field.name: getattr(given, field.name)
        for field in fields(BackboneConfig)
        if getattr(given, field.name, None) is not None
    }
    config = BackboneConfig(**chosen | {"device": choose_device(given.device)})
    start = time.monotonic()
    history = train_backbone(given.out, config, _show_progress(), checkpoint=given.checkpoint)
    record = {"config": asdict(config), "seconds": time.monotonic() - start, "epochs": history}
    (given.out / "training.json").write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(history[-1]["validation"], indent=1))


def _demo(given: argparse.Namespace) -> None:
    from vacsr_core import demo

    demo.build(given.out)
    print(f"{given.out}: {sum(1 for _ in os.scandir(given.out))} files")


def _write_json(path: Path | None, found: object) -> None:
    if path is not None:
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
