"""Tables of an analysis: every answer, and the slices; column name -> values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vacsr_core.error_analysis.analysis import Analysis
from vacsr_core.error_analysis.answers import DOUBTS, KINDS
from vacsr_core.error_analysis.slices import Slice
from vacsr_core.library_items import LibraryCaption, LibraryImage
from vacsr_core.similarity import Similarity


def answers_table(
    sim: Similarity,
    analysis: Analysis,
    images: Sequence[LibraryImage],
    captions: Sequence[LibraryCaption],
    marks: Mapping[tuple[int, int], str],
) -> dict[str, list]:
    """Every query with its first choice, both ways; then every marked pair that is none of these.

    Args:
        sim, analysis: of the pairs.
        images, captions: N and M items.
        marks: (image row, caption row) -> mark.

    Returns:
        Columns of one length; ids and texts as the library has them.
    """
    rows: list[list] = []
    seen: set[tuple[int, int]] = set()
    for kind in KINDS:
        answers = analysis.answers[kind]
        for place, (i, j) in enumerate(zip(*answers.pairs(slice(None)), strict=True)):
            seen.add((int(i), int(j)))
            doubts = [round(float(answers.doubts[name][place]), 6) for name in DOUBTS]
            right = "yes" if answers.rank[place] == 1 else "no"
            rows.append([kind, int(i), int(j), right, int(answers.rank[place]), *doubts])
    rows += [["marked pair", *pair, "", "", "", "", ""] for pair in marks if pair not in seen]
    made: dict[str, list] = {
        "asks": [row[0] for row in rows],
        "image": [images[row[1]].name for row in rows],
        "caption": [captions[row[2]].text for row in rows],
        "first choice is right": [row[3] for row in rows],
        "rank of the right answer": [row[4] for row in rows],
    }
    for place, name in enumerate(DOUBTS):
        made[f"doubt: {name}"] = [row[5 + place] for row in rows]
    for name, values in (
        ("mean similarity", sim.mean),
        ("P(match)", sim.match_probability),
        ("cosine", sim.cosine),
    ):
        made[name] = [round(float(values[row[1], row[2]]), 6) for row in rows]
    made["mark"] = [marks.get((row[1], row[2]), "") for row in rows]
    made["image id"] = [images[row[1]].id for row in rows]
    made["caption id"] = [captions[row[2]].id for row in rows]
    return made


def slices_table(found: Sequence[Slice]) -> dict[str, list]:
    """A row per slice, shares in [0, 1]; an interval's end is None where there are too few."""

    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    return {
        "by": [s.by for s in found],
        "value": [s.value for s in found],
        "n": [s.first.of for s in found],
        "right at rank 1": [rounded(s.first.value) for s in found],
        "95 % from": [rounded(s.first.low) for s in found],
        "95 % to": [rounded(s.first.high) for s in found],
    }
