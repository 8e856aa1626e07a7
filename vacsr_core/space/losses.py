"""The losses of the common space: pure functions on tensors, all of them unchanged by scale.

Source: structure-aware distillation, arXiv 2412.10761. None of them holds a temperature that is
learnt: one shared by all relations would make every difference of relations small for free.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax, normalize


def relations(rows: torch.Tensor, others: torch.Tensor | None = None) -> torch.Tensor:
    """Cosines among rows, or between rows and others.

    Args:
        rows: (B, D) of any length; others: (C, D), None for the rows themselves.

    Returns:
        (B, C) in [-1, 1].
    """
    rows = normalize(rows, dim=1)
    return rows @ (rows if others is None else normalize(others, dim=1)).T


def fused(image_teacher: torch.Tensor, caption_teacher: torch.Tensor, fusion) -> torch.Tensor:
    """R_E = fusion R_T + (1 - fusion) R_I, all (B, B); fusion in (0, 1)."""
    return fusion * caption_teacher + (1 - fusion) * image_teacher


def relation_error(
    found: torch.Tensor,
    wanted: torch.Tensor,
    is_counted: torch.Tensor | None = None,
    is_centred: bool = False,
) -> torch.Tensor:
    """Mean absolute difference of two relation matrices.

    Args:
        found, wanted: (B, B) cosines.
        is_counted: bool (B, B); None for all that is off the diagonal.
        is_centred: take each matrix's own mean off first, so that only what varies is compared.

    Returns:
        A scalar, 0 or more; 0 where the relations agree, or where none is counted.
    """
    if is_counted is None:
        is_counted = ~torch.eye(len(found), dtype=torch.bool, device=found.device)
    difference = (found - wanted)[is_counted]
    if not difference.numel():
        return found.new_zeros(())
    return (difference - difference.mean() * is_centred).abs().mean()


def representation(
    student: torch.Tensor, teacher: torch.Tensor, temperature: float, is_one_hot: bool = False
) -> torch.Tensor:
    """InfoNCE of students to their teachers, in nats above the least there can be.

    Args:
        student, teacher: (B, D) of any length, one row an item.
        temperature: > 0, in units of the cosine.
        is_one_hot: the target is each item's own teacher alone, as in the paper. Otherwise it is
            how the own teacher sees all teachers at this temperature, and the loss is 0 where
            student and teacher agree; the one-hot target is never reached, and draws an item away
            from its neighbours for ever.
    """
    logits = relations(student, teacher) / temperature
    if is_one_hot:
        return cross_entropy(logits, torch.arange(len(logits), device=logits.device))
    wanted = log_softmax(relations(teacher) / temperature, dim=1)
    return kl_div(log_softmax(logits, dim=1), wanted, reduction="batchmean", log_target=True)
