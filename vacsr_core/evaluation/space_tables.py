"""The tables of the common space: structure kept against R@1, and under imbalance; as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev

import numpy as np

from vacsr_core.evaluation.plan import Plan
from vacsr_core.evaluation.space_measures import DIRECTIONS, MOST_CAPTIONS, MOST_ITEMS
from vacsr_core.evaluation.space_run import CLEAN, PAPER, SpaceRow
from vacsr_core.evaluation.tables import Table, as_markdown
from vacsr_core.metrics.intervals import share_interval

# Figure, its heading, digits, factor.
_STRUCTURE = (
    ("tau image", "τ images", 3, 1),
    ("tau caption", "τ captions", 3, 1),
    ("row rho image", "row ρ images", 3, 1),
    ("row rho caption", "row ρ captions", 3, 1),
    ("kept image", "neighbours kept, images, %", 1, 100),
    ("kept caption", "neighbours kept, captions, %", 1, 100),
)
_RETRIEVAL = (
    ("NDCG@10 image", "NDCG@10 i→i", 3, 1),
    ("NDCG@10 caption", "NDCG@10 c→c", 3, 1),
    ("NDCG@10 mixed", "NDCG@10 mixed", 3, 1),
    ("NDCG@50 mixed", "NDCG@50 mixed", 3, 1),
    ("R@1 c→c", "R@1 c→c, %", 1, 100),
    ("gap", "gap", 3, 1),
    ("R@1 i→c", "R@1 i→c, %", 1, 100),
    ("R@1 c→i", "R@1 c→i, %", 1, 100),
)
_MEANING = (
    "Mean ± std over seeds. τ is Kendall's τ_b of all cosine distances in the backbone's space and "
    "in the common one; row ρ the mean Spearman of each item's distances; neighbours kept is of "
    "the 10 nearest (of a fifth where there are fewer than 50 items).",
    f"At most {MOST_ITEMS:,} items a modality are compared, drawn by seed.",
)
_GRADED = (
    "NDCG's gain is ROUGE-L of captions (an image stands for the mean of its own), its mixed "
    f"gallery holds images and captions (at most {MOST_CAPTIONS:,}) on one cosine scale, the query "
    "left out; R@1 c→c finds another caption of the same image, and every R@1 is over all items; "
    "gap is the distance of the modalities' means.",
)


def space_markdown(rows: Sequence[SpaceRow], plans: Sequence[Plan], command: str) -> str:
    """All tables of all data sets.

    Args:
        rows: as `run_space` gives them.
        plans: of the cases they come from, for the intervals.
        command: that made them.
    """
    lines = ["# The common space", "", f"`{command}`", ""]
    for plan in plans:
        (data,) = plan.parts(plan.seeds[0])[1]
        own = [row for row in rows if row.data == data.name]
        seeds = ", ".join(str(seed) for seed in plan.seeds)
        lines += [f"## {data.name}", "", f"{own[0].split}. Seeds {seeds}.", ""]
        for table in space_tables(own, plan):
            lines += [*as_markdown(table), ""]
    return "\n".join(lines)


def space_tables(rows: Sequence[SpaceRow], plan: Plan) -> list[Table]:
    """Tables of one data set: over the weight, differences to weight 0, and under imbalance."""
    clean = [row for row in rows if row.condition in (CLEAN, PAPER)]
    found = [
        _table("structure kept, over the weight of distillation", _MEANING, clean, _STRUCTURE),
        _table("retrieval, over the weight of distillation", _GRADED, clean, _RETRIEVAL),
        _differences("difference to weight 0", clean, plan),
    ]
    worse = [row for row in rows if row.condition not in (CLEAN, PAPER)]
    if worse:
        weights = {row.weight for row in worse} | {None}
        shown = [row for row in clean if row.condition == CLEAN and row.weight in weights] + worse
        meaning = ("What is fitted on was made worse; what is measured on is as it is.",)
        found += [
            _table("structure kept, under imbalance", meaning, shown, _STRUCTURE),
            _table("retrieval, under imbalance", meaning, shown, _RETRIEVAL),
            _differences("difference to weight 0, under imbalance", worse, plan),
        ]
    return found


def _name(condition: str, weight: float | None) -> str:
    if weight is None:
        return "backbone"
    return f"weight {weight:g}" + ("" if condition == CLEAN else f", {condition}")


def _table(
    title: str,
    meanings: tuple[str, ...],
    rows: Sequence[SpaceRow],
    columns: Sequence[tuple],
) -> Table:
    groups: dict[str, list[SpaceRow]] = {}
    for row in rows:
        groups.setdefault(_name(row.condition, row.weight), []).append(row)
    shown = [c for c in columns if any(row.figures.get(c[0]) is not None for row in rows)]
    lines = [
        (name, *(_spread([row.figures.get(key) for row in group], digits, factor)
                 for key, _, digits, factor in shown))
        for name, group in groups.items()
    ]  # fmt: skip
    return Table(title, meanings, ("space", *(heading for _, heading, _, _ in shown)), tuple(lines))


def _spread(values: Sequence[float | None], digits: int, factor: float) -> str:
    known = [factor * value for value in values if value is not None]
    if not known:
        return "–"
    spread = f" ± {stdev(known):.{digits}f}" if len(known) > 1 else ""
    return f"{mean(known):.{digits}f}{spread}"


def _differences(title: str, rows: Sequence[SpaceRow], plan: Plan) -> Table:
    """How far each weight lies above weight 0 of the same condition and seed."""
    at = {(row.condition, row.weight, row.seed): row for row in rows}
    groups = dict.fromkeys((row.condition, row.weight) for row in rows if row.weight)
    header = ["space", *(f"R@1 {name}, points" for name in DIRECTIONS)]
    keys = [key for key in ("tau image", "tau caption", "NDCG@10 image", "NDCG@10 caption",
                            "NDCG@10 mixed") if rows and key in rows[0].figures]  # fmt: skip
    lines = []
    for condition, weight in groups:
        start = CLEAN if condition == PAPER else condition  # at 0 both losses are the same
        pairs = [
            (at[start, 0.0, seed], at[condition, weight, seed])
            for seed in plan.seeds
            if (start, 0.0, seed) in at and (condition, weight, seed) in at
        ]
        if not pairs:
            continue
        lines.append((
            _name(condition, weight),
            *(_recall_difference(pairs, direction, plan) for direction in range(2)),
            *(_difference(pairs, key) for key in keys),
        ))  # fmt: skip
    meaning = ("Paired: R@1 in points with the 95 % bootstrap interval over images, the others "
               "mean ± std over seeds.",)  # fmt: skip
    return Table(title, meaning, (*header, *keys), tuple(lines))


def _difference(pairs: Sequence[tuple[SpaceRow, SpaceRow]], key: str) -> str:
    values = [
        new.figures[key] - old.figures[key]
        for old, new in pairs
        if new.figures[key] is not None and old.figures[key] is not None
    ]
    text = _spread(values, 3, 1)
    return text if text.startswith(("-", "–")) else f"+{text}"


def _recall_difference(
    pairs: Sequence[tuple[SpaceRow, SpaceRow]], direction: int, plan: Plan
) -> str:
    gains, images = [], []
    for old, new in pairs:
        (data,) = plan.parts(new.seed)[1]
        owner = data.owner[data.owner >= 0]
        asked = np.unique(owner) if direction == 0 else owner
        gains.append(new.unpacked()[direction].astype(float) - old.unpacked()[direction])
        images.append(data.image_keys[asked])
    gain, group = np.concatenate(gains), np.concatenate(images)
    low, high = share_interval(gain, group)
    return f"{100 * gain.mean():+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
