"""One direction of retrieval: what every query's ranking is worth; ties count against us."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Ranked:
    """Q queries that have a positive, each array (Q,).

    Args:
        query: int64, row of the query.
        rank: int64, from 1, of the first positive.
        positives: int64, R of the query.
        map_at_r: float64 in [0, 1], mean over k = 1..R of precision at k where the k-th is
            positive, 0 where it is not.
        r_precision: float64 in [0, 1], share of positives among the first R.
    """

    query: np.ndarray
    rank: np.ndarray
    positives: np.ndarray
    map_at_r: np.ndarray
    r_precision: np.ndarray


def rank_queries(scores: np.ndarray, is_positive: np.ndarray) -> Ranked:
    """Rank the candidates of every query that has a positive.

    Args:
        scores: float (Q, C), higher is better; of equal ones the wrong come first.
        is_positive: bool (Q, C).

    Source: mAP@R and R-precision as of ECCV Caption, arXiv 2204.03359.
    """
    query = np.flatnonzero(is_positive.any(axis=1))
    scores, is_positive = scores[query], is_positive[query]
    count = is_positive.sum(axis=1)
    best = np.where(is_positive, scores, -np.inf).max(axis=1, keepdims=True)
    rank = 1 + ((scores >= best) & ~is_positive).sum(axis=1)
    most = int(count.max(initial=1))
    hit = np.zeros((len(query), most), bool)
    for row in range(len(query)):
        edge = np.partition(scores[row], -most)[-most]
        near = np.flatnonzero(scores[row] >= edge)  # more than `most` where there are ties
        order = np.lexsort((is_positive[row, near], -scores[row, near]))[:most]
        hit[row] = is_positive[row, near[order]]
    place = np.arange(1, most + 1)
    hit &= place <= count[:, None]  # nothing beyond the first R counts
    precision = hit.cumsum(axis=1) / place
    return Ranked(
        query, rank, count, (precision * hit).sum(axis=1) / count, hit.sum(axis=1) / count
    )
