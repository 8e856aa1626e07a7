"""Calibrating fitted adapters on pairs they were not fitted on: the spread, then P(match).

*The spread*: one factor on the standard deviation of every logit is fitted by the likelihood that a
query's own partner is the most similar one; the loss L_sigma says which pairs are doubtful, this
factor says how much a doubt is worth. One number cannot make every comparison come true as often
as it says: P(best) of first choices stays too bold on photographs. *P(match)*: two numbers turn
the logit into the odds that nothing but chance would have put image and caption together; with the
prior odds of a gallery of N images, 1 : N - 1, that is the chance that the caption was written
for this image. Fitted on all pairs of a gallery, it holds in galleries of another size, and on
shortlists of the nearest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from vacsr_core.adapters import Adapters
from vacsr_core.calibrate import match_chance
from vacsr_core.errors import DataError
from vacsr_core.features import Features
from vacsr_core.leaders import Leaders, leaders
from vacsr_core.marked_pairs import MATCH, UNMARKED, UNSURE, MarkedPairs
from vacsr_core.metrics.calibration import figures
from vacsr_core.similarity import Similarity

SHORTLIST = 20
FOLDS = 5
MOST_PAIRS = 30_000
MOST_QUERIES = 250  # of each direction, drawn at random
# Rivals that a query's own partner is compared with. Among 50 alone a wide spread costs nothing
# that lies beyond them: P(best) of the first among 400 images was then 2 % where 14 % were right.
MOST_RIVALS = 400
SPREAD_RANGE = (0.05, 20.0)
_POINTS = 48  # of the grid under every P(best); twice as many change the factor by less than 1 %
_PRIOR_SPREAD, _PRIOR_SLOPE = 0.7, 0.7  # standard deviations of the logarithms beforehand
_SMALLEST_CHANCE = 1e-4  # of the own partner; it may lie beyond the leaders
_NEAREST_SHARE = 0.05  # of the mismatches, by mean similarity, from which half of them are drawn


def _go_on() -> None:
    """Nobody asks for a stop."""


@dataclass(frozen=True, eq=False)
class GalleryPairs:
    """Matches and mismatches that stand for all pairs of a gallery, each array (P,).

    Args:
        rows, columns: image and caption of each pair.
        labels: 0 or 1.
        weights: how many pairs of the gallery each one stands for.
    """

    rows: np.ndarray
    columns: np.ndarray
    labels: np.ndarray
    weights: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> GalleryPairs:
        parts = (self.rows, self.columns, self.labels, self.weights)
        return GalleryPairs(*(part[chosen] for part in parts))


def calibrated(
    adapters: Adapters,
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    seed: int,
    marked: MarkedPairs = UNMARKED,
    tick: Callable[[], None] = _go_on,
) -> Adapters:
    """The same adapters with their spread and P(match) fitted on these pairs.

    Args:
        images: N items; captions: M items, best ones that the adapters were not fitted on.
        caption_image: (M,), row of the image of each caption; -1 for none.
        marked: what a person said of single pairs.
        tick: called between steps that take a part of a second; may raise CancelledError.

    Returns:
        Adapters whose `history["validation"]` holds the figures of `shortlist_figures`.
    """
    owner = marked.settled(caption_image)
    tick()
    spread = fit_spread(adapters.similarity(images, captions), owner, seed, marked, tick)
    for member in adapters.members:
        member.scale_spread(spread)
    sim = adapters.similarity(images, captions)
    pairs = gallery_pairs(sim, owner, seed, marked)
    tick()
    found = shortlist_figures(sim, pairs, owner, seed, marked, tick)
    history = adapters.history | {
        "spread_factor": spread,
        "validation": adapters.history.get("validation", {}) | found,
    }
    return replace(adapters, match=fit_match(sim, pairs), history=history)


def fit_spread(
    sim: Similarity,
    owner: np.ndarray,
    seed: int,
    marked: MarkedPairs = UNMARKED,
    tick: Callable[[], None] = _go_on,
) -> float:
    """The factor on every logit's standard deviation under which comparisons are calibrated.

    It maximises the likelihood that the most similar candidate of a query is its own, over both
    directions, with a log-normal prior around 1 that only matters where there are few queries.

    Args:
        owner: (M,), row of the image of each caption; -1 for none.
        marked: what a person said of single pairs; a query with an unsure one is not asked.
        tick: see `calibrated`.
    """
    return _best_factor(_asked(sim, owner, seed, marked), tick)


def comparison_losses(
    sim: Similarity,
    owner: np.ndarray,
    seed: int,
    marked: MarkedPairs = UNMARKED,
    queries: int = MOST_QUERIES,
    rivals: int = MOST_RIVALS,
) -> np.ndarray:
    """-log P(the most similar candidate is the query's own) under the best spread, (Q,) in nats.

    Args:
        queries: of each direction, those that have a partner and no unsure pair, at most so many.
        rivals: that a query's own partner is compared with, at most.
    """
    asked = _asked(sim, owner, seed, marked, queries, rivals)
    factor = _best_factor(asked)
    return np.concatenate([_surprise(part, is_own, factor) for part, is_own in asked])


def _asked(
    sim: Similarity,
    owner: np.ndarray,
    seed: int,
    marked: MarkedPairs,
    most: int = MOST_QUERIES,
    rivals: int = MOST_RIVALS,
) -> list[tuple[Leaders, np.ndarray]]:
    """The leaders of queries that have a partner, and which of them are the query's own."""
    generator, found = np.random.default_rng(seed), []
    labels = marked.labels(owner, sim.shape[0])
    for axis in (0, 1):
        first = leaders(sim, axis, rivals)
        is_asked = (labels == MATCH).any(axis=axis) & ~(labels == UNSURE).any(axis=axis)
        queries = generator.permutation(np.flatnonzero(is_asked))[:most]
        is_own = labels[first.pairs()] == MATCH
        found.append((first[queries], is_own[queries]))
    return found


def _surprise(part: Leaders, is_own: np.ndarray, factor: float) -> np.ndarray:
    chance = (part.best_with(factor, _POINTS) * is_own).sum(axis=1)
    return -np.log(np.maximum(chance, _SMALLEST_CHANCE))


def _best_factor(
    asked: list[tuple[Leaders, np.ndarray]], tick: Callable[[], None] = _go_on
) -> float:
    def loss(log_factor: float) -> float:
        tick()
        prior = 0.5 * (log_factor / _PRIOR_SPREAD) ** 2
        return prior + sum(_surprise(*part, np.exp(log_factor)).sum() for part in asked)

    bounds, options = tuple(np.log(SPREAD_RANGE)), {"xatol": 0.02}
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options=options).x))


def gallery_pairs(
    sim: Similarity, owner: np.ndarray, seed: int, marked: MarkedPairs = UNMARKED
) -> GalleryPairs:
    """All matches, and mismatches drawn so that their weights stand for all of them.

    Half of the mismatches are drawn from the most similar twentieth, where P(match) is decided.

    Args:
        owner: (M,), row of the image of each caption. Captions without one are left out, for they
            may match anything.

    Raises:
        DataError: no matches of at least two images.
    """
    generator = np.random.default_rng(seed)
    rows, columns = marked.matches(owner)
    known = np.flatnonzero(owner >= 0)
    labels = marked.labels(owner, sim.shape[0])[:, known]
    strangers = np.stack(np.nonzero((labels != MATCH) & (labels != UNSURE)))
    if len(np.unique(rows)) < 2 or not strangers.shape[1]:
        raise DataError("P(match) needs labelled pairs of at least two images; add more.")
    strangers[1] = known[strangers[1]]
    score = sim.mean[strangers[0], strangers[1]]
    is_near = score >= np.quantile(score, 1 - _NEAREST_SHARE)
    parts = [(rows, columns, np.ones(len(rows)), np.ones(len(rows)))]
    for kind in (is_near, ~is_near):
        members = np.flatnonzero(kind)
        drawn = generator.permutation(members)[: MOST_PAIRS // 2]
        weight = np.full(len(drawn), len(members) / max(1, len(drawn)))
        parts.append((*strangers[:, drawn], np.zeros(len(drawn)), weight))
    return GalleryPairs(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def fit_match(sim: Similarity, pairs: GalleryPairs) -> tuple[float, float]:
    """Scale and offset of P(match) where there are two images to choose from; see `Similarity`.

    A logistic function of the expected logit. Labels are drawn in from 0 and 1 as Platt does, and
    the scale has a log-normal prior around 1: both matter only where there are few matches.
    """
    means = sim.logit_means[pairs.rows, pairs.columns]
    positive = float(pairs.weights @ pairs.labels)
    negative = float(pairs.weights.sum()) - positive
    prior = np.log(positive / negative)
    aims = np.where(pairs.labels == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(parameters: np.ndarray) -> float:
        scale = np.exp(parameters[0])
        chance = match_chance(means, sim.weights, (scale, parameters[1] + prior))
        chance = np.clip(chance, 1e-9, 1 - 1e-9)
        value = pairs.weights @ (aims * np.log(chance) + (1 - aims) * np.log1p(-chance))
        return 0.5 * (parameters[0] / _PRIOR_SLOPE) ** 2 - value

    found = minimize(
        loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-4}
    )
    return float(np.exp(found.x[0])), float(found.x[1])


def shortlist_figures(
    sim: Similarity,
    pairs: GalleryPairs,
    owner: np.ndarray,
    seed: int,
    marked: MarkedPairs = UNMARKED,
    tick: Callable[[], None] = _go_on,
) -> dict[str, float]:
    """How good P(match) is on the 20 nearest of every query, each fifth of the images left out.

    Returns:
        images, and `metrics.calibration.figures` of the left-out pairs as far as they exist.
    """
    labelled = np.unique(pairs.rows[pairs.labels == 1])
    folds = np.array_split(np.random.default_rng(seed).permutation(labelled), FOLDS)
    rows, columns = shortlist(sim, owner)
    said = marked.labels(owner, sim.shape[0])[rows, columns]
    rows, columns, labels = (part[said != UNSURE] for part in (rows, columns, said == MATCH))
    chance = np.zeros(len(rows))
    for fold in folds:
        tick()
        is_left_out = np.isin(pairs.rows, fold) | np.isin(owner[pairs.columns], fold)
        here = np.isin(rows, fold)
        kept = pairs[~is_left_out]
        if not here.any() or len(np.unique(kept.labels)) < 2:
            continue
        scale, offset = fit_match(sim, kept)
        match = (scale, offset - np.log(max(1, len(labelled) - 1)))
        chance[here] = match_chance(sim.logit_means[rows[here], columns[here]], sim.weights, match)
    found = figures(chance, labels)  # no skill where the lists hold matches alone, or none
    return {"images": len(labelled)} | {k: v for k, v in found.items() if np.isfinite(v)}


def shortlist(
    sim: Similarity, owner: np.ndarray, most: int = SHORTLIST
) -> tuple[np.ndarray, np.ndarray]:
    """Image rows and caption columns, (P,) each, of the nearest candidates of labelled queries.

    A pair that is near in both directions stands there once.
    """
    asked = {0: np.flatnonzero(owner >= 0), 1: np.unique(owner[owner >= 0])}
    flat = []
    for axis, queries in asked.items():
        rows, columns = leaders(sim, axis, most).pairs()
        flat.append((rows[queries] * sim.shape[1] + columns[queries]).ravel())
    rows, columns = np.divmod(np.unique(np.concatenate(flat)), sim.shape[1])
    known = owner[columns] >= 0
    return rows[known], columns[known]
