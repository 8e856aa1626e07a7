"""What a caption says, before it is put into words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from vacsr_core.scenes.model import Fact, Scene, SceneObject
from vacsr_core.scenes.vocabulary import COLOURS, MAX_COUNT, OPPOSITE, SETTINGS, SIZES

_T = TypeVar("_T")


@dataclass(frozen=True)
class Mention:
    """What a caption says of one group; None is left unsaid, `is_plural` steers the grammar."""

    kind: str
    count: int | None
    colour: str | None
    size: str | None
    is_plural: bool


@dataclass(frozen=True)
class Content:
    """What a caption says, before it is worded."""

    setting: str | None
    mentions: tuple[Mention, ...]
    relation: tuple[str, str, str] | None = None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts stated, in the order of the sentence."""
        stated: list[Fact] = [] if self.setting is None else [("setting", self.setting)]
        for mention in self.mentions:
            stated.append(("object", mention.kind))
            for name in ("count", "colour", "size"):
                value = getattr(mention, name)
                if value is not None:
                    stated.append((name, mention.kind, value))
        if self.relation is not None:
            stated.append(("relation", *self.relation))
        return tuple(stated)


def _mention(group: SceneObject, has_colour: bool) -> Mention:
    colour = group.colour if has_colour else None
    return Mention(group.kind, group.count, colour, group.size, group.count > 1)


def exact_content(scene: Scene, rng: np.random.Generator) -> Content:
    """Everything: setting, all groups with all that can be seen of them, one relation if any.

    Args:
        scene: the scene to speak of.
        rng: source of chance for the order and the relation.

    Returns:
        A content whose facts all hold.
    """
    order = rng.permutation(len(scene.objects))
    mentions = tuple(_mention(scene.objects[index], scene.has_colour) for index in order)
    return Content(scene.setting, mentions, _pick_relation(scene, rng))


def _pick_relation(scene: Scene, rng: np.random.Generator) -> tuple[str, str, str] | None:
    # Sorted, because the order of a set of strings changes from one run of Python to the next.
    relations = sorted(fact[1:] for fact in scene.facts if fact[0] == "relation")
    return relations[rng.integers(len(relations))] if relations else None


def partial_content(scene: Scene, rng: np.random.Generator) -> Content:
    """Some of the facts: one or two groups with one detail each, now and then the setting.

    Args:
        scene: the scene to speak of.
        rng: source of chance for what is left out.

    Returns:
        A content whose facts all hold and that says less than the exact one.
    """
    relation = _pick_relation(scene, rng)
    if relation is not None and rng.random() < 0.2:
        groups = [group for group in scene.objects if group.kind in relation[::2]]
        return Content(None, tuple(_bare_mention(group) for group in groups), relation)
    has_setting = rng.random() < 0.5
    most = 1 if len(scene.objects) == 1 else 2
    count = int(rng.integers(1, most + 1))
    chosen = rng.choice(len(scene.objects), size=count, replace=False)
    details = ["count", "size", "none"] + (["colour"] * 2 if scene.has_colour else [])
    mentions = []
    for index in chosen:
        group = scene.objects[index]
        detail = details[rng.integers(len(details))]
        full = _mention(group, scene.has_colour)
        kept = {detail: getattr(full, detail)} if detail != "none" else {}
        mentions.append(replace(_bare_mention(group), **kept))
    return Content(scene.setting if has_setting else None, tuple(mentions))


def _bare_mention(group: SceneObject) -> Mention:
    return Mention(group.kind, None, None, None, group.count > 1)


def with_one_wrong_fact(content: Content, rng: np.random.Generator) -> Content:
    """Change one fact of an exact content to one that does not hold.

    Args:
        content: an exact content of a scene.
        rng: source of chance for what is changed, and to what.

    Returns:
        A content with exactly one fact that does not hold in that scene.
    """
    targets: list[tuple[str, int]] = [("setting", -1)]
    for index in range(len(content.mentions)):
        targets += [("count", index), ("size", index)]
        if content.mentions[index].colour is not None:
            targets.append(("colour", index))
    if content.relation is not None and content.relation[1] in OPPOSITE:
        targets += [("relation", -1)] * 2
    name, index = targets[rng.integers(len(targets))]
    if name == "setting":
        return replace(content, setting=_another(list(SETTINGS), content.setting, rng))
    if name == "relation":
        first, relation, second = content.relation
        return replace(content, relation=(first, OPPOSITE[relation], second))
    choices = {"count": list(range(1, MAX_COUNT + 1)), "size": SIZES, "colour": list(COLOURS)}
    old = content.mentions[index]
    new = replace(old, **{name: _another(choices[name], getattr(old, name), rng)})
    new = replace(new, is_plural=new.count > 1)
    mentions = (*content.mentions[:index], new, *content.mentions[index + 1 :])
    return replace(content, mentions=mentions)


def _another(choices: Sequence[_T], value: _T, rng: np.random.Generator) -> _T:
    others = [choice for choice in choices if choice != value]
    return others[rng.integers(len(others))]
