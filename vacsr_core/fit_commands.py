"""The commands `fit` and `evaluate-features` of `python -m vacsr_core`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING

from vacsr_core.errors import DataError

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.pair_sets import PairSet

SCENES = "scenes"
RANKING = ("two_alternative", "r1_image_to_caption", "r1_caption_to_image",
           "r10_image_to_caption", "r10_caption_to_image")  # fmt: skip
CALIBRATION = ("brier_skill", "log_loss", "ece")
DOUBTS = {
    "auroc_std": "std of the pair (learnt)",
    "auroc_constant_std": "std with one width for all pairs",
    "auroc_low_cosine": "low cosine",
    "auroc_margin": "small margin to the second choice",
}


def add(commands: argparse._SubParsersAction, show_progress: Callable) -> None:
    """Add both commands to a parser; `show_progress()` gives a progress callback."""
    fit = commands.add_parser("fit", help="fit the adapters of a backbone")
    fit.add_argument(
        "--data",
        nargs="+",
        default=[SCENES],
        help="'scenes', Parquet files, folders with captions.csv, JSONL or Karpathy JSON files; "
        "several are fitted on together, pairs across them are mismatches",
    )
    fit.add_argument("--rows", choices=("all", "held-out"), default="all",
                     help="of captioned files: all images, or the 1,000 that the embedded "
                     "backbone was not trained on")  # fmt: skip
    fit.add_argument("--features", type=Path, help="ready features in an .npz, instead of --data")
    fit.add_argument("--backbone", default="embedded")
    fit.add_argument("--how", choices=("full", "conservative", "auto"), default="full",
                     help="conservative: the mean keeps the cosine's ranking; auto: full only "
                     "where that ranks held-out own pairs no worse")  # fmt: skip
    fit.add_argument("--members", type=int, default=1,
                     help="fits side by side, which also tell what the model has not seen "
                     "enough of")  # fmt: skip
    fit.add_argument(
        "--name", help="what ready features or a captioned file are of, as the app will say it"
    )
    fit.add_argument("--device", default="auto")
    fit.add_argument("--seed", type=int, default=0)
    fit.add_argument("--out", type=Path, required=True, help="folder for the fitted adapters")
    fit.add_argument("--checkpoint", type=Path, help="folder that keeps an interrupted fit")
    _add_switches(fit.add_argument_group("of a full fit", "the switches of the ablation"))
    fit.set_defaults(run=lambda given: _fit(given, show_progress()))

    measure = commands.add_parser(
        "evaluate-features", help="fit on half of ready features, measure on the other half"
    )
    measure.add_argument("--features", type=Path, required=True, help=".npz of one backbone")
    measure.add_argument("--splits", type=int, default=5)
    measure.add_argument("--how", choices=("full", "conservative"), default="conservative")
    measure.add_argument("--json", type=Path, help="write the figures there")
    measure.set_defaults(run=lambda given: _evaluate_features(given, show_progress()))


def _add_switches(group: argparse._ArgumentGroup) -> None:
    """Options that are named as the fields of FitConfig; one that is not given changes nothing."""

    def add(name: str, **how) -> None:
        group.add_argument(name, **({"default": None} | how))

    add("--positive-share", type=float, help="weight of the positives in the reconstruction")
    add("--kl-weight", type=float, help="a; 0 leaves the KL term out")
    add("--sigma-weight", type=float, help="b; 0 leaves L_sigma out")
    add("--negative-sigma-weight", type=float, help="c, of the hard negatives in L_sigma")
    add("--no-squash", action="store_false", dest="is_squashed", help="the variance as it is")
    add("--components", type=int, help="K of the mixture")
    add("--hard-negatives", type=int, help="of every row, in L_sigma")
    add("--no-same-image-mask", action="store_false", dest="mask_same_image",
        help="captions of the same image count as negatives")  # fmt: skip
    add("--deterministic", action="store_true", dest="is_deterministic",
        help="the baseline: a sigmoid loss, nothing sampled, no variance learnt")  # fmt: skip
    add("--epochs", type=int, help="at most so many")


def _switches(given: argparse.Namespace) -> dict:
    """What was given of the fields of FitConfig that a full fit alone has.

    Raises:
        DataError: some, for a conservative fit, which would not heed them.
    """
    names = ("positive_share", "kl_weight", "sigma_weight", "negative_sigma_weight", "is_squashed",
             "components", "hard_negatives", "mask_same_image", "is_deterministic",
             "epochs")  # fmt: skip
    chosen = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    if chosen and given.how == "conservative":
        raise DataError(
            f"{', '.join(sorted(chosen))}: of a full fit only, and a conservative one was asked "
            "for. Leave the switch out, or use --how full."
        )
    return chosen


def _fit(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.first_fit import fit_sets
    from vacsr_core.fit_config import SCENES_CONFIG, FitConfig
    from vacsr_core.pair_sets import part_of

    chosen = _switches(given)
    FitConfig(members=given.members, **chosen)  # a wrong value is told before anything is encoded
    if given.features:
        sets, device = [_ready_set(given)], "cpu"
    else:
        from vacsr_core.engine import Engine

        engine = Engine.load(given.backbone, given.device, progress)
        device = engine.backbone.device
        width = 0.7 / len(given.data)
        sets = [
            _set(source, given, engine, part_of(progress, place * width, (place + 1) * width))
            for place, source in enumerate(given.data)
        ]
    has_scenes = any(part.is_drawn for part in sets)
    base = SCENES_CONFIG if has_scenes else FitConfig()
    config = replace(base, seed=given.seed, device=device, members=given.members, **chosen)
    adapters = fit_sets(
        sets, given.how, config, part_of(progress, 0.7, 1.0), checkpoint=given.checkpoint
    )
    adapters.save(given.out)
    said = {name: adapters.history[name] for name in ("how", "why", "spread", "validation")
            if name in adapters.history}  # fmt: skip
    print(json.dumps(said | {"fitted_on": adapters.fitted_on}, indent=1))


def _ready_set(given: argparse.Namespace) -> PairSet:
    from vacsr_core.evaluate_features import read_features
    from vacsr_core.pair_sets import PairSet

    images, captions, owner = read_features(given.features, given.backbone)
    name = given.name or given.features.name
    return PairSet(
        f"{name}: {len(images)} images, {len(captions)} captions", images, captions, owner
    )


def _set(source: str, given: argparse.Namespace, engine: Engine, progress: Callable) -> PairSet:
    """Read and encode one source."""
    from vacsr_core.pair_sets import PairSet, part_of, scene_pairs

    if source == SCENES:
        from vacsr_core.engine import SCENES_TO_FIT

        return scene_pairs(engine, SCENES_TO_FIT, given.seed, progress)
    from vacsr_core import data

    pairs, rows = data.read(Path(source)), ""
    if given.rows == "held-out":
        import numpy as np

        from vacsr_core.hold_out import captioned_hold_out

        pairs = pairs.select(np.flatnonzero(captioned_hold_out(pairs.image_ids)))
        rows = " held out of the backbone's training"
    what = given.name or f"images of {pairs.name}"
    return PairSet(
        name=f"{len(pairs.images):,} {what}{rows} with {len(pairs.captions):,} captions",
        images=engine.encode_images(pairs.images, part_of(progress, 0.0, 0.7), tokens=False),
        captions=engine.encode_captions(pairs.captions, part_of(progress, 0.7, 1.0), tokens=False),
        caption_image=pairs.caption_image,
    )


def _evaluate_features(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.evaluate_features import evaluate_splits, read_features
    from vacsr_core.fit_config import CONSERVATIVE, FitConfig

    if given.splits < 1:
        raise DataError(f"{given.splits} splits were asked for; wanted is at least 1.")
    pairs = read_features(given.features)
    config = CONSERVATIVE if given.how == "conservative" else FitConfig()
    *rows, together = evaluate_splits(pairs, config, given.splits, progress)
    print(
        f"{given.features.name}: {len(pairs[0])} images, {len(pairs[1])} captions; {given.how} fit "
        f"on half of the images, measured on the other {rows[0]['images']} with "
        f"{rows[0]['captions']} captions; splits 0 to {given.splits - 1}; mean ± std over splits"
    )

    def spread(name: str) -> str:
        values = [row[name] for row in rows]
        return f"{mean(values):.3f} ± {stdev(values) if len(values) > 1 else float('nan'):.3f}"

    print(f"\n{'ranking':26} {'cosine':>16} {'VACSR mean':>16}")
    for name in RANKING:
        print(f"{name:26} {spread(name + '_cosine'):>16} {spread(name + '_mean'):>16}")
    print(f"\n{'chance of a match':26} {'Platt of cosine':>16} {'P(match)':>16}")
    for name in CALIBRATION:
        print(f"{name:26} {spread(name + '_platt'):>16} {spread(name + '_match'):>16}")
    print(f"on {rows[0]['pairs']} pairs a split, prevalence {rows[0]['prevalence']:.2f}, half of "
          "the mismatches near misses")  # fmt: skip
    print(f"\nAUROC for a wrong first choice of the cosine ({together['errors']} of "
          f"{together['queries']} queries of all splits)")  # fmt: skip
    for name, label in DOUBTS.items():
        print(f"{label:34} {together[name]:.3f}")
    if given.json is not None:
        given.json.write_text(json.dumps([*rows, together], indent=1) + "\n", encoding="utf-8")
