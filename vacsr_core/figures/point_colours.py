"""Colours and sizes of the points of a map, and what they mean in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.figures.palette import Palette, Ramp, even_ramp, palette
from vacsr_core.item_values import ItemValues

# The first two are those of image and caption everywhere; told apart by colour-blind eyes too.
NAMES_LIGHT = (
    "#1f6fb2", "#d9731a", "#0f8f86", "#8456b8", "#b03a63", "#8a7a1f", "#4d4d4d", "#59a1cf",
)  # fmt: skip
NAMES_DARK = (
    "#6db3f2", "#f2a65a", "#4fc7bd", "#b794e6", "#ec88ac", "#cfc06a", "#c4c4c4", "#3f83b8",
)  # fmt: skip
# Numbers that are neither similarity nor uncertainty have a ramp of their own.
NUMBERS_LIGHT = even_ramp("#c9d3e6", "#8fa3c8", "#5d78a8", "#3a5386", "#1c2f5c")
NUMBERS_DARK = even_ramp("#2a3550", "#43588a", "#6683bd", "#93aede", "#d3e0fb")
UNKNOWN_LIGHT, UNKNOWN_DARK = "#b4bac2", "#5a636e"
RADIUS, SMALL, LARGE = 4.6, 2.6, 9.0  # pixels
_LEAST_INK = 0.18  # where a ramp begins: its palest colours are lost on the page's ground


@dataclass(frozen=True)
class Legend:
    """What the colours mean.

    Args:
        label: what is shown.
        entries: (text, colour) from low to high, or one a group.
        is_ramp: whether the colours between the entries count too.
        note: a further sentence; "" for none.
    """

    label: str
    entries: tuple[tuple[str, str], ...]
    is_ramp: bool
    note: str = ""


def point_colours(values: ItemValues, is_dark: bool) -> tuple[np.ndarray, Legend]:
    """A colour for each item, and the legend.

    Returns: uint8 (P, 3), and what the colours mean.
    """
    unknown = UNKNOWN_DARK if is_dark else UNKNOWN_LIGHT
    known = np.isfinite(values.values)
    missing = int((~known).sum())
    note = values.explanation
    if missing:
        note = f"{note} Grey: nothing is known of {missing:,}.".strip()
    found = np.tile(_rgb(unknown), (len(known), 1)).astype(np.uint8)
    if values.kind == "names":
        colours = (NAMES_DARK if is_dark else NAMES_LIGHT)[: len(values.names)]
        if len(colours):
            table = np.array([_rgb(colour) for colour in colours], np.uint8)
            found[known] = table[values.values[known].astype(int)]
        return found, Legend(
            values.label, tuple(zip(values.names, colours, strict=True)), False, note
        )
    ramp = _ramp(values.kind, palette(is_dark), is_dark)
    if not known.any():
        return found, Legend(values.label, (), True, note)
    low, high = (float(x) for x in (values.values[known].min(), values.values[known].max()))
    if values.kind == "diverging" and values.middle is not None:
        reach = max(abs(high - values.middle), abs(low - values.middle)) or 1.0
        low, high = values.middle - reach, values.middle + reach
    share = (values.values[known] - low) / (high - low) if high > low else np.full(known.sum(), 0.5)
    found[known] = _along(ramp, share)
    stops = (low, (low + high) / 2, high) if high > low else (low,)
    shares = (0.0, 0.5, 1.0) if high > low else (0.5,)
    entries = tuple(
        (number_text(stop), _hex(_along(ramp, np.array([share]))[0]))
        for stop, share in zip(stops, shares, strict=True)
    )
    return found, Legend(values.label, entries, True, note)


def point_sizes(values: ItemValues | None, count: int) -> np.ndarray:
    """A radius for each item in pixels, float64 (P,); area rises with the value.

    Args:
        values: numbers; None for one size. What is not known is small.
        count: P.
    """
    if values is None or values.kind == "names":
        return np.full(count, RADIUS)
    known = np.isfinite(values.values)
    found = np.full(count, SMALL)
    if known.any():
        low, high = values.values[known].min(), values.values[known].max()
        share = (values.values[known] - low) / (high - low) if high > low else 0.5
        found[known] = np.sqrt(SMALL**2 + (LARGE**2 - SMALL**2) * share)
    return found


def number_text(value: float) -> str:
    """A number with three digits that count: "0.123", "1,204"."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}".replace("-", "−")


def _ramp(kind: str, colours: Palette, is_dark: bool) -> Ramp:
    if kind == "diverging":
        return colours.match_ramp
    whole = {"uncertainty": colours.std_ramp, "similarity": colours.mean_ramp}.get(
        kind, NUMBERS_DARK if is_dark else NUMBERS_LIGHT
    )
    shares = np.linspace(_LEAST_INK, 1.0, 6)
    return even_ramp(*(_hex(colour) for colour in _along(whole, shares)))


def _along(ramp: Ramp, share: np.ndarray) -> np.ndarray:
    """uint8 (n, 3), colours at shares in [0, 1] of a ramp."""
    at = [place for place, _ in ramp]
    table = np.array([_rgb(colour) for _, colour in ramp], float)
    channels = [np.interp(np.clip(share, 0, 1), at, table[:, c]) for c in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def _rgb(colour: str) -> tuple[int, int, int]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _hex(colour: np.ndarray) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(c) for c in colour))
