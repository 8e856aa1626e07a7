"""What a scene may contain: settings, kinds of object, colours, styles and their limits."""

from dataclasses import dataclass

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (222, 62, 56),
    "orange": (243, 140, 44),
    "yellow": (250, 208, 58),
    "green": (58, 158, 84),
    "blue": (52, 112, 212),
    "purple": (136, 84, 190),
    "pink": (246, 140, 182),
    "white": (248, 246, 240),
    "black": (46, 46, 56),
}

STYLES: tuple[str, ...] = (
    "flat",
    "paper",
    "watercolour",
    "night",
    "pixel",
    "sketch",
    "blueprint",
    "grey",
    "noise",
)
# A colour that cannot be seen is not a fact of the picture (see Scene.facts).
COLOURLESS_STYLES: frozenset[str] = frozenset({"sketch", "blueprint", "grey"})

SIZES: tuple[str, ...] = ("small", "large")
# Longest side of one object as a share of the canvas; the gap keeps the two words apart.
EXTENTS: dict[str, tuple[float, float]] = {"small": (0.17, 0.21), "large": (0.31, 0.43)}
MAX_COUNT = 4
MAX_GROUPS = 4

RELATIONS: tuple[str, ...] = ("left of", "right of", "above", "below", "next to")
OPPOSITE: dict[str, str] = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
}


@dataclass(frozen=True)
class Kind:
    """One kind of object: its proportions, where it belongs and what sort of thing it is.

    Args:
        width: width of its box as a share of its longest side, in (0, 1].
        height: height of its box as a share of its longest side, in (0, 1].
        zone: "ground" stands on the ground, "sky" hangs above the horizon.
        category: the wider class a generic caption may name, or None.
    """

    width: float
    height: float
    zone: str
    category: str | None = None


KINDS: dict[str, Kind] = {
    "ball": Kind(1.0, 1.0, "ground", "toy"),
    "box": Kind(0.92, 1.0, "ground"),
    "star": Kind(1.0, 0.96, "sky"),
    "house": Kind(0.95, 1.0, "ground"),
    "tree": Kind(0.78, 1.0, "ground"),
    "car": Kind(1.0, 0.56, "ground", "vehicle"),
    "boat": Kind(0.95, 1.0, "ground", "vehicle"),
    "fish": Kind(1.0, 0.62, "ground", "animal"),
    "bird": Kind(1.0, 0.8, "sky", "animal"),
    "cat": Kind(0.8, 1.0, "ground", "animal"),
    "dog": Kind(1.0, 0.88, "ground", "animal"),
    "flower": Kind(0.64, 1.0, "ground"),
    "kite": Kind(0.66, 1.0, "sky", "toy"),
    "balloon": Kind(0.6, 1.0, "sky", "toy"),
    "umbrella": Kind(1.0, 0.98, "ground"),
    "cup": Kind(1.0, 0.84, "ground"),
    "rocket": Kind(0.6, 1.0, "sky", "vehicle"),
    "mushroom": Kind(0.94, 0.96, "ground"),
    "person": Kind(0.52, 1.0, "ground"),
    "butterfly": Kind(1.0, 0.84, "sky", "animal"),
}


@dataclass(frozen=True)
class Setting:
    """A place: where its horizon lies and which kinds would look out of place in it.

    Args:
        horizon: height of the line between sky (or wall) and ground, share of the canvas from
            the top.
        ground_top: highest place where an object may stand, share of the canvas from the top.
        absent: kinds that are never put here.
        outdoors: whether the place is outside.
        shows: kinds that the backdrop itself shows (a forest is full of trees).
    """

    horizon: float
    ground_top: float
    absent: frozenset[str]
    outdoors: bool = True
    shows: tuple[str, ...] = ()


_LAND_BOUND = frozenset(
    {"house", "tree", "car", "cat", "dog", "flower", "cup", "mushroom", "person", "umbrella"}
)

SETTINGS: dict[str, Setting] = {
    "meadow": Setting(0.52, 0.60, frozenset({"boat", "fish"})),
    "beach": Setting(0.38, 0.60, frozenset({"mushroom", "flower"})),
    "sea": Setting(0.44, 0.52, _LAND_BOUND),
    "snow": Setting(0.50, 0.58, frozenset({"boat", "butterfly", "mushroom", "flower"})),
    "desert": Setting(0.52, 0.60, frozenset({"boat", "fish", "mushroom"})),
    "forest": Setting(0.56, 0.62, frozenset({"tree", "boat", "fish"}), shows=("tree",)),
    "city": Setting(0.62, 0.70, frozenset({"boat", "fish", "mushroom"})),
    "room": Setting(0.64, 0.70, frozenset({"house", "tree", "kite"}), outdoors=False),
}

# White on snow could hardly be seen.
UNSEEN_COLOURS: dict[str, frozenset[str]] = {"snow": frozenset({"white"})}
