"""Drawn scenes, whose styles are known: invariance of columns, R@1 across a change of style."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from vacsr_core import scenes
from vacsr_core.engine import Engine
from vacsr_core.evaluation.pico_tables import Number
from vacsr_core.evaluation.pico_weights import FitData, all_weights
from vacsr_core.evaluation.sources import FIT_SEED, SCENE_LEVELS, TEST_SEED
from vacsr_core.metrics import style
from vacsr_core.pico import StyleViews
from vacsr_core.style_changes import (
    CAPTION_STYLES,
    PICTURE_STYLES,
    change_caption,
    change_picture,
)
from vacsr_core.style_views import drawn_again

FIT_SCENES, TEST_SCENES, PIXELS = 200, 80, 128
VIEWS = 3  # of the renderer's other styles, for each scene that is fitted on
CHANGES = 2  # pictures changed, for each scene that is fitted on
BY_CHANGES = "changed pictures"
LINKS, USE = "Drawn scenes: p and style invariance", "Drawn scenes: retrieval across styles"


@dataclass(frozen=True, eq=False)
class TestScenes:
    """Vectors of scenes in every style.

    Args:
        drawn: (N, K, D), each scene in each style of the renderer, "flat" first.
        changed: (N, C, D), each scene as it is and under every change of pictures.
        worded: (N, W, D), each scene's wordings, and the first of them under every change.
        captions: (M, D); owner: (M,), of the wordings alone.
    """

    drawn: np.ndarray
    changed: np.ndarray
    worded: np.ndarray
    captions: np.ndarray
    owner: np.ndarray

    def invariance(self) -> dict[str, np.ndarray]:
        """ICC (D,) by what was changed, and over everything."""
        parts = {
            "drawing styles": style.style_invariance(self.drawn),
            "picture changes": style.style_invariance(self.changed),
            "captions": style.style_invariance(self.worded),
        }
        pictures = 0.5 * (parts["drawing styles"] + parts["picture changes"])
        return parts | {"pictures and captions": 0.5 * (pictures + parts["captions"])}


def scene_numbers(
    engine: Engine, seeds: tuple[int, ...], progress: Callable | None
) -> Iterator[Number]:
    """Spearman with ICC, style distance ratio, R@1 clean and across styles, for all weights."""
    weights: list[dict[str, np.ndarray]] = []
    invariances: list[dict[str, np.ndarray]] = []
    for turn, seed in enumerate(seeds):
        if progress is not None:
            progress(turn / len(seeds), f"drawn scenes, seed {seed}: drawing and encoding")
        weights.append(all_weights(_to_fit(engine, seed), seed))
        test = _to_test(engine, seed)
        invariances.append(test.invariance())
        for row, p in weights[-1].items():
            for measure, value in _use(test, p).items():
                yield Number(USE, row, measure, value, seed)
    for row in weights[0]:
        p = np.mean([found[row] for found in weights], axis=0)
        for name in invariances[0]:
            invariance = np.mean([found[name] for found in invariances], axis=0)
            link = style.invariance_link(p, invariance)
            yield Number(LINKS, row, name, link.value, interval=(link.low, link.high))


def _use(test: TestScenes, p: np.ndarray) -> dict[str, float]:
    items, styles, _ = test.drawn.shape
    clean = style.first_choice(test.drawn[:, 0], test.captions, test.owner, p)
    rows = np.arange(items)
    mixed = [  # neighbours in different styles, every scene in every style once
        style.first_choice(test.drawn[rows, (rows + turn) % styles], test.captions, test.owner, p)
        for turn in range(styles)
    ]
    ratios = [
        style.style_distance_ratio(test.drawn[:, 0], test.drawn[:, other], p)
        for other in range(1, styles)
    ]
    return {
        "R@1, one style": clean,
        "R@1, mixed styles": float(np.mean(mixed)),
        "drop": clean - float(np.mean(mixed)),
        "style distance ratio": float(np.mean(ratios)),
    }


def _to_fit(engine: Engine, seed: int) -> FitData:
    made = scenes.sample(FIT_SCENES, FIT_SEED + seed, levels=SCENE_LEVELS)
    pictures = [scenes.draw(scene, PIXELS) for scene in made.scenes]
    names = list(PICTURE_STYLES)
    again, changed = drawn_again(made.scenes, PIXELS, VIEWS), []
    for place, picture in enumerate(pictures):
        for turn in range(CHANGES):
            changed.append(change_picture(picture, names[(place + turn * 2) % len(names)]))
    rows = np.arange(FIT_SCENES)
    return FitData(
        engine.encode_images(pictures),
        engine.encode_captions([caption.text for caption in made.captions]),
        made.caption_image,
        {
            "": StyleViews(engine.encode_images(again, tokens=False), np.repeat(rows, VIEWS)),
            BY_CHANGES: StyleViews(
                engine.encode_images(changed, tokens=False), np.repeat(rows, CHANGES)
            ),
        },
    )


def _to_test(engine: Engine, seed: int) -> TestScenes:
    made = scenes.sample(TEST_SCENES, TEST_SEED + seed, levels=SCENE_LEVELS)
    styles = ("flat", *(name for name in scenes.STYLES if name != "flat"))
    drawn, changed, worded = [], [], []
    for place, scene in enumerate(made.scenes):
        pictures = [scenes.draw(replace(scene, style=name), PIXELS) for name in styles]
        drawn += pictures
        changed += [change_picture(pictures[0], name) for name in PICTURE_STYLES]
        own = [caption.text for caption in made.captions[place * 3 : place * 3 + 3]]
        worded += own + [change_caption(own[0], name) for name in CAPTION_STYLES]
    vectors = [
        engine.encode_images(drawn, tokens=False).vectors,
        engine.encode_images(changed, tokens=False).vectors,
        engine.encode_captions(worded, tokens=False).vectors,
    ]
    drawn, changed, worded = (x.reshape(TEST_SCENES, -1, x.shape[1]) for x in vectors)
    changed = np.concatenate([drawn[:, :1], changed], axis=1)
    captions = worded[:, : len(SCENE_LEVELS)].reshape(-1, worded.shape[2])
    return TestScenes(drawn, changed, worded, captions, made.caption_image)
