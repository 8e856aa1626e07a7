"""A small gauge of drawn scenes for whatever backbone an engine has."""

from __future__ import annotations

from vacsr_core import scenes
from vacsr_core.familiarity import Familiarity


def scenes_gauge(engine, count: int = 100) -> Familiarity:
    """Built on scenes alone, so that noise and other languages lie outside."""
    parts = []
    for seed in (61_000_001, 62_000_003):
        drawn = scenes.sample(count, seed, levels=("exact", "partial"))
        pictures = [scenes.draw(scene, 160) for scene in drawn.scenes]
        texts = [caption.text for caption in drawn.captions]
        parts.append(engine.encode_images(pictures, tokens=False))
        parts.append(engine.encode_captions(texts, tokens=False))
    return Familiarity.build(parts[0], parts[1], parts[2], parts[3])
