"""Rendered scenes with known facts and styles: demo gallery, tests, first fit of a backbone."""

from vacsr_core.scenes.captions import describe
from vacsr_core.scenes.drawing import draw
from vacsr_core.scenes.model import (
    LEVELS,
    Scene,
    SceneCaption,
    SceneObject,
    SceneSet,
    holds,
    truth,
)
from vacsr_core.scenes.sampling import sample, sample_scene
from vacsr_core.scenes.vocabulary import COLOURLESS_STYLES, STYLES

__all__ = [
    "COLOURLESS_STYLES",
    "LEVELS",
    "STYLES",
    "Scene",
    "SceneCaption",
    "SceneObject",
    "SceneSet",
    "describe",
    "draw",
    "holds",
    "sample",
    "sample_scene",
    "truth",
]
