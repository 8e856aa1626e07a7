"""What was measured of column weights, one number a row, and how it stands in tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import numpy as np


class Number(NamedTuple):
    """One figure of one fit.

    Args:
        table: which table it stands in; row: whose weights; measure: what was measured.
        value: the figure; NaN where it is not defined. seed: of the fit.
        interval: 95 % bounds, where the figure has them.
    """

    table: str
    row: str
    measure: str
    value: float
    seed: int = 0
    interval: tuple[float, float] | None = None


@dataclass
class PicoReport:
    """All numbers, with what they were measured on.

    Args:
        command: what was typed; seeds: of the fits; notes: a sentence on each table.
    """

    command: str
    seeds: tuple[int, ...]
    numbers: list[Number] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def markdown(self) -> str:
        """Every table as Markdown: mean ± standard deviation over seeds."""
        parts = [
            "# PICO: which columns carry meaning, which style",
            f"`{self.command}`; seeds {', '.join(map(str, self.seeds))}; mean ± standard "
            "deviation over seeds. Column weights depend on the basis of the features: after a "
            "random rotation the contrast between columns vanishes. The paper's exact feedback "
            "function was not available; the one used satisfies its stated property.",
        ]
        for table in dict.fromkeys(number.table for number in self.numbers):
            parts.append(f"## {table}")
            if table in self.notes:
                parts.append(self.notes[table])
            parts.append(_table([number for number in self.numbers if number.table == table]))
        spent = ", ".join(f"{name} {value:.0f} s" for name, value in self.seconds.items())
        parts.append(f"Time of each part, encoding included: {spent}.")
        return "\n\n".join(parts) + "\n"

    def save(self, path: Path) -> None:
        """Write all numbers as JSON; a figure that is not defined is null."""
        rows = []
        for number in self.numbers:
            row = number._asdict() | {"value": None if np.isnan(number.value) else number.value}
            rows.append(row)
        found = {
            "command": self.command,
            "seeds": list(self.seeds),
            "notes": self.notes,
            "seconds": self.seconds,
            "numbers": rows,
        }
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _table(numbers: Sequence[Number]) -> str:
    measures = list(dict.fromkeys(number.measure for number in numbers))
    lines = ["| | " + " | ".join(measures) + " |", "|---" * (len(measures) + 1) + "|"]
    for row in dict.fromkeys(number.row for number in numbers):
        cells = [
            _cell([one for one in numbers if one.row == row and one.measure == measure])
            for measure in measures
        ]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(numbers: Sequence[Number]) -> str:
    by_seed: dict[int, list[float]] = {}
    for number in numbers:
        if not np.isnan(number.value):
            by_seed.setdefault(number.seed, []).append(number.value)
    if not by_seed:
        return "–"
    values = [mean(found) for found in by_seed.values()]
    interval = numbers[0].interval
    if interval is not None:
        return f"{values[0]:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"
    spread = f" ± {stdev(values):.3f}" if len(values) > 1 else ""
    return f"{mean(values):.3f}{spread}"
