"""Random scenes: choose what is there, then place it so that nothing hides anything else."""

from collections.abc import Sequence

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.scenes.captions import describe
from vacsr_core.scenes.model import LEVELS, Scene, SceneObject, SceneSet
from vacsr_core.scenes.vocabulary import (
    COLOURS,
    EXTENTS,
    KINDS,
    MAX_COUNT,
    MAX_GROUPS,
    SETTINGS,
    SIZES,
    STYLES,
    UNSEEN_COLOURS,
)

GROUP_SHARES = (0.24, 0.38, 0.27, 0.11)  # how often 1, 2, 3 and 4 groups are tried
COUNT_SHARES = (0.46, 0.27, 0.16, 0.11)  # how often a group has 1, 2, 3 and 4 members
BORDER = 0.03  # nothing comes nearer to the edge of the canvas
CLEARANCE = 0.02  # nothing comes nearer to another group
PLACES_TRIED = 24

# Kinds that fit few settings are chosen more often there, so that no kind stays rare.
_AVAILABILITY = {
    kind: sum(kind not in place.absent for place in SETTINGS.values()) for kind in KINDS
}

_Box = tuple[float, float, float, float]


def sample_scene(rng: np.random.Generator, style: str | None = None) -> Scene:
    """Draw one scene at random.

    Args:
        rng: source of chance; the same state gives the same scene.
        style: one of `STYLES`, or None for a random one.

    Returns:
        A scene whose objects lie apart from each other and inside the canvas.

    Raises:
        DataError: the style is unknown.
    """
    if style is None:
        style = STYLES[rng.integers(len(STYLES))]
    elif style not in STYLES:
        raise DataError(f"Unknown style {style!r}; choose one of {', '.join(STYLES)}.")
    setting = list(SETTINGS)[rng.integers(len(SETTINGS))]
    allowed_kinds = [kind for kind in KINDS if kind not in SETTINGS[setting].absent]
    unseen = UNSEEN_COLOURS.get(setting, frozenset())
    allowed_colours = [colour for colour in COLOURS if colour not in unseen]
    rarity = np.array([1 / _AVAILABILITY[kind] for kind in allowed_kinds])
    groups = 1 + int(rng.choice(MAX_GROUPS, p=GROUP_SHARES))
    while True:
        wanted = [
            (
                str(kind),
                allowed_colours[rng.integers(len(allowed_colours))],
                SIZES[rng.integers(len(SIZES))],
                1 + int(rng.choice(MAX_COUNT, p=COUNT_SHARES)),
            )
            for kind in rng.choice(
                allowed_kinds, size=groups, replace=False, p=rarity / rarity.sum()
            )
        ]
        objects = _place_groups(wanted, setting, rng)
        if objects is not None:
            return Scene(setting, objects, style, seed=int(rng.integers(2**31)))


def sample(count: int, seed: int, levels: Sequence[str] = LEVELS) -> SceneSet:
    """Draw a set of scenes, each with one caption of every level; no pixels are drawn yet.

    Args:
        count: number of scenes, at least 1.
        seed: the same seed gives the same set.
        levels: levels of caption, from `LEVELS`, in the order in which they are wanted.

    Returns:
        A set of `count` scenes and `count * len(levels)` captions.

    Raises:
        DataError: the count is below 1 or a level is unknown.

    Example:
        >>> scene_set = sample(3, seed=1, levels=("exact", "wrong"))
        >>> scene_set.caption_image.tolist()
        [0, 0, 1, 1, 2, 2]
    """
    if count < 1:
        raise DataError(f"Asked for {count} scenes; ask for at least 1.")
    rng = np.random.default_rng(seed)
    scenes, captions = [], []
    for _ in range(count):
        scene = sample_scene(rng)
        scenes.append(scene)
        captions.extend(describe(scene, level, rng) for level in levels)
    caption_image = np.repeat(np.arange(count, dtype=np.int64), len(levels))
    return SceneSet(tuple(scenes), tuple(captions), caption_image, seed)


def _place_groups(
    wanted: list[tuple[str, str, str, int]], setting: str, rng: np.random.Generator
) -> tuple[SceneObject, ...] | None:
    """Place all groups, the largest first; None where the canvas is too full."""
    sized = []
    for kind, colour, size, count in wanted:
        extent = round(float(rng.uniform(*EXTENTS[size])), 4)
        sized.append((kind, colour, size, count, extent))
    if sum(count * extent**2 for *_, count, extent in sized) > 0.45:
        return None
    taken: list[_Box] = []
    placed: dict[str, SceneObject] = {}
    for kind, colour, size, count, extent in sorted(sized, key=lambda g: -g[3] * g[4] ** 2):
        centres = _place_group(kind, count, extent, setting, taken, rng)
        if centres is None:
            return None
        placed[kind] = SceneObject(kind, colour, size, count, extent, centres)
    return tuple(placed[kind] for kind, *_ in wanted)


def _place_group(
    kind: str,
    count: int,
    extent: float,
    setting: str,
    taken: list[_Box],
    rng: np.random.Generator,
) -> tuple[tuple[float, float], ...] | None:
    """Find room for the rows of one group and enter its block into `taken`."""
    width, height = KINDS[kind].width * extent, KINDS[kind].height * extent
    offsets, block_width, block_height = _rows(count, width, height, rng)
    low, high = _vertical_range(kind, setting, height, block_height)
    if block_width > 1 - 2 * BORDER or low > high:
        return None
    left = rng.uniform(BORDER, 1 - BORDER - block_width, PLACES_TRIED)
    top = rng.uniform(low, high, PLACES_TRIED)
    for x, y in zip(left.tolist(), top.tolist(), strict=True):
        block = (x, y, x + block_width, y + block_height)
        if all(_is_apart(block, other) for other in taken):
            taken.append(block)
            return tuple(
                (round(x + dx + width / 2, 4), round(y + dy + height / 2, 4)) for dx, dy in offsets
            )
    return None


def _rows(
    count: int, width: float, height: float, rng: np.random.Generator
) -> tuple[list[tuple[float, float]], float, float]:
    """Lay members out in one or two rows with some play; corners relative to the block."""
    rows = 2 if count > 2 and rng.random() < (0.75 if width > 0.2 else 0.35) else 1
    per_row = -(-count // rows)
    step_x, step_y = width * 1.14, height * 1.1
    offsets = []
    for index in range(count):
        row, place = divmod(index, per_row)
        in_row = min(per_row, count - row * per_row)
        shift = (per_row - in_row) * step_x / 2
        play_x, play_y = rng.uniform(0, 0.1, 2) * (width, height * (1.0 if rows == 2 else 2.5))
        offsets.append((place * step_x + shift + play_x, row * step_y * 1.1 + play_y))
    block_width = max(x for x, _ in offsets) + width
    block_height = max(y for _, y in offsets) + height
    return offsets, block_width, block_height


def _vertical_range(
    kind: str, setting: str, height: float, block_height: float
) -> tuple[float, float]:
    """Lowest and highest top edge of a block, so that its members stand or hang where they can."""
    place = SETTINGS[setting]
    if KINDS[kind].zone == "sky":
        return BORDER, place.horizon + 0.04 - block_height
    low, high = max(BORDER, place.ground_top - height), 1 - BORDER - block_height
    if setting == "sea":
        if kind == "fish":
            return place.horizon + 0.06, high
        return low, place.ground_top + 0.14 - block_height
    return low, high


def _is_apart(one: _Box, other: _Box) -> bool:
    return (
        one[2] + CLEARANCE <= other[0]
        or other[2] + CLEARANCE <= one[0]
        or one[3] + CLEARANCE <= other[1]
        or other[3] + CLEARANCE <= one[1]
    )
