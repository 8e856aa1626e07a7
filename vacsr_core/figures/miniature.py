"""A distribution in miniature, for a row of a list: a small SVG picture instead of a chart."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.figures import curve
from vacsr_core.figures.palette import palette
from vacsr_core.sentences import number
from vacsr_core.similarity import Similarity

WIDTH, HEIGHT = 132, 40  # pixels
_SIDE, _TOP, _BASE = 4, 4, 32  # of the drawing inside: margins, and where the axis lies
_POINTS = np.linspace(0.0, 1.0, 129)[1:-1]  # the density may be endless at the ends


def miniature(belief: Similarity, is_dark: bool = False) -> tuple[str, str]:
    """One pair's distribution over 0 to 1 as a picture of 132 x 40 pixels.

    Args:
        belief: Similarity of shape (1, 1).
        is_dark: colours for a dark page.

    Returns:
        (SVG, text alternative). The area is the density, the dark part of the axis holds 90 % of
        the belief, the line is the mean, the small tick below is 0.5.

    Raises:
        ShapeError: more than one pair.
    """
    if belief.shape != (1, 1):
        raise ShapeError(f"A miniature shows one pair, shape (1, 1), not {belief.shape}.")
    colours = palette(is_dark)
    density = curve.density(belief, _POINTS)
    heights = np.minimum(density / curve.height(belief), 1.0)
    low, high = (float(edge[0, 0]) for edge in belief.interval(0.9))
    mean = float(belief.mean[0, 0])
    line = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in zip(_POINTS, heights, strict=True))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<polygon points="{_x(0):.1f},{_BASE} {line} {_x(1):.1f},{_BASE}" '
        f'fill="{colours.belief}" fill-opacity="0.35" stroke="{colours.belief}"/>'
        f'<path d="M{_x(0)} {_BASE}H{_x(1)}" stroke="{colours.muted}" stroke-width="1"/>'
        f'<path d="M{_x(0.5)} {_BASE}v5" stroke="{colours.muted}" stroke-width="1"/>'
        f'<path d="M{_x(low):.1f} {_BASE}H{_x(high):.1f}" stroke="{colours.belief}" '
        'stroke-width="4"/>'
        f'<path d="M{_x(mean):.1f} {_TOP}V{_BASE}" stroke="{colours.text}" stroke-width="1.5"/>'
        "</svg>"
    )
    alt = (
        f"Mean similarity {number(mean)}; 90 % of the belief lies between {number(low)} and "
        f"{number(high)}"
    )
    return svg, alt


def _x(similarity: float) -> float:
    return _SIDE + similarity * (WIDTH - 2 * _SIDE)


def _y(height: float) -> float:
    return _BASE - height * (_BASE - _TOP)
