"""Plots of a report as inline SVG: a few kilobytes each, drawn at once, and readable offline."""

from __future__ import annotations

import html
from collections.abc import Sequence

from vacsr_core.evaluation.report import Curve

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 460, 320, 52, 44, 12
# Distinct in hue and in lightness; the dash tells them apart without colour.
COLOURS = ("#157a63", "#1f6fb2", "#c2255c", "#d9731a", "#4a3f8f", "#6b7280", "#0b4f45", "#8a5a00")
DASHES = ("", "6 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2", "7 2 1 2")


def line_chart(curves: Sequence[Curve], x_label: str, y_label: str, alt: str) -> str:
    """Lines over coverage from 0 to 1, with a legend below.

    Args:
        curves: one line each, x in [0, 1], y in [0, 1].
        alt: what a screen reader says.
    """
    top = _round_up(max((max(curve.y) for curve in curves), default=1.0))
    parts = [_frame(x_label, y_label, top)]
    for place, curve in enumerate(curves):
        points = " ".join(
            f"{_x(x):.1f},{_y(y, top):.1f}" for x, y in zip(curve.x, curve.y, strict=True)
        )
        style = f'stroke="{_colour(place)}" stroke-dasharray="{DASHES[place % len(DASHES)]}"'
        parts.append(
            f'<polyline fill="none" stroke-width="2" {style} points="{points}">'
            f"<title>{html.escape(curve.contender)}</title></polyline>"
        )
    return _svg(parts, alt) + _legend([curve.contender for curve in curves])


def reliability_chart(curve: Curve, alt: str) -> str:
    """Chance said against share that came true, with the diagonal and 95 % intervals."""
    parts = [_frame("P(match) as said", "share that came true", 1.0)]
    parts.append(
        f'<line x1="{_x(0)}" y1="{_y(0, 1)}" x2="{_x(1)}" y2="{_y(1, 1)}" class="grid" '
        'stroke-dasharray="4 4"/>'
    )
    for x, y, low, high in zip(curve.x, curve.y, curve.low, curve.high, strict=True):
        parts.append(
            f'<line x1="{_x(x):.1f}" x2="{_x(x):.1f}" y1="{_y(low, 1):.1f}" '
            f'y2="{_y(high, 1):.1f}" stroke="{COLOURS[0]}" stroke-width="1.5"/>'
            f'<circle cx="{_x(x):.1f}" cy="{_y(y, 1):.1f}" r="3.5" fill="{COLOURS[0]}">'
            f"<title>said {x:.3f}, came true {y:.3f}</title></circle>"
        )
    return _svg(parts, alt)


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _x(value: float) -> float:
    return LEFT + value * (WIDTH - LEFT - 12)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - min(value / top, 1.0) * (HEIGHT - BOTTOM - TOP)


def _round_up(value: float) -> float:
    """A round end of the axis, at least as high as the value."""
    return next((end for end in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75) if value <= end), 1.0)


def _frame(x_label: str, y_label: str, top: float) -> str:
    """Axes with five steps each, and their labels."""
    parts = []
    for step in range(6):
        share = step / 5
        x, y = _x(share), _y(share * top, top)
        parts.append(f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{share:.1f}</text>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share * top:.3g}</text>'
        )
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(
        f'<text x="{_x(0.5):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{x_label}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle})">{y_label}</text>'
    )
    return "".join(parts)


def _svg(parts: Sequence[str], alt: str) -> str:
    said = html.escape(alt, quote=True)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">{"".join(parts)}</svg>'
    )


def _legend(names: Sequence[str]) -> str:
    marks = (
        f'<li><svg viewBox="0 0 30 8" class="key" aria-hidden="true"><line x1="0" x2="30" y1="4" '
        f'y2="4" stroke-width="2.5" stroke="{_colour(place)}" '
        f'stroke-dasharray="{DASHES[place % len(DASHES)]}"/></svg>{html.escape(name)}</li>'
        for place, name in enumerate(names)
    )
    return f'<ul class="legend">{"".join(marks)}</ul>'
