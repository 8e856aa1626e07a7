"""Plan: what is fitted on what and measured on what, for every seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vacsr_core.adapters import Adapters
from vacsr_core.errors import DataError
from vacsr_core.evaluation.data_set import DataSet

# What to fit on, what to measure on.
Parts = tuple[DataSet | None, tuple[DataSet, ...]]


@dataclass(frozen=True, eq=False)
class Plan:
    """The data sets to measure, and what the contenders are fitted on.

    Args:
        split: one line: what was fitted on.
        parts: seed -> (what to fit on, what to measure on).
        seeds: under which all of it is done.
    """

    split: str
    parts: Callable[[int], Parts]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.seeds:
            raise DataError("No seed was given; give at least one, such as 0.")


def fixed(fitting: DataSet | None, measured: tuple[DataSet, ...], seeds: tuple[int, ...]) -> Plan:
    """The same images under every seed.

    Raises:
        DataError: features of two models, or images that are in both parts.
    """
    for data in measured if fitting is not None else ():
        check_same_model(fitting, data)
        twice = set(fitting.image_ids) & set(data.image_ids)
        if twice and not all(name.isdecimal() for name in twice):
            raise DataError(
                f"{len(twice):,} images are in both {fitting.name} and {data.name}, such as "
                f"{min(twice)}; nothing may be measured on what was fitted."
            )
    said = "nothing fitted here" if fitting is None else f"fitted on {fitting.name}"
    return Plan(said, lambda _: (fitting, measured), seeds)


def halves(data: DataSet, seeds: tuple[int, ...]) -> Plan:
    """One half of the images to fit on, the other to measure on, dealt anew under every seed."""

    def parts(seed: int) -> Parts:
        shuffled = np.random.default_rng(seed).permutation(len(data.images))
        half = len(shuffled) // 2
        return (
            data.take(np.sort(shuffled[:half]), f"half of {data.name}"),
            (data.take(np.sort(shuffled[half:])),),
        )

    return Plan("fitted on half of the images, measured on the other half", parts, seeds)


def check_same_model(one: DataSet, other: DataSet) -> None:
    """Refuse to compare features of two models.

    Raises:
        DataError: two dimensions, or two models that are both known.
    """
    dimensions = one.images.dimension, other.images.dimension
    models = one.images.backbone_id, other.images.backbone_id
    if dimensions[0] != dimensions[1] or (all(models) and models[0] != models[1]):
        raise DataError(
            f"{one.name} has features of {dimensions[0]} columns of {models[0] or 'a model'}, "
            f"{other.name} of {dimensions[1]} columns of {models[1] or 'a model'}; encode both "
            "with the same model."
        )


def check_adapters(adapters: Adapters, dimension: int, model: str) -> None:
    """Refuse adapters of another model.

    Args:
        dimension, model: of the features; "" for a model that is not known.

    Raises:
        DataError: another dimension, or another model where both are known.
    """
    made_for = adapters.backbone_id
    if adapters.vacsr.dimension != dimension or (made_for and model and made_for != model):
        raise DataError(
            f"The adapters are for {adapters.vacsr.dimension} columns of {made_for or 'a model'}; "
            f"these are features of {dimension} columns of {model or 'a model'}. Fit adapters for "
            "this model with the command fit."
        )
