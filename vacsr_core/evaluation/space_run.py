"""The common space fitted under every weight, condition and seed, and measured; resumable."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.evaluation.data_set import DataSet
from vacsr_core.evaluation.plan import Plan
from vacsr_core.evaluation.space_measures import Hits, SpaceMeasure
from vacsr_core.pair_sets import part_of
from vacsr_core.space import CommonSpace, SpaceConfig, fit_space
from vacsr_core.space.config import AS_IN_THE_PAPER

FORMAT = 1
CLEAN, PAPER = "as it is", "the paper's losses"
WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
UNDER_IMBALANCE = (0.0, 1.0)
BACKBONE = None  # the weight of a row that holds no fit


@dataclass(frozen=True, eq=False)
class Case:
    """One data set to fit on and to measure on.

    Args:
        plan: what is fitted on and measured on, for every seed; one measured data set.
        conditions: name -> what makes a data set to fit on worse, by seed. What is measured on
            stays as it is.
    """

    plan: Plan
    conditions: dict[str, Callable[[DataSet, int], DataSet]] = field(default_factory=dict)


@dataclass(frozen=True)
class SpaceRow:
    """One space and its figures.

    Args:
        data, split: what was measured on, and fitted on.
        condition: what was done to what was fitted on; `CLEAN` for nothing, and `PAPER` for
            nothing under other losses, see `AS_IN_THE_PAPER`.
        weight: of the distillation; None for the backbone itself.
        seed: of the fit and of the items that are looked at.
        figures: see `SpaceMeasure.measure`; None for one that is not defined.
        hits: of images and of captions, packed bits in hex, and how many they are.
        fusion, epochs, seconds: of the fit; seconds are of one processor.
        fingerprint: of data and settings; a row of others is made anew.
    """

    data: str
    split: str
    condition: str
    weight: float | None
    seed: int
    figures: dict[str, float | None]
    hits: tuple[tuple[str, int], tuple[str, int]]
    fusion: float | None
    epochs: int | None
    seconds: float
    fingerprint: str

    @property
    def key(self) -> tuple:
        """What a row is of."""
        return (self.data, self.condition, self.weight, self.seed, self.fingerprint)

    def unpacked(self) -> Hits:
        """The hits, as `SpaceMeasure` gave them."""
        return Hits(*(
            np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8), count=count).astype(bool)
            for text, count in self.hits
        ))  # fmt: skip


def run_space(
    cases: Sequence[Case],
    config: SpaceConfig | None = None,
    weights: Sequence[float] = WEIGHTS,
    path: Path | None = None,
    command: str = "",
    progress: Callable | None = None,
) -> list[SpaceRow]:
    """Fit and measure everything that is not in the file yet.

    Args:
        config: of every fit but its seed and distillation.
        weights: of the distillation, where nothing was made worse.
        path: JSON file that is written after every row, and read at the start.
        command: goes into the file.
        progress: called with (share done, text).

    Returns:
        A row for the backbone and every weight, condition and seed, of every case.

    Raises:
        DataError: the file holds something else.
    """
    config = config or SpaceConfig()
    known = {row.key: row for row in read_rows(path)} if path is not None else {}
    rows: list[SpaceRow] = []
    parts = [(case, seed) for case in cases for seed in case.plan.seeds]
    for place, (case, seed) in enumerate(parts):
        share = part_of(progress, place / len(parts), (place + 1) / len(parts))
        for row in _of_seed(case, seed, replace(config, seed=seed), weights, known, share):
            rows.append(row)
            if path is not None and known.pop(row.key, None) is None:
                write_rows(path, [*rows, *known.values()], command)
    if path is not None:
        write_rows(path, rows, command)  # without those of other data or settings
    return rows


def _of_seed(
    case: Case, seed: int, config: SpaceConfig, weights: Sequence[float], known: dict, progress
) -> Iterator[SpaceRow]:
    fitting, (measured,) = case.plan.parts(seed)
    digest = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode())
    digest.update((fitting.fingerprint() + measured.fingerprint()).encode())
    print_of = digest.hexdigest()[:16]
    wanted = [(CLEAN, weight) for weight in (BACKBONE, *weights)]
    wanted.append((PAPER, 1.0))
    wanted += [(name, weight) for name in case.conditions for weight in UNDER_IMBALANCE]
    measure: SpaceMeasure | None = None
    made: dict[str, DataSet] = {CLEAN: fitting, PAPER: fitting}
    for place, (condition, weight) in enumerate(wanted):
        if progress is not None:
            said = "the backbone" if weight is None else f"weight {weight:g}"
            progress(place / len(wanted), f"{condition}, {said}, seed {seed}")
        key = (measured.name, condition, weight, seed, print_of)
        if key in known:
            yield known[key]
            continue
        measure = measure or SpaceMeasure(measured, seed)
        if condition not in made:
            made[condition] = case.conditions[condition](fitting, seed)
        losses = AS_IN_THE_PAPER if condition == PAPER else {}
        of = None if weight is None else replace(config, distillation=weight, **losses)
        yield _row(key, case.plan.split, made[condition], measure, of)


def _row(
    key: tuple, split: str, fitting: DataSet, measure: SpaceMeasure, config: SpaceConfig | None
) -> SpaceRow:
    start, epochs = time.process_time(), None
    if config is None:
        space = CommonSpace(fitting.images.dimension)
    else:
        fitted = fit_space(fitting.images, fitting.captions, fitting.owner, config)
        space, epochs = fitted.space, len(fitted.history["epochs"])
    seconds = time.process_time() - start
    figures, hits = measure.measure(space)
    data, condition, weight, seed, fingerprint = key
    return SpaceRow(
        data=data,
        split=split,
        condition=condition,
        weight=weight,
        seed=seed,
        figures={name: None if math.isnan(value) else value for name, value in figures.items()},
        hits=tuple((np.packbits(each).tobytes().hex(), len(each)) for each in hits),
        fusion=None if config is None else space.fusion,
        epochs=epochs,
        seconds=seconds,
        fingerprint=fingerprint,
    )


def read_rows(path: Path) -> list[SpaceRow]:
    """Rows that `write_rows` wrote; none where there is no file.

    Raises:
        DataError: it is something else.
    """
    if not path.exists():
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError("another format")
        return [
            SpaceRow(**row | {"hits": tuple(tuple(pair) for pair in row["hits"])})
            for row in content["rows"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is no file of the command evaluate-space ({error}); name another, or delete "
            "it to start anew."
        ) from error


def write_rows(path: Path, rows: Sequence[SpaceRow], command: str) -> None:
    """Write rows as JSON, in one step."""
    content = {"format": FORMAT, "command": command, "rows": [asdict(row) for row in rows]}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    fresh.replace(path)
