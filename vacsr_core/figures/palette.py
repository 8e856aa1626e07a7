"""Colours of every chart, in light and dark: one meaning, one colour, repeated by a shape."""

from __future__ import annotations

from dataclasses import dataclass

FONT_FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

Ramp = tuple[tuple[float, str], ...]


def even_ramp(*colours: str) -> Ramp:
    """A ramp with its colours at equal distances."""
    return tuple((i / (len(colours) - 1), colour) for i, colour in enumerate(colours))


@dataclass(frozen=True)
class Palette:
    """Hex colours of one theme.

    Args:
        surface: the page's own ground; charts have it too, so that a saved picture is readable.
        text, muted, grid: words, second-rank words, lines of the axes.
        image, caption: the two kinds of items: a circle and a diamond.
        belief: a distribution of similarity.
        other: a second distribution to compare with, always dashed or square as well.
        outline: frames of labelled cells.
        chosen: the frame of the chosen cell.
        meaning, style: what feature columns carry: p near 1 and p near 0.
        mean_ramp, std_ramp: sequential, low to high; match_ramp: diverging, 0.5 in the middle.
        column_ramp: diverging from style over grey to meaning, p = 0.5 in the middle.
    """

    surface: str
    text: str
    muted: str
    grid: str
    image: str
    caption: str
    belief: str
    other: str
    outline: str
    chosen: str
    meaning: str
    style: str
    mean_ramp: Ramp
    std_ramp: Ramp
    match_ramp: Ramp
    column_ramp: Ramp


LIGHT = Palette(
    surface="#ffffff",
    text="#1d2530",
    muted="#566070",
    grid="#e3e7ec",
    image="#1f6fb2",
    caption="#d9731a",
    belief="#157a63",
    other="#4a3f8f",
    outline="#1d2530",
    chosen="#c2255c",
    meaning="#0b7d76",
    style="#7a49b3",
    mean_ramp=even_ramp("#f3f8ea", "#c9e6b5", "#84c99a", "#3ea27f", "#157a63", "#0b4f45"),
    std_ramp=even_ramp("#faf3fb", "#e6cdec", "#c99bd9", "#a567c0", "#7d3a9e", "#521a70"),
    match_ramp=even_ramp("#a34a05", "#e39a52", "#f7f4ef", "#6faadb", "#14568c"),
    column_ramp=even_ramp("#6c3aa6", "#a882d3", "#bcc1c8", "#58b3ac", "#0b7d76"),
)

DARK = Palette(
    surface="#12161c",
    text="#e8ecf1",
    muted="#a9b4c0",
    grid="#2b333d",
    image="#6db3f2",
    caption="#f2a65a",
    belief="#58c39c",
    other="#c0b4f7",
    outline="#f4f6f8",
    chosen="#ff7eb0",
    meaning="#4fc7bd",
    style="#b794e6",
    mean_ramp=even_ramp("#12211d", "#154a3f", "#1f7a63", "#4fae88", "#97d8a6", "#e4f5c4"),
    std_ramp=even_ramp("#1e1525", "#43225a", "#6f3a8f", "#a061c4", "#cd9ae6", "#f3dcfb"),
    match_ramp=even_ramp("#cf7f35", "#7d4d22", "#20242a", "#2d6598", "#6db3f2"),
    column_ramp=even_ramp("#c6a5f2", "#8a68b8", "#525b66", "#2f8a83", "#58d3c8"),
)


def palette(is_dark: bool) -> Palette:
    """The colours of one theme."""
    return DARK if is_dark else LIGHT


def see_through(colour: str, opacity: float) -> str:
    """A hex colour as Plotly's rgba(), with opacity in [0, 1].

    Example:
        >>> see_through("#157a63", 0.25)
        'rgba(21, 122, 99, 0.25)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
