"""Captions of a scene at several levels: what is said is chosen first, the wording after."""

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.scenes.content import exact_content, partial_content, with_one_wrong_fact
from vacsr_core.scenes.model import LEVELS, Scene, SceneCaption
from vacsr_core.scenes.wording import write_formal, write_generic, write_plain, write_telegraphic


def describe(scene: Scene, level: str, rng: np.random.Generator) -> SceneCaption:
    """Write one caption about a scene.

    "exact" says the setting, every object with count, size and (where it can be seen) colour,
    and one relation; "formal" and "telegraphic" say the same in other words; "partial" says true
    things but few; "generic" says what is true of many pictures; "wrong" is an exact caption
    with exactly one fact changed to one that does not hold.

    Args:
        scene: the scene to write about.
        level: one of `LEVELS`.
        rng: source of chance for content and wording.

    Returns:
        The caption with the facts it states.

    Raises:
        DataError: the level is unknown.
    """
    if level not in LEVELS:
        raise DataError(f"Unknown caption level {level!r}; choose one of {', '.join(LEVELS)}.")
    if level == "generic":
        text, facts = write_generic(scene.facts, rng)
        return SceneCaption(text, level, facts)
    content = partial_content(scene, rng) if level == "partial" else exact_content(scene, rng)
    if level == "wrong":
        content = with_one_wrong_fact(content, rng)
    if level == "formal":
        text = write_formal(content, rng)
    elif level == "telegraphic":
        text = write_telegraphic(content, rng)
    else:
        text = write_plain(content, rng)
    return SceneCaption(text, level, content.facts)
