"""Four lists of pairs worth a look, the most telling first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vacsr_core.error_analysis.answers import Answers
from vacsr_core.errors import DataError
from vacsr_core.similarity import Similarity
from vacsr_core.suspects import doubtful_labels, unlabelled_matches

LISTS = ("sure and wrong", "undecided", "likely missing labels", "likely wrong labels")


@dataclass(frozen=True, eq=False)
class PairList:
    """Pairs of one list.

    Args:
        rows, columns: int64 (S,), image and caption of each pair.
        rank: int64 (S,), where the right answer came, for answers; 0 where the list is of labels.
        total: how many pairs belong on the list, shown or not.
    """

    rows: np.ndarray
    columns: np.ndarray
    rank: np.ndarray
    total: int


def listed(
    name: str,
    sim: Similarity,
    caption_image: np.ndarray,
    answers: Answers,
    doubt: str,
    most: int,
    passed_over: Mapping[tuple[int, int], str] | None = None,
) -> PairList:
    """One of the lists.

    "sure and wrong": wrong first choices, the least in doubt first. "undecided": first choices
    of the greatest doubt, right or wrong. The other two are of labels: see `suspects`.

    Args:
        name: one of LISTS.
        sim, caption_image: all pairs, and the labels.
        answers: of one direction, for the first two lists.
        doubt: one of `answers.DOUBTS`, for the first two lists.
        most: how many pairs are given.
        passed_over: pairs that are not listed, by (image row, caption row), such as those that
            a person has marked already.

    Raises:
        DataError: there is no such list.
    """
    passed_over = passed_over or {}
    if name in LISTS[:2]:
        doubts = answers.doubts[doubt]
        wanted = answers.is_error if name == LISTS[0] else np.ones(len(doubts), bool)
        keep = np.flatnonzero(wanted & ~_is_among(*answers.pairs(slice(None)), passed_over))
        order = np.argsort(doubts[keep] if name == LISTS[0] else -doubts[keep], kind="stable")
        which = keep[order[:most]]
        return PairList(*answers.pairs(which), answers.rank[which], len(keep))
    if name == LISTS[2]:
        known = np.zeros(sim.shape, bool)
        for pair in passed_over:
            known[pair] = True
        found = unlabelled_matches(sim, caption_image, most=most, is_once=True, known=known)
    elif name == LISTS[3]:
        labels = np.array(caption_image)
        for row, column in passed_over:
            labels[column] = -1 if labels[column] == row else labels[column]
        found = doubtful_labels(sim, labels, most=most)
    else:
        raise DataError(f"There is no list {name!r}; wanted one of {', '.join(LISTS)}.")
    return PairList(found.rows, found.columns, np.zeros(len(found.rows), np.int64), found.total)


def _is_among(
    rows: np.ndarray, columns: np.ndarray, pairs: Mapping[tuple[int, int], str]
) -> np.ndarray:
    found = ((int(row), int(column)) in pairs for row, column in zip(rows, columns, strict=True))
    return np.fromiter(found, bool, len(rows))
