"""Texts that describe no picture, or not in English: what the gauge of captions must notice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_LETTERS = list("abcdefghijklmnopqrstuvwxyz")
OTHER_LANGUAGES = (
    "Zwei Hunde laufen über eine nasse Wiese.",
    "Ein Mädchen schaukelt im Garten hinter dem Haus.",
    "Un homme pêche au bord d'un lac tranquille.",
    "Des enfants jouent au ballon dans la cour de l'école.",
    "Una mujer pasea a su perro por la playa.",
    "Tres amigos comen helado en un banco del parque.",
    "Un ragazzo salta nell'acqua dal molo.",
    "Una bambina con il cappello rosso raccoglie fiori.",
    "Um gato dorme na janela de uma casa azul.",
    "Dwa psy biegną przez zaśnieżone pole.",
    "Chlapec jede na kole po lesní cestě.",
    "Een man klimt op een steile rots.",
    "En flicka leker med en boll i snön.",
    "Kaksi lasta rakentaa hiekkalinnaa rannalla.",
    "Bir kadın pazarda sebze satıyor.",
    "Собака прыгает через бревно в лесу.",
    "Ένα παιδί τρέχει στην παραλία.",
    "一个男孩在公园里踢足球。",
    "犬が雪の中を走っている。",
    "كلب يجري على الشاطئ.",
)
_NAMES = ("value", "index", "result", "row", "config", "buffer", "path", "node", "user", "total")
_CALLS = ("get", "update", "parse", "append", "len", "sorted", "open", "print", "assert_equal")
_GOODS = ("USB-C cable", "ink cartridge", "hex bolt M8", "LED bulb E27", "HDMI adapter", "toner",
          "vitamin D3 capsules", "SSD 2.5 inch", "SIM card tray", "gasket set")  # fmt: skip
_ADDS = ("pack of", "model", "EAN", "free shipping", "SKU", "in stock", "refurbished", "warranty")


def random_letters(rng: np.random.Generator) -> str:
    """Words of letters that each have the same chance."""
    words = rng.integers(3, 12)
    return " ".join("".join(rng.choice(_LETTERS, size=rng.integers(2, 11))) for _ in range(words))


def numbers(rng: np.random.Generator) -> str:
    """Figures, dates and signs."""
    forms = ("{:.2f}", "{:.0f}", "-{:.1f}", "{:.0f} %", "{:.0f}:15", "${:.2f}", "{:.1e}")
    count = rng.integers(3, 12)
    return " ".join(str(rng.choice(forms)).format(rng.uniform(0, 5000)) for _ in range(count))


def program_code(rng: np.random.Generator) -> str:
    """One or two statements of a programming language."""
    a, b, c = (str(name) for name in rng.choice(_NAMES, 3))
    f, g = (str(name) for name in rng.choice(_CALLS, 2))
    number = int(rng.integers(0, 512))
    forms = (
        f"for {a} in range({number}): {b}.{f}({c}[{a}])",
        f"if ({a} != null && {b} < {number}) {{ return {f}({c}); }}",
        f"def {f}_{a}(self, {b}={number}): return self.{c}.{g}({b})",
        f"SELECT {a}, COUNT(*) FROM {b} WHERE {c} > {number} GROUP BY {a};",
        f"const {a} = await {f}(`/{b}/${{{c}.id}}`); {g}({a}?.{c} ?? {number});",
        f"git commit -m '{f} {a}' && make -j{number} {b}",
    )
    return str(rng.choice(forms))


def product_listing(rng: np.random.Generator) -> str:
    """What a shop writes about its goods."""
    parts = [f"{rng.choice(_GOODS)}, {rng.choice(_ADDS)} {rng.integers(1, 99_999)}"]
    for _ in range(rng.integers(1, 4)):
        parts.append(f"{rng.choice(_ADDS)} {rng.choice(_LETTERS).upper()}{rng.integers(1, 9_999)}")
    return "; ".join(parts)


Write = Callable[[np.random.Generator], str]
WRITTEN: dict[str, Write] = {
    "random letters": random_letters,
    "numbers": numbers,
    "program code": program_code,
    "product listings": product_listing,
}
LANGUAGES = "other languages"


def write(kind: str, count: int, seed: int = 0) -> list[str]:
    """Texts of one kind.

    Args:
        kind: a name in `WRITTEN`, or `LANGUAGES` for the written list, which has 20.
        count: how many; of the list, at most all.
        seed: the same seed gives the same texts.
    """
    if kind == LANGUAGES:
        return list(OTHER_LANGUAGES[:count])
    rng = np.random.default_rng([seed, list(WRITTEN).index(kind)])
    return [WRITTEN[kind](rng) for _ in range(count)]
