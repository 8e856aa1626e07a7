"""What one contender's verdict says about every query, and its shortlists of pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vacsr_core.contenders import Verdict
from vacsr_core.evaluation.data_set import DataSet, Matches
from vacsr_core.features import Features
from vacsr_core.metrics.retrieval import best_ranks, precision_at_r

PAIRS_AT_ONCE = 8_000_000
SHORTLIST = 20
DIRECTIONS = ("image to caption", "caption to image")


class Judge(Protocol):
    """A fitted contender."""

    parameters: int

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        """The verdict on all pairs; `gallery` says among how many images P(match) chooses."""


@dataclass(frozen=True, eq=False)
class Queries:
    """One direction, Q queries that have a match, each array (Q,).

    Args:
        image: int64, row of the query's image, or of its caption's: drawn together in a bootstrap.
        query: int64, row of the query.
        rank: int64, from 1, of the first match; ties count against us.
        positives: int64, matches of the query.
        map_at_r, r_precision: float64 in [0, 1].
        doubt: name -> float64; more is less sure.
    """

    image: np.ndarray
    query: np.ndarray
    rank: np.ndarray
    positives: np.ndarray
    map_at_r: np.ndarray
    r_precision: np.ndarray
    doubt: dict[str, np.ndarray]

    @property
    def is_error(self) -> np.ndarray:
        """bool (Q,): the first choice is no match."""
        return self.rank > 1


@dataclass(frozen=True, eq=False)
class Shortlist:
    """P pairs that are near in either direction, each once.

    Args:
        image, caption: int64 (P,). chance: float64 (P,) or None. label: bool (P,).
        score: float64 (P,). doubt: name -> float64 (P,).
    """

    image: np.ndarray
    caption: np.ndarray
    chance: np.ndarray | None
    label: np.ndarray
    score: np.ndarray
    doubt: dict[str, np.ndarray]


def ask(
    judge: Judge, data: DataSet, matches: Matches, pairs_at_once: int = PAIRS_AT_ONCE
) -> tuple[dict[str, Queries], Shortlist]:
    """Every query of both directions, and the 20 nearest candidates of each.

    Args:
        matches: what counts as right.
        pairs_at_once: no more pairs are judged at a time than these, or one whole line.

    Returns:
        (direction -> Queries, Shortlist).
    """
    parts: dict[str, list[Queries]] = {name: [] for name in DIRECTIONS}
    near: list[Shortlist] = []
    by_image, by_caption = matches.of_images.tocsr(), matches.of_captions.tocsc()
    for direction, rows, columns, verdict in blocks(judge, data, pairs_at_once):
        if direction == DIRECTIONS[0]:
            truth, score = by_image[rows].toarray(), verdict.score
            doubts, query = verdict.image_doubt, rows
        else:
            truth, score = by_caption[:, columns].toarray().T, verdict.score.T
            doubts, query = verdict.caption_doubt, columns
        rank, asked = best_ranks(score, truth)
        pure = precision_at_r(score, truth)
        query = query[asked]
        parts[direction].append(
            Queries(
                query if direction == DIRECTIONS[0] else np.maximum(data.owner[query], 0),
                query,
                rank,
                pure.positives,
                pure.average_precision,
                pure.r_precision,
                {name: values[asked].astype(float) for name, values in doubts.items()},
            )
        )
        near.append(_shortlist(direction, rows, columns, verdict, truth, asked))
    queries = {name: _joined(found) for name, found in parts.items()}
    return queries, _once(near, data.owner >= 0)


def judged_pairs(
    judge: Judge,
    images: Features,
    captions: Features,
    image: np.ndarray,
    caption: np.ndarray,
    gallery: int,
    pairs_at_once: int = PAIRS_AT_ONCE,
) -> dict[str, np.ndarray]:
    """Score, chance and pair doubts of single pairs.

    Args:
        image, caption: int64 (P,), rows of each pair.
        gallery: images that P(match) chooses among.

    Returns:
        "score", "1 - P(match)" where there is one, and every pair doubt, float64 (P,) each.
    """
    order = np.argsort(image, kind="stable")
    found: dict[str, np.ndarray] = {}
    for part in _image_blocks(image[order], len(captions), pairs_at_once):
        chosen = order[part]
        rows, row = np.unique(image[chosen], return_inverse=True)
        columns, column = np.unique(caption[chosen], return_inverse=True)
        verdict = judge.judge(images[rows], captions[columns], gallery)
        values = {"score": verdict.score} | verdict.pair_doubt
        if verdict.chance is not None:
            values["1 - P(match)"] = 1.0 - verdict.chance
        for name, all_pairs in values.items():
            found.setdefault(name, np.empty(len(image)))[chosen] = all_pairs[row, column]
    return found


def _image_blocks(image: np.ndarray, width: int, most: int) -> Iterator[np.ndarray]:
    """Places of sorted pairs, by blocks of so few images that a block holds at most `most`."""
    block = np.unique(image, return_inverse=True)[1] // max(1, most // max(1, width))
    yield from np.split(np.arange(len(image)), np.flatnonzero(np.diff(block)) + 1)


def blocks(
    judge: Judge, data: DataSet, most: int = PAIRS_AT_ONCE
) -> Iterator[tuple[str, np.ndarray, np.ndarray, Verdict]]:
    """(direction, image rows, caption columns, verdict), whole lines of queries at a time."""
    pictures, captions = len(data.images), len(data.captions)
    rows, columns = np.arange(pictures), np.arange(captions)
    if pictures * captions <= most:
        verdict = judge.judge(data.images, data.captions, pictures)
        for direction in DIRECTIONS:
            yield direction, rows, columns, verdict
        return
    for part in np.array_split(rows, -(-pictures // max(1, most // captions))):
        verdict = judge.judge(data.images[part], data.captions, pictures)
        yield DIRECTIONS[0], part, columns, verdict
    for part in np.array_split(columns, -(-captions // max(1, most // pictures))):
        verdict = judge.judge(data.images, data.captions[part], pictures)
        yield DIRECTIONS[1], rows, part, verdict


def _shortlist(
    direction: str,
    rows: np.ndarray,
    columns: np.ndarray,
    verdict: Verdict,
    truth: np.ndarray,
    asked: np.ndarray,
) -> Shortlist:
    """The nearest candidates of the queries that have a match, the wrong first of equal ones."""
    is_first = direction == DIRECTIONS[0]

    def across(values: np.ndarray) -> np.ndarray:
        return (values if is_first else values.T)[asked]

    score, labels = across(verdict.score), truth[asked]
    most = min(SHORTLIST, score.shape[1])
    place = np.argpartition(-score, most - 1, axis=1)[:, :most]

    def chosen(values: np.ndarray) -> np.ndarray:
        return np.take_along_axis(values, place, axis=1).ravel().astype(float)

    query = np.repeat(asked, most)
    image, caption = (query, place.ravel()) if is_first else (place.ravel(), query)
    return Shortlist(
        rows[image],
        columns[caption],
        None if verdict.chance is None else chosen(across(verdict.chance)),
        chosen(labels) > 0,
        chosen(score),
        {name: chosen(across(values)) for name, values in verdict.pair_doubt.items()},
    )


def _joined(parts: list[Queries]) -> Queries:
    def together(read: Callable[[Queries], np.ndarray]) -> np.ndarray:
        return np.concatenate([read(part) for part in parts])

    columns = ("image", "query", "rank", "positives", "map_at_r", "r_precision")
    return Queries(
        **{name: together(lambda part, name=name: getattr(part, name)) for name in columns},
        doubt={name: together(lambda part, name=name: part.doubt[name]) for name in parts[0].doubt},
    )


def _once(parts: list[Shortlist], is_known: np.ndarray) -> Shortlist:
    """All pairs of the shortlists, each once, of the captions (M,) of which an image is known."""
    flat = np.concatenate([part.image * len(is_known) + part.caption for part in parts])
    flat, kept = np.unique(flat, return_index=True)
    kept = kept[is_known[flat % len(is_known)]]

    def together(read: Callable[[Shortlist], np.ndarray]) -> np.ndarray:
        return np.concatenate([read(part) for part in parts])[kept]

    has_chance = parts[0].chance is not None
    return Shortlist(
        together(lambda part: part.image),
        together(lambda part: part.caption),
        together(lambda part: part.chance) if has_chance else None,
        together(lambda part: part.label),
        together(lambda part: part.score),
        {name: together(lambda part, name=name: part.doubt[name]) for name in parts[0].doubt},
    )
