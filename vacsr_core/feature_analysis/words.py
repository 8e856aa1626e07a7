"""What the Features page finds, as sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vacsr_core.feature_analysis.pair_sum import PairSum, deciding
from vacsr_core.feature_analysis.retrieval_effect import CAPTIONS_ASK, Effect
from vacsr_core.feature_analysis.style_shift import StyleShift
from vacsr_core.leaning import MEANING, STYLE, leaning
from vacsr_core.sentences import counted, number, percent

HALF = 0.5


def first_line(added: PairSum, probability: np.ndarray | None) -> str:
    """The answer for a pair, from its own numbers.

    Args:
        probability: float (D,), p of each column; None where no columns were found.
    """
    total = float(added.unweighted.sum())
    if probability is None:
        return (
            f"This pair's cosine of {number(total)} is a sum over {len(added.unweighted):,} "
            "columns; which of them carry style is not known yet."
        )
    leans = leaning(probability)
    style, meaning = (float(added.unweighted[leans == kind].sum()) for kind in (STYLE, MEANING))
    return (
        f"Of this pair's cosine of {number(total)} the quarter of columns that look most like "
        f"style makes {number(style)}, the quarter most like meaning {number(meaning)}; with the "
        f"weights the cosine is {number(float(added.weighted.sum()))}."
    )


def source_sentence(is_here: bool, fitted_on: str, labelled: int) -> str:
    """Where the weights come from.

    Args:
        is_here: whether they were found in this session.
        fitted_on: on what, any text.
        labelled: captions of this library that belong to an image.
    """
    if is_here:
        return (
            f"These columns were found on {fitted_on}, and only this page of your session uses "
            "them. Figures on the same pairs flatter them; “Does it help?” judges on pairs left "
            "out."
        )
    words = f"These columns came with the model's adapter, fitted on {fitted_on}."
    if not labelled:
        words += (
            " No caption of this library belongs to an image, so nothing here says whether they "
            "suit it."
        )
    return words


def deciding_sentence(added: np.ndarray, probability: np.ndarray) -> str:
    """Which columns decide a pair's score.

    Args:
        added: float (D,), what each column adds; probability: float (D,).
    """
    columns = deciding(added, HALF)
    if not len(columns):
        return "No column adds anything to this score."
    leans = leaning(probability)[columns]
    names = ", ".join(str(column + 1) for column in columns[:5])
    words = (
        f"{counted(len(columns), 'column')} of {len(added):,} make half of all that is added and "
        f"taken away, first {names}."
    )
    style, meaning = int((leans == STYLE).sum()), int((leans == MEANING).sum())
    return f"{words} Of these {style:,} lean to style and {meaning:,} to meaning."


def shift_sentence(shift: StyleShift) -> str:
    """Which columns a change moved, and whether those of low p moved most."""
    if not shift.size.any():
        return "Nothing moved: the changed item looks the same to the model."
    share = (
        f"the quarter of columns with the lowest p took {percent(shift.low_share)} of the movement"
    )
    if np.isnan(shift.link):
        return (
            "Columns moved, but p is the same in all of them (or they moved alike), so there is "
            "nothing to compare."
        )
    told = f"rank correlation of movement and p {number(shift.link)}"
    if shift.verdict == "style":
        return f"The columns of low p moved more, as they should: {share} ({told})."
    if shift.verdict == "meaning":
        return f"The columns of high p moved more, against what p says: {share} ({told})."
    return (
        f"The columns of low p moved no more than others: {share}, and shuffled columns show as "
        f"strong a link in {percent(shift.chance)} of cases ({told})."
    )


def effect_sentence(found: Sequence[Effect], name: str, label: str) -> str:
    """What one kind of weights does to retrieval, said plainly where it does nothing.

    Args:
        found: from `effects`, both directions.
        name: of the weights.
        label: what they are called in the sentence, at its beginning.
    """
    own = [effect for effect in found if effect.name == name]
    verdicts = {effect.verdict for effect in own}
    parts = ", ".join(
        f"{'captions' if e.kind == CAPTIONS_ASK else 'images'} {100 * e.difference:+.1f} points "
        f"({e.won} won, {e.lost} lost of {e.queries:,})"
        for e in own
    )
    if verdicts == {"nothing"}:
        return f"{label} do nothing here that could be told from chance: {parts}."
    if verdicts <= {"helps", "nothing"}:
        return f"{label} help here: {parts}."
    if verdicts <= {"hurts", "nothing"}:
        return f"{label} hurt here: {parts}."
    return f"{label} help one direction and hurt the other: {parts}."
