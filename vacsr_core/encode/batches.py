"""Batches that become smaller when memory runs out, and go on."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from vacsr_core.errors import BackboneError

Result = TypeVar("Result")


def shrinking_batches(
    count: int, batch_size: int, run: Callable[[slice], Result]
) -> Iterator[tuple[slice, Result]]:
    """Run over `count` items in batches; on out-of-memory halve the batch and try again.

    Args:
        count: number of items, 0 or more.
        batch_size: items in the first batch, 1 or more.
        run: does the work for one slice of the items.

    Yields:
        The slice and what `run` returned for it, in order, without gaps.

    Raises:
        BackboneError: memory does not suffice for a single item.
    """
    start = 0
    while start < count:
        batch = slice(start, min(start + batch_size, count))
        result, error = _try_run(run, batch)
        if error is None:
            yield batch, result
            start = batch.stop
            continue
        size = batch.stop - batch.start
        if size == 1:
            raise BackboneError(
                f"Memory ran out while encoding a single item ({error}). Close other programs, "
                "choose a smaller backbone, or use the CPU instead of the graphics card."
            )
        batch_size = size // 2
        _release_memory()


def _try_run(run: Callable[[slice], Result], batch: slice) -> tuple[Result | None, str | None]:
    """Return the result, or the message of an out-of-memory error.

    The error itself is not kept: its traceback would hold the very tensors that must go.
    """
    try:
        return run(batch), None
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None, (str(error).splitlines() or ["out of memory"])[0]


def is_out_of_memory(error: BaseException) -> bool:
    """Tell a lack of memory from other errors; the CPU allocator has no class of its own."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return "out of memory" in text or "not enough memory" in text or "can't allocate memory" in text


def _release_memory() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
