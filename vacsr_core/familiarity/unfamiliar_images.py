"""Pictures that no photograph album holds, drawn here: noise, pages, screens and codes.

They measure whether the gauge of `familiarity` notes that a model has seen nothing like them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 224  # pixels
_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
_LETTER_SHARES = 1.0 / np.arange(2, len(_LETTERS) + 2)
_PLOT_COLOURS = ("#1f6feb", "#d29922", "#2ea043", "#cf222e", "#8250df")


def _word(rng: np.random.Generator) -> str:
    shares = _LETTER_SHARES / _LETTER_SHARES.sum()
    return "".join(rng.choice(list(_LETTERS), size=rng.integers(2, 10), p=shares))


def _words(rng: np.random.Generator, least: int, most: int) -> str:
    return " ".join(_word(rng) for _ in range(rng.integers(least, most + 1)))


def _paper(rng: np.random.Generator) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty sheet, white to cream."""
    shade = int(rng.integers(235, 256))
    sheet = Image.new("RGB", (SIDE, SIDE), (shade, shade, shade - int(rng.integers(0, 14))))
    return sheet, ImageDraw.Draw(sheet)


def _from_array(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def uniform_noise(rng: np.random.Generator) -> Image.Image:
    """Every value of every pixel from 0 to 255 with equal chance."""
    return _from_array(rng.integers(0, 256, (SIDE, SIDE, 3)))


def gaussian_noise(rng: np.random.Generator) -> Image.Image:
    """Normal values round a random colour."""
    colour, width = rng.uniform(60, 200, 3), rng.uniform(25, 90)
    return _from_array(colour + width * rng.standard_normal((SIDE, SIDE, 3)))


def pink_noise(rng: np.random.Generator) -> Image.Image:
    """Clouds with a photograph's spectrum: amplitude falls with one over the frequency."""
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    frequency[0, 0] = np.inf
    power = rng.uniform(0.8, 1.4)
    spectrum = np.fft.fft2(rng.standard_normal((3, SIDE, SIDE))) / frequency**power
    clouds = np.fft.ifft2(spectrum).real
    clouds /= clouds.std(axis=(1, 2), keepdims=True)
    return _from_array((128 + rng.uniform(30, 60) * clouds).transpose(1, 2, 0))


def text_page(rng: np.random.Generator) -> Image.Image:
    """A page of lines with a heading now and then."""
    sheet, pen = _paper(rng)
    size = int(rng.integers(7, 15))
    margin, y = int(rng.integers(6, 24)), int(rng.integers(6, 20))
    while y < SIDE - size:
        is_heading = rng.random() < 0.1
        letters = ImageFont.load_default(size + 5 if is_heading else size)
        line = _words(rng, 2, 4) if is_heading else _words(rng, 5, 14)
        width = SIDE - 2 * margin
        while pen.textlength(line, letters) > width and " " in line:
            line = line.rpartition(" ")[0]
        pen.text((margin, y), line, fill=(20, 20, 25), font=letters)
        y += int((size + 5 if is_heading else size) * 1.5)
        y += int(size * 1.2) if rng.random() < 0.15 else 0
    return sheet


def table(rng: np.random.Generator) -> Image.Image:
    """A ruled table of words and numbers."""
    sheet, pen = _paper(rng)
    rows, columns = int(rng.integers(5, 14)), int(rng.integers(3, 7))
    left, top = int(rng.integers(4, 16)), int(rng.integers(4, 30))
    height, width = (SIDE - 2 * top) // rows, (SIDE - 2 * left) // columns
    letters = ImageFont.load_default(max(7, min(height - 4, 11)))
    head = tuple(int(value) for value in rng.integers(190, 240, 3))
    pen.rectangle((left, top, left + columns * width, top + height), fill=head)
    for row in range(rows):
        for column in range(columns):
            x, y = left + column * width, top + row * height
            pen.rectangle((x, y, x + width, y + height), outline=(120, 120, 125))
            is_word = row == 0 or column == 0
            cell = _word(rng)[:7] if is_word else f"{rng.uniform(0, 999):.1f}"
            pen.text((x + 3, y + 2), cell, fill=(25, 25, 30), font=letters)
    return sheet


def line_chart(rng: np.random.Generator) -> Image.Image:
    """Axes with ticks and a few lines or bars."""
    sheet, pen = _paper(rng)
    left, bottom = 28, SIDE - 24
    letters = ImageFont.load_default(8)
    for tick in range(6):
        y = bottom - tick * (bottom - 16) // 5
        pen.line((left, y, SIDE - 10, y), fill=(215, 215, 220))
        pen.text((6, y - 5), str(tick * 20), fill=(70, 70, 75), font=letters)
    if rng.random() < 0.5:
        for index, share in enumerate(rng.uniform(0.1, 1.0, 8)):
            x = left + 6 + index * 22
            colour = _PLOT_COLOURS[index % 2]
            pen.rectangle((x, bottom - share * (bottom - 16), x + 14, bottom), fill=colour)
    else:
        x = np.linspace(left, SIDE - 10, 40)
        for colour in _PLOT_COLOURS[: rng.integers(1, 5)]:
            walk = np.cumsum(rng.standard_normal(40))
            walk = (walk - walk.min()) / max(np.ptp(walk), 1e-6)
            y = bottom - walk * (bottom - 20)
            pen.line([(float(a), float(b)) for a, b in zip(x, y, strict=True)], colour, width=2)
    pen.line((left, 14, left, bottom, SIDE - 8, bottom), fill=(60, 60, 65), width=1)
    return sheet


def code_editor(rng: np.random.Generator) -> Image.Image:
    """Coloured lines of code on a dark or light ground, with line numbers."""
    is_dark = rng.random() < 0.7
    ground = (30, 32, 38) if is_dark else (250, 250, 250)
    screen = Image.new("RGB", (SIDE, SIDE), ground)
    pen = ImageDraw.Draw(screen)
    size = int(rng.integers(7, 12))
    letters = ImageFont.load_default(size)
    inks = ["#d4d4d4" if is_dark else "#24292f", "#569cd6", "#ce9178", "#6a9955", "#c586c0"]
    indent = 0
    for number, y in enumerate(range(4, SIDE - size, int(size * 1.4))):
        pen.text((4, y), str(number + 1), fill=(120, 125, 130), font=letters)
        indent = int(np.clip(indent + rng.integers(-1, 2), 0, 4))
        x = 26 + indent * 2 * size
        for _ in range(rng.integers(0, 6)):
            piece = _word(rng) + str(rng.choice(["", "(", ") ", " = ", ".", ", ", ":"]))
            pen.text((x, y), piece, fill=str(rng.choice(inks)), font=letters)
            x += int(pen.textlength(piece + " ", letters))
    return screen


def desktop(rng: np.random.Generator) -> Image.Image:
    """Windows with title bars, buttons and lists on a plain desktop."""
    colour = tuple(int(value) for value in rng.integers(20, 150, 3))
    screen = Image.new("RGB", (SIDE, SIDE), colour)
    pen = ImageDraw.Draw(screen)
    letters = ImageFont.load_default(8)
    for _ in range(rng.integers(1, 4)):
        x, y = (int(value) for value in rng.integers(0, 90, 2))
        right, bottom = x + int(rng.integers(90, 150)), y + int(rng.integers(70, 130))
        pen.rectangle((x, y, right, bottom), fill=(246, 246, 248), outline=(90, 90, 95))
        pen.rectangle((x, y, right, y + 13), fill=(70, 90, 130))
        pen.text((x + 4, y + 2), _words(rng, 1, 3), fill="white", font=letters)
        pen.text((right - 10, y + 2), "x", fill="white", font=letters)
        for line in range(y + 18, bottom - 22, 12):
            pen.text((x + 8, line), _words(rng, 1, 4)[:20], fill=(40, 40, 45), font=letters)
        pen.rounded_rectangle((right - 40, bottom - 17, right - 6, bottom - 4), 3, (50, 110, 200))
    pen.rectangle((0, SIDE - 14, SIDE, SIDE), fill=(35, 37, 42))
    for x in range(4, int(rng.integers(40, 150)), 16):
        icon = tuple(int(value) for value in rng.integers(80, 255, 3))
        pen.rectangle((x, SIDE - 12, x + 10, SIDE - 2), fill=icon)
    return screen


def barcode(rng: np.random.Generator) -> Image.Image:
    """Upright bars of several widths with digits below."""
    sheet, pen = _paper(rng)
    top, bottom = int(rng.integers(8, 60)), int(rng.integers(140, 200))
    x = int(rng.integers(8, 24))
    while x < SIDE - 16:
        bar, gap = (int(value) for value in rng.integers(1, 6, 2))
        pen.rectangle((x, top, x + bar - 1, bottom), fill=(10, 10, 10))
        x += bar + gap
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 13))
    pen.text((30, bottom + 3), digits, fill=(10, 10, 10), font=ImageFont.load_default(14))
    return sheet


def matrix_code(rng: np.random.Generator) -> Image.Image:
    """A square grid of black and white cells with three finder squares."""
    cells = int(rng.integers(21, 38))
    grid = rng.random((cells, cells)) < 0.5
    finder = np.ones((7, 7), bool)
    finder[1:6, 1:6] = False
    finder[2:5, 2:5] = True
    for row, column in ((0, 0), (0, cells - 7), (cells - 7, 0)):
        grid[row : row + 7, column : column + 7] = finder
    grid = np.pad(grid, int(rng.integers(1, 5)))
    code = Image.fromarray(np.where(grid, 0, 255).astype(np.uint8)).convert("RGB")
    return code.resize((SIDE, SIDE), Image.Resampling.NEAREST)


Draw = Callable[[np.random.Generator], Image.Image]
NOISE: dict[str, Draw] = {
    "uniform noise": uniform_noise,
    "Gaussian noise": gaussian_noise,
    "pink noise": pink_noise,
}
RENDERED: dict[str, Draw] = {
    "text pages": text_page,
    "tables": table,
    "charts": line_chart,
    "code editors": code_editor,
    "desktops": desktop,
    "bar codes": barcode,
    "matrix codes": matrix_code,
}


def draw(kind: str, count: int, seed: int = 0) -> list[Image.Image]:
    """Pictures of one kind.

    Args:
        kind: a name in `NOISE` or `RENDERED`.
        count: how many.
        seed: the same seed gives the same pictures.

    Returns:
        `count` RGB pictures of 224 by 224 pixels.
    """
    kinds = NOISE | RENDERED
    rng = np.random.default_rng([seed, list(kinds).index(kind)])
    return [kinds[kind](rng) for _ in range(count)]
