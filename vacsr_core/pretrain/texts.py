"""Texts as the trained text tower reads them: a vocabulary of the words that occur."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from vacsr_core import class_names

UNKNOWN = 0  # its embedding stays zero, as every word that no training text uses has it
COMMONEST = 20  # "a", "in", "is", ...: not asked of an image
Words = tuple[tuple[str, ...], tuple[str, ...]]


class Vocabulary:
    """CLIP's token ids <-> rows of a table that holds only those which occur.

    Ids stay in order, so that the end mark stays the greatest, which is how a text tower finds it.

    Args:
        ids: int64 (..., L), all token ids of the training texts.
    """

    def __init__(self, ids: Sequence[Tensor], size: int) -> None:
        self.ids = torch.unique(torch.cat([part.ravel() for part in ids]))
        self._row = torch.full((size,), UNKNOWN)
        self._row[self.ids] = torch.arange(len(self.ids)) + 1

    def __len__(self) -> int:
        return len(self.ids) + 1

    def rows(self, ids: Tensor) -> Tensor:
        """Token ids (..., L) -> rows of the small table, `UNKNOWN` for all that is not in it."""
        return self._row[ids]

    def blank(self, rows: Tensor, share: float, generator: torch.Generator) -> Tensor:
        """Blank out a share of the words of texts (B, L); start, end and padding stay."""
        is_word = (rows > 1) & (
            rows < len(self.ids) - 1
        )  # 1 is the padding, the last two the marks
        drawn = torch.rand(rows.shape, generator=generator, device=rows.device)
        return torch.where(is_word & (drawn < share), UNKNOWN, rows)


class PromptSet:
    """Many wordings of each of C classes, one of which is drawn for each at every step.

    Args:
        wordings: C lists of texts.
        tokenizer: texts -> int64 (M, L).
    """

    def __init__(self, wordings: Sequence[Sequence[str]], tokenizer) -> None:
        self.counts = torch.tensor([len(texts) for texts in wordings])
        self.first = torch.cumsum(self.counts, 0) - self.counts
        self.ids = tokenizer([text for texts in wordings for text in texts])

    def __len__(self) -> int:
        return len(self.counts)

    def draw(self, generator: torch.Generator) -> Tensor:
        """Rows of `ids`, one for each class: int64 (C,)."""
        drawn = torch.rand(len(self.counts), generator=generator, device=generator.device)
        counts, first = self.counts.to(drawn.device), self.first.to(drawn.device)
        return first + (drawn * counts).long().clamp_max(counts - 1)


def class_wordings(classes: Sequence[Words], templates: Sequence[str]) -> list[list[str]]:
    """Every name of each class in every template, the first name twice as often."""
    return [
        [class_names.fill(template, name) for name in (names[0], *names) for template in templates]
        for names, _ in classes
    ]


def kind_wordings(kinds: Sequence[str], templates: Sequence[str]) -> list[list[str]]:
    """Every kind in every template."""
    return [class_names.prompts(kind, templates) for kind in kinds]


def kind_targets(classes: Sequence[Words], kinds: Sequence[str]) -> Tensor:
    """float32 (C, K): an equal share for each kind that a class is a case of."""
    column = {kind: index for index, kind in enumerate(kinds)}
    targets = torch.zeros(len(classes), len(kinds))
    for row, (_, own) in enumerate(classes):
        targets[row, [column[kind] for kind in own]] = 1.0 / len(own)
    return targets


def word_targets(ids: Tensor, most: int = 800) -> Tensor:
    """What an image's captions say, as shares of frequent word pieces.

    Args:
        ids: int64 (N, C, L), the C captions of each of N images.
        most: V, pieces that are counted; the `COMMONEST` ones say little and are left out.

    Returns:
        float32 (N, V), rows that sum to 1 (or are 0).
    """
    ends = set(ids[0, 0, [0, -1]].tolist()) | {int(ids.max())}
    counted = Counter(ids.ravel().tolist())
    frequent = [piece for piece, _ in counted.most_common(most + COMMONEST + len(ends))]
    frequent = [piece for piece in frequent if piece not in ends][COMMONEST:][:most]
    column = torch.full((int(ids.max()) + 1,), len(frequent))
    column[torch.tensor(frequent, dtype=torch.int64)] = torch.arange(len(frequent))
    said = torch.zeros(len(ids), len(frequent) + 1)
    said.scatter_add_(1, column[ids].flatten(1), torch.ones(len(ids), ids[0].numel()))
    said = said[:, :-1]
    return said / said.sum(1, keepdim=True).clamp_min(1.0)
