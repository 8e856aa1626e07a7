"""fit_pico: style prototypes, round by round, as far as they help on validation images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import CancelledError
from vacsr_core.features import Features
from vacsr_core.fit_config import split_by_image
from vacsr_core.pico import prototypes
from vacsr_core.pico.columns import Round, SemanticColumns
from vacsr_core.pico.config import PicoConfig
from vacsr_core.pico.feedback import Validation, feedback_weight
from vacsr_core.pico.pairs import Pairs, ordered_pairs
from vacsr_core.pico.signs import column_correlation
from vacsr_core.pico.views import StyleViews, deviations

PARTS = ("image", "caption")
SHARPER = (2.0, 4.0, 8.0)  # powers of 1 - q that are tried where weights help
SOFTER = (0.5, 0.25, 0.125, 0.0625)  # and those where they hurt


def fit_pico(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: PicoConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    views: StyleViews | None = None,
) -> SemanticColumns:
    """Find the semantic probability p of each feature column.

    p-hat says how often signs agree in matched pairs; columns are clustered with weights
    1 - p-hat into style prototypes, per modality; q is the share of a column that its nearest
    prototypes explain and p = 1 - q, the product over both modalities. Candidates of further
    rounds are blended in with a weight that grows strictly with what they gain on validation
    images; last, p is sharpened as far as that clearly helps there, and softened where it hurts.

    The paper's exact feedback function was not available to us; ours satisfies its stated
    property: prototypes that improve performance more get a higher weight, so a round that hurts
    moves p by less than one that helps.

    From pairs alone, "style" is what many columns share. Where `views` show the same images in
    other styles, prototypes are clusters of what differs between views of one image, and between
    captions of one image where it has several; q is then a share of the column's whole variance.

    Args:
        images: N items; captions: M items, of one backbone; without tokens on a side, global
            vectors stand in on both (P = W = 1), and `level` says so.
        caption_image: int (M,), row of each caption's image, -1 for none. The order of images and
            of captions does not matter.
        config: PICO, or one of its controls.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked before every round.
        views: images in other styles; None for pairs alone. Controls do not look at them.

    Raises:
        ShapeError: modalities, dimensions or rows do not fit.
        DataError: fewer than 8 matched pairs or, for PICO, images with a caption.
        CancelledError: stopped on request.

    Source: arXiv 2510.11175; closeness, blending, feedback function and views are our own.
    """
    config = config or PicoConfig()
    pairs = ordered_pairs(images, captions, caption_image, views)
    common = {
        "sign_probability": pairs.sign_probability().astype(np.float32),
        "kind": config.control,
        "level": pairs.level,
        "backbone_id": images.backbone_id,
    }
    if config.control != "pico":
        nearest = np.full(images.dimension, -1, np.int64)
        found = _control(config, pairs)
        return SemanticColumns(found, prototype=nearest, notes=pairs.notes, **common)
    work = _Construction.begin(pairs, config)
    for number in range(1, config.rounds + 1):
        if should_stop is not None and should_stop():
            raise CancelledError(f"PICO was stopped in round {number} of {config.rounds}.")
        work.round(number)
        if progress is not None:
            progress(number / config.rounds, f"PICO, round {number} of at most {config.rounds}")
        if work.is_stable():
            break
    return work.result(common)


def _control(config: PicoConfig, pairs: Pairs) -> np.ndarray:
    dimension = pairs.images.dimension
    if config.control == "none":
        return np.ones(dimension, np.float32)
    if config.control == "random":
        found = np.random.default_rng(config.seed).random(dimension)
    elif config.control == "sign":
        found = pairs.sign_probability()
    else:
        columns = np.arange(len(pairs.owner))
        found = column_correlation(pairs.images, pairs.captions, pairs.owner, columns)
    return pairs.probability(1.0 - np.clip(found, 0.0, 1.0))


@dataclass(eq=False)
class _Construction:
    """What the rounds share.

    Args:
        grams: (D, D) of each modality's bank; points: their coordinates.
        shares: (D,) of each modality, how much of a column's variance the bank is about.
        columns: int (Q,), captions of the images that are fitted on.
        running: (K, D) prototypes of each modality so far; style: (D,), q so far.
        figure: validation figure of the p so far; start: with every weight 1.
    """

    pairs: Pairs
    config: PicoConfig
    generator: np.random.Generator
    validation: Validation
    columns: np.ndarray
    grams: list[np.ndarray]
    points: list[np.ndarray]
    shares: list[np.ndarray]
    count: int
    notes: list[str]
    running: list[np.ndarray]
    style: np.ndarray
    start: float
    figure: float
    rounds: list[Round]
    quiet: int = 0

    @classmethod
    def begin(cls, pairs: Pairs, config: PicoConfig) -> _Construction:
        generator = np.random.default_rng(config.seed)
        fitting, checking = split_by_image(pairs.owner, config.validation_share, config.seed)
        columns = np.flatnonzero(np.isin(pairs.owner, fitting))
        grams, shares = _banks(pairs, fitting, columns, config.bank, generator)
        dimension, varying = pairs.images.dimension, int((~pairs.is_constant).sum())
        notes, count = list(pairs.notes), min(config.prototypes, varying)
        if count < config.prototypes:
            notes.append(f"{varying} columns vary, so {count} prototypes of a modality are sought.")
        validation = Validation.of(pairs, checking)
        start = validation.figure(pairs.probability(np.zeros(dimension)))
        return cls(
            pairs, config, generator, validation, columns, grams,
            [prototypes.coordinates(gram) for gram in grams], shares, count, notes,
            [np.zeros((0, dimension)) for _ in grams], np.zeros(dimension), start, start, [],
        )  # fmt: skip

    def round(self, number: int) -> None:
        """Try a candidate, and blend it in as far as it is believed."""
        columns = self.columns
        if number == 1:
            doubt = 1.0 - self.pairs.sign_probability(columns)
        else:  # other halves of the pairs give other candidates; what was found has its say
            half = np.sort(self.generator.permutation(columns)[: len(columns) // 2 + 1])
            doubt = 0.5 * (1.0 - self.pairs.sign_probability(half) + self.style)
        seed = int(self.generator.integers(2**31))
        made = [
            prototypes.cluster_columns(gram, points, doubt, self.count, seed)
            for gram, points in zip(self.grams, self.points, strict=True)
        ]
        gain = self._figure(self._style_of(made)) - self.figure
        weight = feedback_weight(gain, self.config.gain_scale * self.validation.error)
        self.running = [
            prototypes.blend(old, new, weight, gram)
            for old, new, gram in zip(self.running, made, self.grams, strict=True)
        ]
        before = self.style
        self.style = (1.0 - weight) * before + weight * self._style_of(self.running)
        self.figure = self._figure(self.style)
        p = self.pairs.probability(self.style)
        self.rounds.append(Round(number, gain, weight, self.figure, p, self._nearest()))
        is_quiet = np.abs(self.style - before).mean() < self.config.tolerance
        self.quiet = self.quiet + 1 if is_quiet else 0

    def is_stable(self) -> bool:
        """Whether p stays: one quiet round may be one that was not believed."""
        return self.quiet == 2

    def result(self, common: dict) -> SemanticColumns:
        """The p of the last round, as sharp as validation images allow."""
        last = self.rounds[-1]
        power = self._power(last.probability)
        if power < 1.0:
            self.notes.append(
                f"These weights did not help on validation images (mean reciprocal rank "
                f"{last.validation:.3f}, {self.start:.3f} without them); they were raised to the "
                f"power {power:g}, which keeps the order of columns and lets them do less."
            )
        return SemanticColumns(
            probability=last.probability**power,
            prototype=last.prototype,
            history=tuple(self.rounds),
            prototype_modality=tuple(
                name for name, made in zip(PARTS, self.running, strict=True) for _ in made
            ),
            start=self.start,
            power=power,
            has_views=bool(len(self.pairs.views)),
            notes=tuple(self.notes),
            **common,
        )

    def _power(self, p: np.ndarray) -> float:
        """Sharper as far as each step gains a standard error; softer until it hurts no more."""
        power, best = 1.0, self.figure
        if best < self.start:
            for power in SOFTER:
                if self.validation.figure(p**power) >= self.start:
                    break
            return power
        for tried in SHARPER:
            figure = self.validation.figure(p**tried)
            if figure > best + self.validation.error:
                power, best = tried, figure
        return power

    def _figure(self, style: np.ndarray) -> float:
        return self.validation.figure(self.pairs.probability(style))

    def _style_of(self, made: list[np.ndarray]) -> np.ndarray:
        """q (D,): a column carries meaning where neither modality's styles explain it."""
        meaning = np.ones(self.pairs.images.dimension)
        for found, gram, share in zip(made, self.grams, self.shares, strict=True):
            meaning *= 1.0 - share * prototypes.style_probability(found, gram)
        return 1.0 - meaning

    def _nearest(self) -> np.ndarray:
        """int64 (D,), the prototype that explains most of each column, images' first, or -1."""
        close = np.concatenate(
            [
                share * prototypes.closeness(found, gram)
                for found, gram, share in zip(self.running, self.grams, self.shares, strict=True)
            ]
        )
        if not len(close):
            return np.full(len(self.style), -1, np.int64)
        return np.where(close.max(axis=0) > 0, close.argmax(axis=0), -1).astype(np.int64)


def _banks(
    pairs: Pairs,
    rows: np.ndarray,
    columns: np.ndarray,
    size: int,
    generator: np.random.Generator,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Gram matrices of both modalities, and which share of each column they are about."""
    grams, shares = [], []
    for part, own in ((pairs.images, rows), (pairs.captions, columns)):
        share = np.ones(part.dimension)
        if not len(pairs.views):
            gram = prototypes.column_gram(part, own, size, generator)
        else:
            if part.modality == "image":
                shown = np.flatnonzero(np.isin(pairs.view_owner, rows))
                vectors = np.concatenate([part.vectors[rows], pairs.views[shown]])
                group = np.concatenate([rows, pairs.view_owner[shown]])
            else:
                vectors, group = part.vectors[columns], pairs.owner[columns]
            moved, share = deviations(vectors, group)
            if len(moved) > size:
                moved = moved[np.sort(generator.choice(len(moved), size, replace=False))]
            gram = prototypes.gram_of(moved) if len(moved) else np.zeros((len(share),) * 2)
        gram[pairs.is_constant] = gram[:, pairs.is_constant] = 0.0
        grams.append(gram)
        shares.append(share)
    return grams, shares
