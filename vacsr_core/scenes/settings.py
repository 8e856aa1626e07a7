"""How each setting is painted. No backdrop shows a thing that a caption could miscount."""

from collections.abc import Callable

from vacsr_core.scenes.backdrop import Backdrop
from vacsr_core.scenes.pen import Colour, mix
from vacsr_core.scenes.vocabulary import SETTINGS

WHITE: Colour = (255, 255, 255)


def paint(setting: str, backdrop: Backdrop) -> None:
    """Paint a setting.

    Args:
        setting: a key of `SETTINGS`.
        backdrop: the canvas; its rng decides on clouds, hills and the hour of the day.
    """
    _PAINTERS[setting](backdrop, SETTINGS[setting].horizon)


def _sky(backdrop: Backdrop, horizon: float) -> None:
    """Morning, noon or afternoon sky with a soft sun."""
    high, low = (
        ((146, 204, 240), (226, 243, 250)),
        ((122, 192, 236), (208, 236, 248)),
        ((168, 206, 238), (253, 234, 214)),
        ((178, 214, 232), (246, 240, 222)),
    )[backdrop.rng.integers(4)]
    sun = _sun_place(backdrop)
    backdrop.sky((0.0, high), (horizon + 0.04, low), sun=sun)


def _sun_place(backdrop: Backdrop) -> tuple[float, float]:
    return backdrop.rng.uniform(0.1, 0.9), backdrop.rng.uniform(0.1, 0.2)


def _meadow(backdrop: Backdrop, horizon: float) -> None:
    _sky(backdrop, horizon)
    backdrop.clouds(int(backdrop.rng.integers(1, 4)), 0.08, horizon - 0.2, (252, 253, 255))
    backdrop.hill(horizon - 0.05, 0.035, (176, 212, 186), (164, 206, 160))
    backdrop.hill(horizon + 0.01, 0.028, (170, 212, 142), (150, 200, 122))
    backdrop.hill(horizon + 0.08, 0.018, (172, 216, 120), (128, 184, 86))
    for _ in range(26):
        x, y = backdrop.rng.uniform(0.0, 1.0), backdrop.rng.uniform(horizon + 0.14, 0.99)
        tall = 0.012 + 0.018 * (y - horizon)
        for lean in (-0.6, 0.0, 0.6):
            backdrop.line([(x, y), (x + lean * tall, y - tall)], 0.005, (118, 172, 80))


def _beach(backdrop: Backdrop, horizon: float) -> None:
    _sky(backdrop, horizon)
    backdrop.clouds(int(backdrop.rng.integers(1, 4)), 0.06, horizon - 0.1, (253, 253, 252))
    backdrop.layer(_band(horizon), (92, 176, 206), (150, 214, 216))
    for _ in range(9):
        x, y = backdrop.rng.uniform(0.0, 0.92), backdrop.rng.uniform(horizon + 0.02, horizon + 0.12)
        backdrop.line([(x, y), (x + 0.08, y)], 0.005, (176, 224, 228))
    backdrop.hill(horizon + 0.155, 0.010, WHITE, (236, 248, 246), waves=2.2)
    backdrop.hill(horizon + 0.18, 0.012, (240, 216, 168), (250, 228, 184), waves=1.6)
    backdrop.hill(horizon + 0.36, 0.025, (250, 226, 178), (240, 208, 152), waves=0.9)
    for _ in range(30):
        x, y = backdrop.rng.uniform(0.0, 1.0), backdrop.rng.uniform(horizon + 0.26, 0.99)
        backdrop.disc(x, y, 0.0035, (222, 190, 136))


def _sea(backdrop: Backdrop, horizon: float) -> None:
    """A cut through the sea: sky and waves above, clear water with fishes' room below."""
    _sky(backdrop, horizon)
    backdrop.clouds(int(backdrop.rng.integers(1, 4)), 0.07, horizon - 0.12, (253, 254, 255))
    backdrop.hill(horizon, 0.010, (150, 214, 232), (92, 180, 214), waves=3.4)
    backdrop.hill(horizon + 0.045, 0.011, (124, 200, 224), (72, 160, 204), waves=2.8)
    backdrop.hill(horizon + 0.10, 0.012, (104, 188, 218), (44, 118, 172), waves=2.2)
    for _ in range(8):  # gleams below the surface
        x, y = backdrop.rng.uniform(0.0, 0.9), backdrop.rng.uniform(0.60, 0.90)
        long = backdrop.rng.uniform(0.05, 0.12)
        backdrop.line([(x, y), (x + long, y)], 0.005, (104, 180, 214))
    backdrop.hill(0.965, 0.012, (206, 206, 170), (190, 188, 148), waves=1.2)
    for _ in range(7):
        x, y = backdrop.rng.uniform(0.03, 0.97), backdrop.rng.uniform(0.62, 0.92)
        backdrop.disc(x, y, backdrop.rng.uniform(0.005, 0.011), (158, 216, 234))


def _snow(backdrop: Backdrop, horizon: float) -> None:
    high, low = (((168, 196, 226), (232, 238, 248)), ((196, 206, 232), (250, 234, 232)))[
        backdrop.rng.integers(2)
    ]
    backdrop.sky((0.0, high), (horizon, low), sun=_sun_place(backdrop))
    start = backdrop.rng.uniform(-0.1, 0.1)
    for index in range(3):  # mountains
        x, peak = start + 0.42 * index + 0.1, horizon - backdrop.rng.uniform(0.16, 0.28)
        flank = [(x - 0.30, horizon + 0.08), (x, peak), (x + 0.30, horizon + 0.08)]
        backdrop.layer(flank, (178, 194, 220), (206, 218, 236), horizon)
        lit = [(x, peak), (x + 0.09, peak + 0.085), (x + 0.03, peak + 0.07), (x, peak + 0.10),
               (x - 0.04, peak + 0.07), (x - 0.09, peak + 0.085)]  # fmt: skip
        backdrop.layer(lit, WHITE, (246, 249, 254), horizon)
    backdrop.hill(horizon + 0.03, 0.030, (232, 240, 250), (214, 226, 242))
    backdrop.hill(horizon + 0.11, 0.022, (246, 250, 254), (214, 227, 243))
    for _ in range(34):  # snowflakes
        x, y = backdrop.rng.uniform(0.0, 1.0, 2)
        backdrop.disc(x, y, backdrop.rng.uniform(0.003, 0.007), WHITE)


def _desert(backdrop: Backdrop, horizon: float) -> None:
    high, low = (((150, 206, 226), (252, 238, 206)), ((244, 202, 166), (254, 236, 200)))[
        backdrop.rng.integers(2)
    ]
    backdrop.sky((0.0, high), (horizon, low), sun=_sun_place(backdrop))
    backdrop.hill(horizon - 0.03, 0.040, (232, 190, 148), (226, 178, 130), waves=1.3)
    backdrop.hill(horizon + 0.03, 0.030, (238, 202, 146), (224, 178, 116), waves=1.0)
    backdrop.hill(horizon + 0.13, 0.024, (244, 212, 154), (222, 176, 112), waves=0.8)
    for _ in range(10):  # ripples of the wind
        x, y = backdrop.rng.uniform(0.0, 0.9), backdrop.rng.uniform(horizon + 0.18, 0.98)
        long = backdrop.rng.uniform(0.06, 0.14)
        backdrop.line([(x, y), (x + long / 2, y - 0.008), (x + long, y)], 0.005, (226, 184, 122))


def _forest(backdrop: Backdrop, horizon: float) -> None:
    """Trunks in three depths of mist under a closed canopy, with a clearing in front."""
    backdrop.sky(
        (0.0, (196, 222, 190)), (horizon * 0.7, (248, 248, 214)), (horizon, (226, 236, 200))
    )
    for trunk, leaves, wide, gap in (
        ((190, 206, 176), (166, 202, 160), 0.022, 0.085),
        ((164, 164, 134), (132, 180, 126), 0.034, 0.15),
        ((134, 112, 88), (98, 154, 98), 0.052, 0.27),
    ):
        x = backdrop.rng.uniform(-0.06, 0.06)
        while x < 1.05:
            foot = horizon + 0.02 + wide * 0.9
            shape = [(x - wide * 0.42, -0.02), (x + wide * 0.42, -0.02),
                     (x + wide * 0.7, foot), (x - wide * 0.7, foot)]  # fmt: skip
            backdrop.layer(shape, trunk, mix(trunk, (70, 60, 50), 0.12), foot)
            x += gap * backdrop.rng.uniform(0.75, 1.35)
        for step in range(9):
            top = -0.02 + backdrop.rng.uniform(-0.03, 0.03) - wide * 0.8
            backdrop.disc(step / 8, top, 0.105 + backdrop.rng.uniform(0, 0.03), leaves)
    backdrop.hill(horizon + 0.02, 0.014, (162, 196, 126), (146, 184, 112))
    backdrop.hill(horizon + 0.10, 0.018, (158, 190, 112), (112, 156, 84))
    for _ in range(22):  # ferns
        x, y = backdrop.rng.uniform(0.0, 1.0), backdrop.rng.uniform(horizon + 0.12, 0.99)
        for lean in (-1.0, -0.4, 0.4, 1.0):
            backdrop.line([(x, y), (x + lean * 0.016, y - 0.018)], 0.005, (104, 148, 80))


def _city(backdrop: Backdrop, horizon: float) -> None:
    _sky(backdrop, horizon)
    backdrop.clouds(int(backdrop.rng.integers(0, 3)), 0.07, 0.2, (252, 252, 253))
    for body, window, low, high, wide in (
        ((190, 204, 222), None, 0.16, 0.34, 0.10),
        ((158, 174, 202), (236, 232, 206), 0.10, 0.28, 0.13),
    ):
        x = backdrop.rng.uniform(-0.08, -0.01)
        while x < 1.0:
            width = wide * backdrop.rng.uniform(0.75, 1.3)
            top = horizon - backdrop.rng.uniform(low, high)
            tint = mix(body, (196, 176, 190), backdrop.rng.uniform(0, 0.5))
            corners = [(x, top), (x + width, top), (x + width, horizon + 0.02),
                       (x, horizon + 0.02)]  # fmt: skip
            backdrop.layer(corners, tint, mix(tint, WHITE, 0.25), horizon)
            if window:
                _windows(backdrop, x, top, x + width, horizon - 0.015, window)
            x += width + backdrop.rng.uniform(0.0, 0.03)
    backdrop.layer(_band(horizon), (206, 208, 214), (200, 202, 210))
    backdrop.layer(_band(horizon + 0.055), (150, 154, 168), (128, 132, 148))
    shift = backdrop.rng.uniform(0, 0.1)
    for step in range(6):
        x = shift + step * 0.2 - 0.1
        backdrop.box(x, 0.835, x + 0.1, 0.85, (226, 226, 224))


def _windows(
    backdrop: Backdrop, left: float, top: float, right: float, bottom: float, colour: Colour
) -> None:
    columns = max(2, round((right - left) / 0.034))
    step = (right - left) / columns
    y = top + 0.022
    while y < bottom - 0.02:
        for column in range(columns):
            if backdrop.rng.random() < 0.8:
                x = left + step * (column + 0.28)
                backdrop.box(x, y, x + step * 0.45, y + 0.018, colour)
        y += 0.036


def _room(backdrop: Backdrop, horizon: float) -> None:
    wall = ((246, 226, 204), (214, 230, 224), (224, 222, 240), (250, 232, 180), (240, 216, 214))[
        backdrop.rng.integers(5)
    ]
    backdrop.sky((0.0, mix(wall, WHITE, 0.25)), (horizon, wall))
    for step in range(9):  # wallpaper
        x = step / 8 - 0.02
        backdrop.box(x, 0.0, x + 0.04, horizon, mix(wall, (150, 120, 120), 0.06))
    x = backdrop.rng.uniform(0.08, 0.62)
    backdrop.box(x, 0.08, x + 0.30, 0.38, (252, 250, 246), 0.01)
    backdrop.box(x + 0.02, 0.10, x + 0.28, 0.36, (176, 216, 240))
    backdrop.disc(x + 0.10, 0.31, 0.05, (236, 246, 252))
    backdrop.disc(x + 0.15, 0.29, 0.045, (236, 246, 252))
    backdrop.box(x + 0.142, 0.10, x + 0.158, 0.36, (252, 250, 246))
    backdrop.box(x + 0.02, 0.222, x + 0.28, 0.238, (252, 250, 246))
    backdrop.box(x - 0.02, 0.375, x + 0.32, 0.395, (238, 232, 224))
    backdrop.layer(_band(horizon), (214, 172, 128), (188, 142, 100))
    for index, y in enumerate((0.055, 0.12, 0.20, 0.29)):  # floor boards
        backdrop.line([(0.0, horizon + y), (1.0, horizon + y)], 0.004, (178, 134, 96))
        for step in range(4):
            joint = 0.3 * step + 0.15 * (index % 2)
            top = horizon + (0.0, 0.055, 0.12, 0.20)[index]
            backdrop.line([(joint, top), (joint, horizon + y)], 0.004, (178, 134, 96))
    backdrop.box(0.0, horizon - 0.025, 1.0, horizon + 0.004, (250, 246, 240))
    rug = ((214, 196, 206), (196, 208, 216), (222, 208, 178))[backdrop.rng.integers(3)]
    backdrop.disc(0.5, 0.86, 0.40, mix(rug, (120, 90, 90), 0.15), flat=0.26)
    backdrop.disc(0.5, 0.86, 0.37, rug, flat=0.26)


def _band(top: float) -> list[tuple[float, float]]:
    """Everything below a level line."""
    return [(-0.02, top), (1.02, top), (1.02, 1.02), (-0.02, 1.02)]


_PAINTERS: dict[str, Callable[[Backdrop, float], None]] = {
    "meadow": _meadow,
    "beach": _beach,
    "sea": _sea,
    "snow": _snow,
    "desert": _desert,
    "forest": _forest,
    "city": _city,
    "room": _room,
}
