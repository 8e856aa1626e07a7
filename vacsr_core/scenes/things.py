"""How each lifeless object is drawn, in a box whose longest side is 1."""

import math

from vacsr_core.scenes.pen import Colour, Pen, Tones, mix

WOOD: Colour = (134, 88, 58)
WOOD_DARK: Colour = (106, 68, 48)
CREAM: Colour = (255, 244, 222)
GLASS: Colour = (190, 228, 246)
SLATE: Colour = (86, 82, 106)
INK: Colour = (52, 48, 62)
LEAF: Colour = (92, 158, 74)
LEAF_DARK: Colour = (66, 128, 62)


def ball(pen: Pen, tone: Tones, variant: int) -> None:
    """A ball with two pale bands."""
    stripe = mix(tone.base, (255, 255, 255), 0.72) if tone.base != (248, 246, 240) else tone.dark
    pen.ellipse(0.5, 0.5, 0.48, 0.48, tone.base)
    for middle in (-0.20, 1.20):
        pen.arc(middle, 0.5, 0.51, 0.60, 0, 360, stripe, 0.10)
    # The bands run past the rim; a ring of nothing cuts them off again.
    pen.arc(0.5, 0.5, 0.88, 0.88, 0, 360, (0, 0, 0, 0), 0.40)
    pen.ellipse(0.50, 0.20, 0.10, 0.055, tone.light)


def box(pen: Pen, tone: Tones, variant: int) -> None:
    """A cube seen from a corner: light top, plain left side, dark right side."""
    left, right, middle = 0.02, 0.90, 0.46
    pen.polygon(((middle, 0.02), (right, 0.25), (middle, 0.48), (left, 0.25)), tone.light)
    pen.polygon(((left, 0.25), (middle, 0.48), (middle, 0.98), (left, 0.75)), tone.base)
    side = mix(tone.base, tone.dark, 0.6)
    pen.polygon(((right, 0.25), (middle, 0.48), (middle, 0.98), (right, 0.75)), side)
    edge = mix(tone.light, (255, 255, 255), 0.4)
    pen.line(((left, 0.25), (middle, 0.48), (right, 0.25)), 0.02, edge)
    pen.line(((middle, 0.48), (middle, 0.97)), 0.02, edge)


def star(pen: Pen, tone: Tones, variant: int) -> None:
    """A five-pointed star with lit facets."""
    centre, outer, inner = (0.5, 0.52), 0.5, 0.225
    points = []
    for step in range(10):
        radius = outer if step % 2 == 0 else inner
        angle = math.radians(-90 + 36 * step)
        points.append((centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)))
    pen.polygon(tuple(points), tone.base)
    for step in range(0, 10, 2):
        pen.polygon((centre, points[step], points[step - 1]), mix(tone.base, tone.light, 0.55))


def house(pen: Pen, tone: Tones, variant: int) -> None:
    """A cottage with a slate roof, chimney, door and two windows."""
    pen.box(0.68, 0.05, 0.79, 0.30, WOOD)
    pen.box(0.66, 0.02, 0.81, 0.07, WOOD_DARK)
    pen.box(0.07, 0.36, 0.88, 0.98, tone.base)
    pen.polygon(((0.475, 0.06), (0.95, 0.40), (0.0, 0.40)), SLATE)
    pen.polygon(((0.475, 0.15), (0.76, 0.36), (0.19, 0.36)), tone.base)
    pen.ellipse(0.475, 0.285, 0.05, 0.05, CREAM)
    pen.ellipse(0.475, 0.285, 0.034, 0.034, GLASS)
    door = CREAM if tone.base == (46, 46, 56) else WOOD_DARK
    pen.box(0.40, 0.66, 0.56, 0.98, door, 0.04)
    pen.ellipse(0.525, 0.83, 0.016, 0.016, (250, 214, 120))
    for x in (0.17, 0.63):
        pen.box(x, 0.585, x + 0.16, 0.76, CREAM)
        pen.box(x + 0.02, 0.605, x + 0.14, 0.74, GLASS)
        pen.line(((x + 0.08, 0.60), (x + 0.08, 0.75)), 0.016, CREAM)
    pen.box(0.04, 0.955, 0.91, 0.98, mix(SLATE, (255, 255, 255), 0.35))


def tree(pen: Pen, tone: Tones, variant: int) -> None:
    """A leafy tree; the crown bears the colour."""
    pen.polygon(((0.34, 0.60), (0.44, 0.60), (0.48, 0.98), (0.29, 0.98)), WOOD)
    pen.polygon(((0.40, 0.60), (0.44, 0.60), (0.48, 0.98), (0.42, 0.98)), WOOD_DARK)
    for x, y, radius in ((0.20, 0.50, 0.18), (0.58, 0.50, 0.18), (0.39, 0.54, 0.19)):
        pen.ellipse(x, y, radius, radius, mix(tone.base, tone.dark, 0.55))
    for x, y, radius in ((0.39, 0.24, 0.225), (0.23, 0.38, 0.20), (0.55, 0.38, 0.20)):
        pen.ellipse(x, y, radius, radius, tone.base)
    pen.ellipse(0.39, 0.40, 0.24, 0.20, tone.base)
    pen.ellipse(0.31, 0.18, 0.10, 0.075, mix(tone.base, tone.light, 0.6))
    pen.ellipse(0.17, 0.36, 0.07, 0.05, mix(tone.base, tone.light, 0.6))
    pen.ellipse(0.52, 0.34, 0.08, 0.055, mix(tone.base, tone.light, 0.6))


def car(pen: Pen, tone: Tones, variant: int) -> None:
    """A small car in profile, driving to the right."""
    roof = ((0.20, 0.28), (0.30, 0.04), (0.62, 0.03), (0.76, 0.27))
    pen.polygon(roof, tone.base)
    pen.ellipse(0.33, 0.09, 0.08, 0.075, tone.base)
    pen.ellipse(0.60, 0.09, 0.08, 0.075, tone.base)
    pen.box(0.01, 0.24, 0.985, 0.46, tone.base, 0.09)
    pen.polygon(((0.27, 0.26), (0.34, 0.09), (0.455, 0.09), (0.455, 0.26)), GLASS)
    pen.polygon(((0.50, 0.26), (0.50, 0.09), (0.60, 0.09), (0.70, 0.26)), GLASS)
    pen.box(0.02, 0.38, 0.98, 0.46, tone.dark, 0.03)
    pen.ellipse(0.945, 0.32, 0.03, 0.035, (255, 236, 150))
    pen.line(((0.50, 0.31), (0.57, 0.31)), 0.025, tone.dark)
    for x in (0.245, 0.745):
        pen.ellipse(x, 0.43, 0.125, 0.125, INK)
        pen.ellipse(x, 0.43, 0.062, 0.062, (214, 216, 226))


def boat(pen: Pen, tone: Tones, variant: int) -> None:
    """A sailing boat; hull and fore sail bear the colour."""
    pen.line(((0.47, 0.04), (0.47, 0.72)), 0.035, WOOD)
    pen.blob(((0.51, 0.06), (0.74, 0.32), (0.85, 0.62), (0.68, 0.615), (0.51, 0.62)), CREAM)
    pen.polygon(((0.51, 0.46), (0.81, 0.46), (0.85, 0.60), (0.51, 0.60)), tone.base)
    pen.polygon(((0.43, 0.12), (0.43, 0.62), (0.12, 0.62)), tone.base)
    pen.polygon(((0.43, 0.12), (0.43, 0.62), (0.33, 0.62)), mix(tone.base, tone.light, 0.5))
    hull = ((0.02, 0.68), (0.93, 0.68), (0.80, 0.97), (0.20, 0.97))
    pen.polygon(hull, tone.base)
    pen.polygon(((0.02, 0.68), (0.93, 0.68), (0.90, 0.75), (0.06, 0.75)), tone.dark)
    pen.line(((0.03, 0.685), (0.92, 0.685)), 0.03, CREAM)


def kite(pen: Pen, tone: Tones, variant: int) -> None:
    """A diamond kite with a tail of bows."""
    top, right, bottom, left, middle = (
        (0.33, 0.01),
        (0.63, 0.27),
        (0.33, 0.66),
        (0.03, 0.27),
        (
            0.33,
            0.27,
        ),
    )
    pen.curve(((0.33, 0.64), (0.40, 0.74), (0.27, 0.84), (0.38, 0.98)), 0.022, INK)
    for x, y in ((0.37, 0.76), (0.31, 0.88)):
        pen.polygon(((x - 0.08, y - 0.045), (x - 0.08, y + 0.045), (x, y)), tone.base)
        pen.polygon(((x + 0.08, y - 0.045), (x + 0.08, y + 0.045), (x, y)), tone.dark)
    pen.polygon((top, right, bottom, left), tone.base)
    pen.polygon((top, right, middle), mix(tone.base, tone.light, 0.6))
    pen.polygon((left, middle, bottom), mix(tone.base, tone.dark, 0.45))
    pen.line((top, bottom), 0.02, CREAM)
    pen.line((left, right), 0.02, CREAM)


def balloon(pen: Pen, tone: Tones, variant: int) -> None:
    """A party balloon on a string."""
    pen.curve(((0.30, 0.70), (0.34, 0.80), (0.26, 0.88), (0.31, 0.99)), 0.022, INK)
    pen.polygon(((0.30, 0.64), (0.37, 0.725), (0.23, 0.725)), tone.dark)
    pen.blob(
        ((0.30, 0.01), (0.50, 0.09), (0.58, 0.30), (0.47, 0.56), (0.30, 0.68), (0.13, 0.56),
         (0.02, 0.30), (0.10, 0.09)),
        tone.base,
    )  # fmt: skip
    pen.blob(((0.15, 0.15), (0.22, 0.11), (0.20, 0.22), (0.13, 0.31), (0.11, 0.24)), tone.light)


def umbrella(pen: Pen, tone: Tones, variant: int) -> None:
    """An open umbrella with panels and a hooked handle."""
    pen.line(((0.5, 0.03), (0.5, 0.86)), 0.035, WOOD_DARK)
    pen.arc(0.58, 0.86, 0.0975, 0.0975, 0, 180, WOOD_DARK, 0.038)
    pen.slice(0.5, 0.52, 0.48, 0.46, 180, 360, tone.base)
    panel = mix(tone.base, tone.light, 0.55)
    pen.polygon(((0.5, 0.06), (0.38, 0.20), (0.335, 0.52), (0.665, 0.52), (0.62, 0.20)), panel)
    for x in (0.18, 0.82):
        pen.slice(x, 0.535, 0.155, 0.08, 180, 360, (0, 0, 0, 0))
    pen.slice(0.5, 0.535, 0.16, 0.08, 180, 360, (0, 0, 0, 0))
    pen.line(((0.5, 0.40), (0.5, 0.56)), 0.035, WOOD_DARK)


def cup(pen: Pen, tone: Tones, variant: int) -> None:
    """A mug with a handle, a rim and steam."""
    pen.arc(0.74, 0.52, 0.215, 0.20, -100, 100, tone.dark, 0.075)
    pen.box(0.06, 0.24, 0.76, 0.82, tone.base, 0.13)
    pen.box(0.06, 0.24, 0.76, 0.50, tone.base)
    pen.ellipse(0.41, 0.25, 0.35, 0.085, mix(tone.base, tone.light, 0.7))
    pen.ellipse(0.41, 0.26, 0.29, 0.058, (92, 58, 44))
    pen.box(0.13, 0.42, 0.20, 0.70, tone.light, 0.035)
    for x in (0.32, 0.50):
        pen.curve(((x, 0.17), (x + 0.04, 0.12), (x, 0.07), (x + 0.03, 0.02)), 0.03, (236, 238, 244))


def rocket(pen: Pen, tone: Tones, variant: int) -> None:
    """A rocket with fins, a porthole and a flame."""
    pen.blob(((0.30, 0.74), (0.40, 0.80), (0.30, 0.995), (0.20, 0.80)), (255, 150, 54))
    pen.blob(((0.30, 0.74), (0.35, 0.80), (0.30, 0.92), (0.25, 0.80)), (255, 226, 110))
    pen.polygon(((0.16, 0.50), (0.01, 0.72), (0.02, 0.84), (0.22, 0.74)), tone.dark)
    pen.polygon(((0.44, 0.50), (0.59, 0.72), (0.58, 0.84), (0.38, 0.74)), tone.dark)
    pen.blob(
        ((0.30, 0.01), (0.43, 0.18), (0.475, 0.42), (0.43, 0.66), (0.39, 0.77), (0.30, 0.78),
         (0.21, 0.77), (0.17, 0.66), (0.125, 0.42), (0.17, 0.18)),
        tone.base,
    )  # fmt: skip
    pen.blob(((0.30, 0.015), (0.405, 0.145), (0.41, 0.19), (0.30, 0.21), (0.19, 0.19),
              (0.195, 0.145)), CREAM)  # fmt: skip
    pen.ellipse(0.30, 0.38, 0.105, 0.105, CREAM)
    pen.ellipse(0.30, 0.38, 0.075, 0.075, (106, 170, 214))
    pen.box(0.19, 0.66, 0.41, 0.70, tone.dark)
