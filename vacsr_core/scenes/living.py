"""How each plant, animal and person is drawn, in a box whose longest side is 1."""

import math

from vacsr_core.scenes.pen import Colour, Pen, Tones, mix
from vacsr_core.scenes.things import CREAM, INK, LEAF, LEAF_DARK

SKINS: tuple[Colour, ...] = ((255, 216, 186), (236, 186, 148), (192, 132, 94), (136, 88, 62))
HAIRS: tuple[Colour, ...] = ((94, 60, 42), (52, 40, 40), (198, 132, 66), (44, 36, 42))


def _eye_ink(tone: Tones) -> Colour:
    """Dark details, or pale ones on a black coat."""
    return (255, 236, 150) if tone.base == (46, 46, 56) else INK


def flower(pen: Pen, tone: Tones, variant: int) -> None:
    """A flower with six petals on a leafy stem."""
    pen.curve(((0.32, 0.40), (0.34, 0.70), (0.31, 0.98)), 0.045, LEAF_DARK)
    pen.blob(((0.32, 0.86), (0.44, 0.68), (0.62, 0.64), (0.54, 0.80)), LEAF)
    pen.blob(((0.32, 0.92), (0.20, 0.76), (0.03, 0.72), (0.10, 0.87)), LEAF)
    for step in range(6):
        angle = math.radians(60 * step + 30)
        x, y = 0.32 + 0.19 * math.cos(angle), 0.31 + 0.19 * math.sin(angle)
        pen.ellipse(x, y, 0.122, 0.122, mix(tone.base, tone.dark, 0.35 * (step % 2)))
    heart = (150, 92, 48) if tone.base == (250, 208, 58) else (255, 210, 74)
    pen.ellipse(0.32, 0.31, 0.105, 0.105, heart)
    pen.ellipse(0.30, 0.285, 0.04, 0.035, mix(heart, (255, 255, 255), 0.45))


def mushroom(pen: Pen, tone: Tones, variant: int) -> None:
    """A toadstool with pale spots."""
    pen.blob(((0.36, 0.46), (0.58, 0.46), (0.60, 0.72), (0.66, 0.94), (0.47, 0.965),
              (0.28, 0.94), (0.34, 0.72)), CREAM)  # fmt: skip
    pen.blob(((0.50, 0.46), (0.58, 0.46), (0.60, 0.72), (0.66, 0.94), (0.53, 0.96)),
             (236, 218, 190))  # fmt: skip
    pen.ellipse(0.47, 0.52, 0.40, 0.075, mix(CREAM, (170, 140, 110), 0.45))
    pen.slice(0.47, 0.53, 0.46, 0.51, 180, 360, tone.base)
    pen.ellipse(0.06, 0.50, 0.05, 0.045, tone.base)
    pen.ellipse(0.88, 0.50, 0.05, 0.045, tone.base)
    spot = CREAM if tone.base != (248, 246, 240) else (222, 196, 160)
    for x, y, rx, ry in (
        (0.44, 0.17, 0.085, 0.065),
        (0.22, 0.34, 0.065, 0.065),
        (0.62, 0.36, 0.085, 0.07),
        (0.79, 0.45, 0.04, 0.05),
        (0.40, 0.43, 0.05, 0.04),
    ):
        pen.ellipse(x, y, rx, ry, spot)


def fish(pen: Pen, tone: Tones, variant: int) -> None:
    """A fish that swims to the right."""
    pen.blob(((0.26, 0.31), (0.10, 0.08), (0.02, 0.10), (0.075, 0.31), (0.02, 0.52),
              (0.10, 0.54)), tone.dark)  # fmt: skip
    pen.blob(((0.38, 0.16), (0.50, 0.015), (0.68, 0.04), (0.74, 0.16)), tone.dark)
    pen.blob(((0.48, 0.46), (0.42, 0.60), (0.54, 0.60), (0.64, 0.47)), tone.dark)
    pen.blob(((0.20, 0.31), (0.36, 0.14), (0.62, 0.075), (0.86, 0.17), (0.98, 0.31),
              (0.86, 0.45), (0.62, 0.545), (0.36, 0.48)), tone.base)  # fmt: skip
    stripe = mix(tone.base, (255, 255, 255), 0.6) if tone.base != (248, 246, 240) else tone.dark
    pen.blob(((0.40, 0.15), (0.47, 0.13), (0.51, 0.31), (0.47, 0.50), (0.40, 0.47), (0.44, 0.31)),
             stripe)  # fmt: skip
    pen.arc(0.62, 0.31, 0.09, 0.17, -60, 60, tone.dark, 0.025)
    pen.ellipse(0.835, 0.25, 0.062, 0.062, (255, 255, 255))
    pen.ellipse(0.85, 0.25, 0.034, 0.034, INK)


def bird(pen: Pen, tone: Tones, variant: int) -> None:
    """A bird flying to the right with one wing raised."""
    pen.polygon(((0.20, 0.50), (0.01, 0.40), (0.03, 0.52), (0.00, 0.62), (0.24, 0.60)), tone.dark)
    pen.polygon(((0.90, 0.39), (0.995, 0.445), (0.89, 0.49)), (248, 164, 48))
    pen.blob(((0.14, 0.52), (0.36, 0.42), (0.60, 0.40), (0.72, 0.30), (0.84, 0.29), (0.93, 0.40),
              (0.88, 0.52), (0.72, 0.68), (0.50, 0.74), (0.30, 0.68)), tone.base)  # fmt: skip
    belly = mix(tone.base, tone.light, 0.7)
    pen.blob(((0.40, 0.64), (0.60, 0.60), (0.80, 0.54), (0.70, 0.67), (0.52, 0.725)), belly)
    pen.blob(((0.34, 0.54), (0.24, 0.30), (0.22, 0.03), (0.40, 0.10), (0.56, 0.28), (0.62, 0.50),
              (0.50, 0.58)), mix(tone.base, tone.dark, 0.7))  # fmt: skip
    pen.ellipse(0.82, 0.385, 0.035, 0.035, (255, 255, 255))
    pen.ellipse(0.828, 0.387, 0.024, 0.024, INK)


def cat(pen: Pen, tone: Tones, variant: int) -> None:
    """A cat that sits and looks at you, tail curled to the right."""
    eye = _eye_ink(tone)
    pen.curve(((0.52, 0.90), (0.72, 0.90), (0.745, 0.70), (0.66, 0.58)), 0.085, tone.dark)
    pen.blob(((0.26, 0.46), (0.50, 0.46), (0.60, 0.74), (0.60, 0.95), (0.38, 0.98), (0.14, 0.95),
              (0.15, 0.74)), tone.base)  # fmt: skip
    chest = mix(tone.base, (255, 255, 255), 0.55)
    pen.ellipse(0.375, 0.68, 0.095, 0.155, chest)
    for x in (0.29, 0.46):
        pen.ellipse(x, 0.94, 0.085, 0.05, chest)
    pen.polygon(((0.11, 0.30), (0.12, 0.01), (0.35, 0.14)), tone.base)
    pen.polygon(((0.64, 0.30), (0.63, 0.01), (0.40, 0.14)), tone.base)
    pen.polygon(((0.16, 0.20), (0.165, 0.085), (0.26, 0.145)), (244, 168, 170))
    pen.polygon(((0.59, 0.20), (0.585, 0.085), (0.49, 0.145)), (244, 168, 170))
    pen.ellipse(0.375, 0.33, 0.30, 0.235, tone.base)
    pen.ellipse(0.375, 0.42, 0.125, 0.085, chest)
    for x in (0.265, 0.485):
        pen.ellipse(x, 0.315, 0.042, 0.056, eye)
        pen.ellipse(x + 0.012, 0.295, 0.014, 0.016, (255, 255, 255))
    pen.polygon(((0.34, 0.385), (0.41, 0.385), (0.375, 0.425)), (226, 110, 124))
    for y, slope in ((0.40, -0.02), (0.44, 0.02)):
        pen.line(((0.22, y), (0.04, y + slope)), 0.012, tone.dark)
        pen.line(((0.53, y), (0.71, y + slope)), 0.012, tone.dark)


def dog(pen: Pen, tone: Tones, variant: int) -> None:
    """A dog standing in profile, facing right, tail up."""
    pen.curve(((0.14, 0.46), (0.06, 0.34), (0.05, 0.18)), 0.075, tone.dark)
    for x in (0.24, 0.60):
        pen.box(x, 0.56, x + 0.095, 0.86, tone.dark, 0.04)
    pen.blob(((0.10, 0.50), (0.20, 0.39), (0.45, 0.40), (0.66, 0.38), (0.72, 0.54), (0.66, 0.70),
              (0.40, 0.68), (0.16, 0.70)), tone.base)  # fmt: skip
    for x in (0.13, 0.50):
        pen.box(x, 0.56, x + 0.11, 0.87, tone.base, 0.05)
        pen.ellipse(x + 0.065, 0.845, 0.075, 0.035, mix(tone.base, (255, 255, 255), 0.55))
    pen.blob(((0.54, 0.48), (0.60, 0.22), (0.78, 0.30), (0.74, 0.58)), tone.base)
    pen.ellipse(0.72, 0.24, 0.19, 0.18, tone.base)
    pen.blob(((0.76, 0.22), (0.92, 0.24), (0.985, 0.32), (0.93, 0.40), (0.76, 0.41)),
             mix(tone.base, (255, 255, 255), 0.5))  # fmt: skip
    pen.ellipse(0.95, 0.275, 0.045, 0.038, INK)
    pen.blob(((0.60, 0.08), (0.69, 0.12), (0.67, 0.34), (0.58, 0.42), (0.52, 0.30)), tone.dark)
    pen.ellipse(0.79, 0.20, 0.032, 0.038, _eye_ink(tone))
    pen.ellipse(0.80, 0.187, 0.011, 0.012, (255, 255, 255))
    pen.line(((0.57, 0.465), (0.72, 0.475)), 0.045, (214, 84, 76) if tone.base[0] < 200 else INK)


def person(pen: Pen, tone: Tones, variant: int) -> None:
    """A person in a coat, arms a little out; coat and boots bear the colour."""
    skin, hair = SKINS[variant % 4], HAIRS[variant // 4 % 4]
    if variant % 2:
        pen.blob(((0.26, 0.02), (0.40, 0.09), (0.41, 0.30), (0.26, 0.34), (0.11, 0.30),
                  (0.12, 0.09)), hair)  # fmt: skip
    for x in (0.185, 0.335):
        pen.line(((x, 0.74), (x, 0.93)), 0.085, (74, 70, 96))
        pen.ellipse(x + 0.015, 0.955, 0.072, 0.035, INK)
    pen.line(((0.17, 0.42), (0.065, 0.62)), 0.085, tone.dark)
    pen.line(((0.35, 0.42), (0.455, 0.62)), 0.085, tone.dark)
    for x in (0.062, 0.458):
        pen.ellipse(x, 0.645, 0.042, 0.042, skin)
    pen.blob(((0.26, 0.34), (0.36, 0.38), (0.41, 0.60), (0.455, 0.79), (0.26, 0.82), (0.065, 0.79),
              (0.11, 0.60), (0.16, 0.38)), tone.base)  # fmt: skip
    pen.line(((0.26, 0.42), (0.26, 0.79)), 0.016, tone.dark)
    for y in (0.50, 0.60, 0.70):
        pen.ellipse(0.29, y, 0.015, 0.015, CREAM)
    pen.ellipse(0.26, 0.20, 0.135, 0.145, skin)
    pen.slice(0.26, 0.165, 0.145, 0.15, 180, 360, hair)
    for x in (0.205, 0.315):
        pen.ellipse(x, 0.215, 0.017, 0.02, INK)
    pen.arc(0.26, 0.24, 0.05, 0.045, 20, 160, (176, 84, 80), 0.014)
    pen.box(0.165, 0.335, 0.355, 0.385, mix(tone.base, tone.light, 0.6), 0.025)


def butterfly(pen: Pen, tone: Tones, variant: int) -> None:
    """A butterfly with open wings."""
    for flip in (False, True):

        def at(*points, flip=flip):
            return tuple((1 - x, y) if flip else (x, y) for x, y in points)

        pen.blob(at((0.49, 0.44), (0.36, 0.14), (0.14, 0.03), (0.03, 0.14), (0.08, 0.38),
                    (0.26, 0.50)), tone.base)  # fmt: skip
        pen.blob(at((0.49, 0.46), (0.28, 0.48), (0.12, 0.58), (0.18, 0.77), (0.34, 0.78),
                    (0.46, 0.62)), mix(tone.base, tone.dark, 0.5))  # fmt: skip
        x = 0.82 if flip else 0.18
        pen.ellipse(x, 0.21, 0.075, 0.075, mix(tone.base, (255, 255, 255), 0.75))
        x = 0.72 if flip else 0.28
        pen.ellipse(x, 0.655, 0.05, 0.05, mix(tone.base, (255, 255, 255), 0.75))
        pen.curve(at((0.50, 0.26), (0.46, 0.12), (0.38, 0.05)), 0.018, INK)
    pen.blob(((0.50, 0.20), (0.54, 0.30), (0.53, 0.60), (0.50, 0.72), (0.47, 0.60), (0.46, 0.30)),
             INK)  # fmt: skip
