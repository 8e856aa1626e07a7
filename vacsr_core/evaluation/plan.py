"""Plan: what is fitted on what and measured on what, for every seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.evaluation.data_set import DataSet

Parts = tuple[DataSet | None, DataSet]  # what to fit on, what to measure on


@dataclass(frozen=True, eq=False)
class Plan:
    """One data set to measure, and what the contenders are fitted on.

    Args:
        name: of the measured data set.
        split: one line: what was fitted on what, and measured on what.
        parts: seed -> (what to fit on, what to measure on).
        seeds: under which all of it is done.
    """

    name: str
    split: str
    parts: Callable[[int], Parts]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.seeds:
            raise DataError("No seed was given; give at least one, such as 0.")


def fixed(fitting: DataSet | None, measured: DataSet, seeds: tuple[int, ...]) -> Plan:
    """The same images under every seed.

    Raises:
        DataError: features of two models, or images that are in both parts.
    """
    if fitting is not None:
        check_same_model(fitting, measured)
        twice = set(fitting.image_ids) & set(measured.image_ids)
        if twice and not all(name.isdecimal() for name in twice):
            raise DataError(
                f"{len(twice):,} images are in both {fitting.name} and {measured.name}, such as "
                f"{min(twice)}; nothing may be measured on what was fitted."
            )
    said = "nothing fitted here" if fitting is None else f"fitted on {fitting.name}"
    return Plan(
        measured.name, f"{said}; measured on {measured.name}", lambda _: (fitting, measured), seeds
    )


def halves(data: DataSet, seeds: tuple[int, ...]) -> Plan:
    """One half of the images to fit on, the other to measure on, dealt anew under every seed."""

    def parts(seed: int) -> Parts:
        shuffled = np.random.default_rng(seed).permutation(len(data.images))
        half = len(shuffled) // 2
        return (
            data.take(np.sort(shuffled[:half]), f"half of {data.name}"),
            data.take(np.sort(shuffled[half:]), f"the other half of {data.name}"),
        )

    return Plan(
        data.name, "fitted on half of the images, measured on the other, by seed", parts, seeds
    )


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


def check_adapters(adapters: object, data: DataSet) -> None:
    """Refuse adapters of another model.

    Raises:
        DataError: another dimension, or another model where both are known.
    """
    dimension, model = data.images.dimension, data.images.backbone_id
    made_for = adapters.backbone_id
    if adapters.vacsr.dimension != dimension or (made_for and model and made_for != model):
        raise DataError(
            f"The adapters are for {adapters.vacsr.dimension} columns of {made_for or 'a model'}; "
            f"these are features of {dimension} columns of {model or 'a model'}. Fit adapters for "
            "this model with the command fit."
        )
