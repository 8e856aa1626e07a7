"""Answers: what each caption's or image's first choice is, whether it is right, and its doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vacsr_core.error_analysis.enough import GALLERY, Share, share
from vacsr_core.error_analysis.first_choice import chance_best
from vacsr_core.error_analysis.truth import Truth
from vacsr_core.errors import DataError
from vacsr_core.metrics.retrieval import best_ranks
from vacsr_core.similarity import Similarity

KINDS = ("caption", "image")
DOUBTS = ("1 - P(best)", "std", "1 - P(match)")
_LAST = -1.0  # below every mean similarity: a pair that is left out is never chosen


@dataclass(frozen=True, eq=False)
class Answers:
    """One direction of retrieval: Q queries that have a match in the gallery.

    Args:
        kind: what asks: a "caption" for its image, or an "image" for one of its captions.
        query: int64 (Q,), rows of the queries.
        first: int64 (Q,), the item that each puts first; of equal ones a wrong one.
        rank: int64 (Q,), of the best match, 1 = first; ties count against us.
        doubts: each of DOUBTS -> float64 (Q,), higher is less sure.
        group: int64 (Q,), queries that bootstraps draw together: the captions of one image.
        is_whole: bool (Q,), whether no pair of the query was left out.
        excluded: how many captions or images have no match and are no queries.
        gallery: how many items there are to choose from.
    """

    kind: str
    query: np.ndarray
    first: np.ndarray
    rank: np.ndarray
    doubts: Mapping[str, np.ndarray]
    group: np.ndarray
    is_whole: np.ndarray
    excluded: int
    gallery: int

    @property
    def is_error(self) -> np.ndarray:
        """bool (Q,), whether the first choice is wrong."""
        return self.rank > 1

    def pairs(self, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(image rows, caption rows) of chosen queries with their first choices."""
        query, first = self.query[which], self.first[which]
        return (first, query) if self.kind == "caption" else (query, first)


def ask(
    sim: Similarity,
    truth: Truth,
    kind: str,
    known: Answers | None = None,
) -> Answers:
    """Let every caption look for its image, or every image for one of its captions.

    Args:
        sim: N x M pairs, ranked by their mean similarity.
        truth: of these pairs.
        kind: what asks, one of KINDS.
        known: earlier answers on the same `sim`: chances that cannot have changed are taken over.

    Raises:
        DataError: no query has a match, or there is only one item to choose from.
    """
    is_match, is_left_out = truth.of_queries(kind)
    by_query = (lambda pairs: pairs.T) if kind == "caption" else (lambda pairs: pairs)
    gallery = is_match.shape[1]
    if gallery < GALLERY or not is_match.any():
        raise DataError(
            f"{len(is_match):,} {kind}s with {gallery:,} items to choose from and "
            f"{int(is_match.sum()):,} matches; wanted are at least one match and "
            f"{GALLERY} items: add items, or label pairs."
        )
    scores = np.where(is_left_out, np.float32(_LAST), by_query(sim.mean))
    rank, query = best_ranks(scores, is_match)
    first = _first_choices(scores, is_match, query, rank)
    is_whole = ~is_left_out[query].any(axis=1)
    chance = _chances(sim, kind, query, first, is_left_out, is_whole, known)
    doubts = {
        "1 - P(best)": 1.0 - chance,
        "std": by_query(sim.std)[query, first].astype(np.float64),
        "1 - P(match)": 1.0 - by_query(sim.match_probability)[query, first].astype(np.float64),
    }
    group = is_match[query].argmax(axis=1) if kind == "caption" else query
    excluded = len(is_match) - len(query)
    return Answers(kind, query, first, rank, doubts, group, is_whole, excluded, gallery)


def _first_choices(
    scores: np.ndarray, is_match: np.ndarray, query: np.ndarray, rank: np.ndarray
) -> np.ndarray:
    """The greatest score among the matches where the answer is right, else among the others."""
    first = np.empty(len(query), np.int64)
    for is_right in (True, False):
        asked = (rank == 1) == is_right
        lines = query[asked]
        candidates = np.where(is_match[lines] == is_right, scores[lines], np.float32(2 * _LAST))
        first[asked] = candidates.argmax(axis=1)
    return first


def _chances(
    sim: Similarity,
    kind: str,
    query: np.ndarray,
    first: np.ndarray,
    is_left_out: np.ndarray,
    is_whole: np.ndarray,
    known: Answers | None,
) -> np.ndarray:
    """P(the first choice is the best), taken over from earlier answers where it is the same."""
    chance = np.full(len(query), np.nan)
    if known is not None:
        _, here, there = np.intersect1d(query, known.query, return_indices=True)
        # A whole line has the same first choice as before, or an equally likely one.
        same = is_whole[here] & known.is_whole[there]
        chance[here[same]] = 1.0 - known.doubts["1 - P(best)"][there[same]]
    new = np.isnan(chance)
    # Lines that are whole need no changed copies of their pairs.
    for part in (new & is_whole, new & ~is_whole):
        chance[part] = chance_best(sim, kind, query[part], first[part], is_left_out)
    return chance


def recall(answers: Answers, k: int) -> Share:
    """Share of the queries with a match among the first k, with its interval."""
    return share(answers.rank <= k, answers.group)
