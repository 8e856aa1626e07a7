"""fit_pico: style prototypes, round by round, as far as they help on validation images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vacsr_core.adapters import labelled_rows
from vacsr_core.errors import CancelledError, DataError, ShapeError
from vacsr_core.features import Features
from vacsr_core.fit_config import split_by_image
from vacsr_core.pico import prototypes, signs
from vacsr_core.pico.columns import Round, SemanticColumns
from vacsr_core.pico.config import FEWEST_PAIRS, PicoConfig
from vacsr_core.pico.feedback import Validation, feedback_weight

PARTS = ("image", "caption")


def fit_pico(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: PicoConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> SemanticColumns:
    """Find the semantic probability p of each feature column.

    p-hat says how often signs agree in matched pairs; columns are clustered with weights
    1 - p-hat into style prototypes, per modality; q is a column's closeness to its nearest
    prototype and p = 1 - q. Candidates of further rounds are blended in with a weight that grows
    strictly with what they gain on validation images.

    The paper's exact feedback function was not available to us; ours satisfies its stated
    property: prototypes that improve performance more get a higher weight. The property that a
    round which hurts moves p by less than one which helps follows.

    Args:
        images: N items; captions: M items, of one backbone; without tokens on a side, its global
            vectors stand in (P or W = 1), and `level` says so.
        caption_image: int (M,), row of each caption's image, -1 for none. The order of images and
            of captions does not matter.
        config: PICO, or one of its controls.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked before every round.

    Raises:
        ShapeError: modalities, dimensions or rows do not fit.
        DataError: fewer than 8 matched pairs or, for PICO, images with a caption.
        CancelledError: stopped on request.

    Source: arXiv 2510.11175; prototypes, blending and feedback function are our own.
    """
    config = config or PicoConfig()
    pairs = _ordered(images, captions, caption_image)
    sign = signs.sign_probability(*pairs.matched())
    sign[pairs.is_constant] = 0.5
    notes = list(pairs.notes)
    common = {
        "sign_probability": sign.astype(np.float32),
        "kind": config.control,
        "level": pairs.level,
        "backbone_id": images.backbone_id,
    }
    if config.control != "pico":
        weights = _control(config, pairs, sign)
        nearest = np.full(images.dimension, -1, np.int64)
        return SemanticColumns(weights, prototype=nearest, notes=tuple(notes), **common)
    start, rounds, modality = _construct(pairs, config, notes, progress, should_stop)
    return SemanticColumns(
        probability=rounds[-1].probability,
        prototype=rounds[-1].prototype,
        history=tuple(rounds),
        prototype_modality=modality,
        start=start,
        notes=tuple(notes),
        **common,
    )


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Matched pairs in an order that depends on their content alone.

    Args:
        images: those with a caption; captions: those with an image; owner: int64 (M,).
        is_constant: bool (D,), columns that do not vary in one of the modalities.
        level: "tokens" or "global".
        notes: what was done where the data were not as wanted.
    """

    images: Features
    captions: Features
    owner: np.ndarray
    is_constant: np.ndarray
    level: str
    notes: tuple[str, ...]

    def matched(self, columns: np.ndarray | None = None) -> tuple:
        """Both sides and the rows of the pairs, all or those of some captions."""
        columns = np.arange(len(self.owner)) if columns is None else columns
        return self.images, self.captions, self.owner[columns], columns


def _ordered(images: Features, captions: Features, caption_image: np.ndarray) -> _Pairs:
    if images.modality != "image" or captions.modality != "caption":
        raise ShapeError(
            f"fit_pico takes images, then captions; got {images.modality} features and "
            f"{captions.modality} features."
        )
    if images.dimension != captions.dimension:
        raise ShapeError(
            f"images have {images.dimension} columns, captions {captions.dimension}; give "
            "features of one backbone."
        )
    owner = labelled_rows(caption_image, len(images))
    if owner.shape != (len(captions),):
        raise ShapeError(f"{len(captions)} captions and {len(owner)} rows of images; one for each.")
    labelled = np.flatnonzero(owner >= 0)
    if len(labelled) < FEWEST_PAIRS:
        raise DataError(
            f"{len(labelled)} matched pairs are too few to tell meaning from style; give at least "
            f"{FEWEST_PAIRS}."
        )
    own = np.unique(owner[labelled])
    order = own[_by_content(images.vectors[own])]
    place = np.full(len(images), -1)
    place[order] = np.arange(len(order))
    columns = labelled[_by_content(captions.vectors[labelled])]
    images, captions, owner = images[order], captions[columns], place[owner[columns]]
    level = "tokens" if images.tokens is not None and captions.tokens is not None else "global"
    notes = []
    for part in (images, captions):
        if part.tokens is None:
            notes.append(f"The {part.modality}s have no tokens; their global vectors stand in.")
            level = "global"
    is_constant = np.ptp(images.vectors, axis=0) < 1e-7
    is_constant |= np.ptp(captions.vectors, axis=0) < 1e-7
    if is_constant.all():
        raise DataError("No column varies in both images and captions, so none can be judged.")
    if is_constant.any():
        notes.append(
            f"{int(is_constant.sum())} columns are constant in images or captions and tell no "
            "pair from another; their weight is 0."
        )
    return _Pairs(images, captions, owner, is_constant, level, tuple(notes))


def _by_content(vectors: np.ndarray) -> np.ndarray:
    """An order of rows that is the same however the rows came."""
    keys = [hashlib.sha256(row.tobytes()).digest() for row in np.ascontiguousarray(vectors)]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)


def _control(config: PicoConfig, pairs: _Pairs, sign: np.ndarray) -> np.ndarray:
    dimension = pairs.images.dimension
    if config.control == "none":
        return np.ones(dimension, np.float32)
    if config.control == "random":
        found = np.random.default_rng(config.seed).random(dimension)
    elif config.control == "sign":
        found = sign.copy()
    else:
        found = np.clip(signs.column_correlation(*pairs.matched()), 0.0, 1.0)
    found[pairs.is_constant] = 0.0
    return found.astype(np.float32)


def _construct(
    pairs: _Pairs, config: PicoConfig, notes: list[str], progress, should_stop
) -> tuple[float, list[Round], tuple[str, ...]]:
    """The rounds; returns the figure at p = 1, the rounds and the modality of each prototype."""
    generator = np.random.default_rng(config.seed)
    fit_images, check_images = split_by_image(pairs.owner, config.validation_share, config.seed)
    columns = np.flatnonzero(np.isin(pairs.owner, fit_images))
    check = np.flatnonzero(np.isin(pairs.owner, check_images))
    validation = Validation.of(pairs.images, pairs.captions, pairs.owner, check)
    parts = (pairs.images[fit_images], pairs.captions[columns])
    banks = [prototypes.column_bank(part, config.bank, generator) for part in parts]
    for bank in banks:
        bank[pairs.is_constant] = 0.0
    grams = [prototypes.gram_matrix(bank) for bank in banks]
    varying = int((~pairs.is_constant).sum())
    count = min(config.prototypes, varying)
    if count < config.prototypes:
        notes.append(f"{varying} columns vary, so {count} prototypes of each modality are sought.")
    running: list[np.ndarray] = [np.zeros((0, len(gram))) for gram in grams]
    style = np.zeros(len(grams[0]))
    start = figure = validation.figure(_probability(style, pairs))
    rounds: list[Round] = []
    still = 0
    for number in range(1, config.rounds + 1):
        if should_stop is not None and should_stop():
            raise CancelledError(f"PICO was stopped in round {number} of {config.rounds}.")
        drawn = columns if number == 1 else generator.permutation(columns)[: len(columns) // 2 + 1]
        doubt = 1.0 - signs.sign_probability(*pairs.matched(np.sort(drawn)))
        doubt = doubt if number == 1 else 0.5 * (doubt + style)
        seed = int(generator.integers(2**31))
        made = [prototypes.cluster_columns(bank, doubt, count, seed) for bank in banks]
        proposed = _style(made, grams)
        gain = validation.figure(_probability(proposed, pairs)) - figure
        weight = feedback_weight(gain, config.gain_scale * validation.error)
        running = [
            prototypes.blend(old, new, weight, gram)
            for old, new, gram in zip(running, made, grams, strict=True)
        ]
        before = style
        style = (1.0 - weight) * style + weight * _style(running, grams)
        p = _probability(style, pairs)
        figure = validation.figure(p)
        rounds.append(Round(number, gain, weight, figure, p, _nearest(running, grams)))
        if progress is not None:
            progress(number / config.rounds, f"PICO, round {number} of at most {config.rounds}")
        still = still + 1 if np.abs(style - before).mean() < config.tolerance else 0
        if still == 2:  # one quiet round may be one that was not believed
            break
    modality = tuple(name for name, made in zip(PARTS, running, strict=True) for _ in made)
    return start, rounds, modality


def _style(made: list[np.ndarray], grams: list[np.ndarray]) -> np.ndarray:
    """q of both modalities together: their mean."""
    found = [prototypes.style_probability(x, g) for x, g in zip(made, grams, strict=True)]
    return np.mean(found, axis=0)


def _nearest(made: list[np.ndarray], grams: list[np.ndarray]) -> np.ndarray:
    """int64 (D,), which prototype is nearest to each column, images' first; -1 for none."""
    close = [prototypes.closeness(x, g) for x, g in zip(made, grams, strict=True)]
    every = np.concatenate(close)
    if not len(every):
        return np.full(len(grams[0]), -1, np.int64)
    return np.where(every.max(axis=0) > 0, every.argmax(axis=0), -1).astype(np.int64)


def _probability(style: np.ndarray, pairs: _Pairs) -> np.ndarray:
    return np.where(pairs.is_constant, 0.0, 1.0 - style).astype(np.float32)
