"""The losses of the common space: pure functions on tensors, all of them unchanged by scale.

Source: structure-aware distillation, arXiv 2412.10761. None of them holds a temperature that is
learnt: one shared by all relations would make every difference of relations small for free.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy, normalize


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
    found: torch.Tensor, wanted: torch.Tensor, is_counted: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean absolute difference of two relation matrices.

    Args:
        found, wanted: (B, B) cosines.
        is_counted: bool (B, B); None for all that is off the diagonal.

    Returns:
        A scalar in [0, 2]; 0 where the relations agree, or where none is counted.
    """
    if is_counted is None:
        is_counted = ~torch.eye(len(found), dtype=torch.bool, device=found.device)
    error = (found - wanted).abs()[is_counted]
    return error.mean() if error.numel() else found.new_zeros(())


def representation(
    student: torch.Tensor, teacher: torch.Tensor, temperature: float
) -> torch.Tensor:
    """InfoNCE of students to their own teachers, in nats: each is known among all teachers.

    Args:
        student, teacher: (B, D) of any length, one row an item.
        temperature: > 0, in units of the cosine.
    """
    logits = relations(student, teacher) / temperature
    return cross_entropy(logits, torch.arange(len(logits), device=logits.device))
