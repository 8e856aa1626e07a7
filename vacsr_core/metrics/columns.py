"""The border of the measures: columns of numbers that belong together, checked once."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError


def columns(**arrays: np.ndarray) -> list[np.ndarray]:
    """Columns of one length, as float64.

    Args:
        arrays: (P,) of numbers or bools, each under the name that an error shall call it.

    Returns: float64 (P,) each, in the order given.

    Raises: ShapeError where a column is none, is empty, has another length than the first, or
        holds NaN or infinity.
    """
    found = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
    shapes = {array.shape for array in found.values()}
    shape = next(iter(shapes))
    if len(shapes) > 1 or len(shape) != 1 or not shape[0]:
        came = ", ".join(f"{name} {array.shape}" for name, array in found.items())
        raise ShapeError(f"{came}: wanted is one number for each of P items, P at least 1.")
    for name, array in found.items():
        if broken := int((~np.isfinite(array)).sum()):
            raise ShapeError(
                f"{broken} of {len(array)} values of {name} are NaN or infinite; leave those "
                "items out of all columns."
            )
    return list(found.values())


def binary(name: str, column: np.ndarray) -> np.ndarray:
    """A checked column that says yes or no, as float64 of 0 and 1.

    Raises: ShapeError where it holds anything else.
    """
    odd = column[(column != 0) & (column != 1)]
    if len(odd):
        raise ShapeError(
            f"{name} holds {odd[0]:g}; {len(odd)} of {len(column)} values are neither 0 nor 1."
        )
    return column
