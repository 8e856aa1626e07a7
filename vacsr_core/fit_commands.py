"""The command `fit` of `python -m vacsr_core`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vacsr_core.errors import DataError

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.pair_sets import PairSet

SCENES = "scenes"


def add(commands: argparse._SubParsersAction, show_progress: Callable) -> None:
    """Add the command to a parser; `show_progress()` gives a progress callback."""
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
    fit.add_argument("--stages", nargs="+", choices=("pico", "space", "vacsr"), default=["vacsr"],
                     help="vacsr is always fitted; pico and space before it on request, with "
                     "pair adapters of their own behind them")  # fmt: skip
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


def _add_switches(group: argparse._ArgumentGroup) -> None:
    """Options that are named as the fields of FitConfig; one that is not given changes nothing."""

    def add(name: str, **how) -> None:
        group.add_argument(name, **({"default": None} | how))

    add("--positive-share", type=float, help="weight of the positives in the reconstruction")
    add("--kl-weight", type=float, help="a; 0 leaves the KL term out")
    add("--sigma-weight", type=float, help="b; 0 leaves L_sigma out")
    add("--negative-sigma-weight", type=float, help="c, of the hard negatives in L_sigma")
    add("--no-squash", action="store_false", dest="is_squashed", help="the variance as it is")
    add("--no-shrink", action="store_false", dest="is_shrunk",
        help="take the fit as it was learnt, whatever held-out comparisons say")  # fmt: skip
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
             "is_shrunk", "components", "hard_negatives", "mask_same_image",
             "is_deterministic", "epochs")  # fmt: skip
    chosen = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    if chosen and given.how == "conservative":
        raise DataError(
            f"{', '.join(sorted(chosen))}: of a full fit only, and a conservative one was asked "
            "for. Leave the switch out, or use --how full."
        )
    return chosen


def _fit(given: argparse.Namespace, progress: Callable) -> None:
    from vacsr_core.chain import FIGURES, add_stages
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
    before = [name for name in given.stages if name != "vacsr"]
    end = 0.8 if before else 1.0
    adapters = fit_sets(
        sets, given.how, config, part_of(progress, 0.7, end), checkpoint=given.checkpoint
    )
    if before:
        adapters = add_stages(
            adapters, sets, before, given.how, config, part_of(progress, end, 1.0)
        )
    adapters.save(given.out)
    told = ("how", "why", "spread", "shrunk", "validation", FIGURES)
    said = {name: adapters.history[name] for name in told if name in adapters.history}
    print(json.dumps(said | {"fitted_on": adapters.fitted_on}, indent=1))


def _ready_set(given: argparse.Namespace) -> PairSet:
    from vacsr_core.evaluation.sources import from_features
    from vacsr_core.pair_sets import PairSet

    data = from_features(given.features, given.backbone)
    name = given.name or given.features.name
    said = f"{name}: {len(data.images)} images, {len(data.captions)} captions"
    return PairSet(said, data.images, data.captions, data.owner)


def _set(source: str, given: argparse.Namespace, engine: Engine, progress: Callable) -> PairSet:
    """Read and encode one source."""
    from vacsr_core.pair_sets import PairSet, part_of, scene_pairs

    has_tokens = "pico" in given.stages
    if source == SCENES:
        from vacsr_core.engine import SCENES_TO_FIT

        return scene_pairs(engine, SCENES_TO_FIT, given.seed, progress, has_tokens)
    from vacsr_core import data

    pairs, rows = data.read(Path(source)), ""
    if given.rows == "held-out":
        import numpy as np

        from vacsr_core.hold_out import captioned_hold_out

        pairs = pairs.select(np.flatnonzero(captioned_hold_out(pairs.image_ids)))
        rows = " held out of the backbone's training"
    what = given.name or f"images of {pairs.name}"
    views = None
    if has_tokens:
        from vacsr_core.encode.pictures import read_picture
        from vacsr_core.style_views import MOST_PICTURES, changed_copies, style_views

        first = [read_picture(pairs.images[row], row) for row in range(
            min(MOST_PICTURES, len(pairs.images)))]  # fmt: skip
        views = style_views(engine, changed_copies(first))
    return PairSet(
        name=f"{len(pairs.images):,} {what}{rows} with {len(pairs.captions):,} captions",
        images=engine.encode_images(pairs.images, part_of(progress, 0.0, 0.7), tokens=has_tokens),
        captions=engine.encode_captions(
            pairs.captions, part_of(progress, 0.7, 1.0), tokens=has_tokens
        ),
        caption_image=pairs.caption_image,
        views=views,
    )
