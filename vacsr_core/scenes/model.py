"""Scenes and their facts: small statements that are known to hold or not, so truth is graded."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.scenes.vocabulary import COLOURLESS_STYLES, KINDS, SETTINGS

Fact = tuple  # ("count", "boat", 2), ("setting", "beach"), ("outdoors",), ...

SIDE_MARGIN = 0.06  # every centre of one group lies this far beside every centre of the other
SEVERAL = 3  # from so many things on, a picture shows "several"
NEAR_GAP = 0.08  # widest gap between neighbours that still counts as "next to"

LEVELS: tuple[str, ...] = ("exact", "partial", "generic", "wrong", "formal", "telegraphic")


@dataclass(frozen=True)
class SceneObject:
    """A group of 1 to 4 equal objects.

    Args:
        kind: a key of `KINDS`.
        colour: a key of `COLOURS`.
        size: "small" or "large".
        count: how many there are, 1 to 4.
        extent: longest side of one of them, share of the canvas.
        centres: (x, y) of each, share of the canvas, origin at the top left.
    """

    kind: str
    colour: str
    size: str
    count: int
    extent: float
    centres: tuple[tuple[float, float], ...]

    @property
    def box_size(self) -> tuple[float, float]:
        """Width and height of one object, shares of the canvas."""
        kind = KINDS[self.kind]
        return self.extent * kind.width, self.extent * kind.height

    @property
    def boxes(self) -> tuple[tuple[float, float, float, float], ...]:
        """(left, top, right, bottom) of each object, shares of the canvas."""
        width, height = self.box_size
        return tuple(
            (x - width / 2, y - height / 2, x + width / 2, y + height / 2) for x, y in self.centres
        )


@dataclass(frozen=True)
class Scene:
    """What is to be seen in one picture, and in which style it is drawn.

    Args:
        setting: a key of `SETTINGS`.
        objects: the groups, no kind twice.
        style: one of `STYLES`; it says how the scene is drawn and is no fact of the picture.
        seed: fixes clouds, grain and all else that is chance in the drawing.
    """

    setting: str
    objects: tuple[SceneObject, ...]
    style: str
    seed: int

    @property
    def has_colour(self) -> bool:
        """Whether the style leaves the colours visible."""
        return self.style not in COLOURLESS_STYLES

    @cached_property
    def facts(self) -> frozenset[Fact]:
        """Every fact that can be seen to hold; styles without colour have no colour facts."""
        place = SETTINGS[self.setting]
        facts: set[Fact] = {
            ("setting", self.setting),
            ("outdoors",) if place.outdoors else ("indoors",),
            ("has objects",),
        }
        facts.update(("object", kind) for kind in place.shows)
        if sum(group.count for group in self.objects) >= SEVERAL:
            facts.add(("several",))
        for group in self.objects:
            facts.add(("object", group.kind))
            facts.add(("count", group.kind, group.count))
            facts.add(("size", group.kind, group.size))
            if KINDS[group.kind].category:
                facts.add(("category", KINDS[group.kind].category))
            if self.has_colour:
                facts.add(("colour", group.kind, group.colour))
                facts.add(("thing", group.colour))
        if self.has_colour and len({group.colour for group in self.objects}) > 1:
            facts.add(("colourful",))
        facts.update(self._relations())
        return frozenset(facts)

    def _relations(self) -> set[Fact]:
        found: set[Fact] = set()
        for first in self.objects:
            for second in self.objects:
                if first is not second:
                    found.update(
                        ("relation", first.kind, name, second.kind)
                        for name in relations_between(first, second)
                    )
        return found


@dataclass(frozen=True)
class SceneCaption:
    """A sentence about a scene and the facts it states.

    Args:
        text: what a person reads.
        level: one of `LEVELS`; "wrong" is a near miss, not a caption of the picture.
        facts: what the sentence claims, at least one fact, none twice.
    """

    text: str
    level: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, eq=False)
class SceneSet:
    """Scenes with their captions.

    Args:
        scenes: N scenes.
        captions: M captions.
        caption_image: int64 (M,), index of the scene that each caption was written for; a
            caption of level "wrong" keeps the scene it was derived from.
        seed: the seed that made the set.
    """

    scenes: tuple[Scene, ...]
    captions: tuple[SceneCaption, ...]
    caption_image: np.ndarray
    seed: int


def relations_between(first: SceneObject, second: SceneObject) -> tuple[str, ...]:
    """Say how the first group lies to the second.

    "left of" asks that every member of the first lies clearly to the left of every member of
    the second; "above" also asks that their boxes do not share a height; "next to" asks for two
    members side by side with little between them.

    Args:
        first: the group that is spoken of.
        second: the group it is compared with.

    Returns:
        Names of all relations that hold, from `RELATIONS`.
    """
    one, two = np.array(first.boxes), np.array(second.boxes)
    one_x, two_x = one[:, [0, 2]].mean(axis=1), two[:, [0, 2]].mean(axis=1)
    found = []
    if one_x.max() + SIDE_MARGIN <= two_x.min():
        found.append("left of")
    if two_x.max() + SIDE_MARGIN <= one_x.min():
        found.append("right of")
    if one[:, 3].max() <= two[:, 1].min():
        found.append("above")
    if two[:, 3].max() <= one[:, 1].min():
        found.append("below")
    gap = np.maximum(one[:, None, 0] - two[None, :, 2], two[None, :, 0] - one[:, None, 2])
    shared = np.minimum(one[:, None, 3], two[None, :, 3]) - np.maximum(
        one[:, None, 1], two[None, :, 1]
    )
    lower = min(first.box_size[1], second.box_size[1])
    if np.any((gap >= 0) & (gap <= NEAR_GAP) & (shared >= 0.4 * lower)):
        found.append("next to")
    return tuple(found)


def holds(fact: Fact, scene: Scene) -> bool:
    """Whether a fact can be seen to hold in a scene.

    Args:
        fact: for example ("count", "boat", 2).
        scene: the scene asked about.

    Returns:
        True where the fact holds.

    Example:
        >>> boat = SceneObject("boat", "red", "small", 1, 0.2, ((0.5, 0.6),))
        >>> scene = Scene("sea", (boat,), "flat", seed=0)
        >>> holds(("colour", "boat", "red"), scene), holds(("count", "boat", 2), scene)
        (True, False)
    """
    return fact in scene.facts


def truth(scenes: Sequence[Scene], captions: Sequence[SceneCaption]) -> np.ndarray:
    """Grade every caption against every scene: the share of its facts that hold.

    Args:
        scenes: N scenes.
        captions: M captions, each with at least one fact.

    Returns:
        float32 (N, M) in [0, 1].

    Raises:
        DataError: a caption states no fact, so its share is undefined.
    """
    for index, caption in enumerate(captions):
        if not caption.facts:
            raise DataError(
                f"Caption {index} ({caption.text!r}) states no fact; every caption needs at "
                "least one to be graded. Give it a fact such as ('has objects',)."
            )
    column: dict[Fact, int] = {}
    for caption in captions:
        for fact in caption.facts:
            column.setdefault(fact, len(column))
    held = np.zeros((len(scenes), len(column)), dtype=np.float32)  # (N, F)
    for row, scene in enumerate(scenes):
        held[row, [column[fact] for fact in scene.facts if fact in column]] = 1.0
    graded = np.empty((len(scenes), len(captions)), dtype=np.float32)  # (N, M)
    chunk = 4096
    for start in range(0, len(captions), chunk):
        part = captions[start : start + chunk]
        stated = np.zeros((len(column), len(part)), dtype=np.float32)  # (F, chunk)
        for offset, caption in enumerate(part):
            stated[[column[fact] for fact in caption.facts], offset] = 1.0
        # Divide after the product: whole numbers stay exact, so a true caption grades to 1.0.
        graded[:, start : start + chunk] = (held @ stated) / stated.sum(axis=0)
    return graded
