"""Numbers as plain sentences: the first line of each view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

NARROW = "\u00a0"  # between a figure and its sign, so that no line breaks there

# Below three to one the answer "A is more similar" would be wrong more than once in four times:
# too often to call an order known.
TELL_APART = 0.75

OUTWEIGHS = 0.6  # share of the variance

# Width of the interval that holds 90 % of the belief.
SURE_WIDTH = 0.25
UNSURE_WIDTH = 0.45


def percent(chance: float) -> str:
    """A chance in [0, 1] as a whole percentage that never claims certainty.

    Example:
        >>> percent(0.784).replace(NARROW, " "), percent(0.001).replace(NARROW, " ")
        ('78 %', 'under 1 %')
    """
    if chance < 0.005:
        return f"under 1{NARROW}%"
    if chance >= 0.995:
        return f"over 99{NARROW}%"
    return f"{round(100 * chance)}{NARROW}%"


def number(value: float, width: float = 1.0) -> str:
    """A similarity with the digits that it carries.

    Args:
        value: the number to show.
        width: how far it is known, such as a standard deviation; under 0.02 a third digit shows.

    Example:
        >>> number(0.7144), number(0.7144, width=0.004)
        ('0.71', '0.714')
    """
    digits = 2 if width >= 0.02 else 3
    return f"{round(value, digits) + 0.0:.{digits}f}"  # + 0.0: no "-0.00"


def ordinal(rank: int) -> str:
    """1 -> "1st", 2 -> "2nd", 11 -> "11th"."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10)
    return f"{rank:,}{ending or 'th'}"


def counted(count: int, noun: str) -> str:
    """A number of things in words: "1 caption", "2 captions", "no captions"."""
    return f"{f'{count:,}' if count else 'no'} {noun}{'' if count == 1 else 's'}"


def rank_of(values: np.ndarray, position: int) -> int:
    """Rank of one value among all, 1 = greatest; ties count against it, as in retrieval scores."""
    return int((np.asarray(values) >= values[position]).sum())


def match_words(chance: float) -> str:
    """What a chance of a match is called.

    Example:
        >>> match_words(0.78), match_words(0.5)
        ('Probably a match', 'Could go either way')
    """
    for least, words in (
        (0.95, "Almost surely a match"),
        (0.7, "Probably a match"),
        (0.55, "Rather a match"),
        (0.45, "Could go either way"),
        (0.3, "Rather not a match"),
        (0.05, "Probably not a match"),
    ):
        if chance >= least:
            return words
    return "Almost surely not a match"


def familiarity_sentence(kind: str, percentile: float) -> str:
    """How far outside of what a model has seen an image or a caption lies.

    Args:
        kind: "image" or "caption".
        percentile: how many of 100 held-out items lie nearer. Below 99 the item is called
            outside for another reason, which is that most of its words are new to the model.

    Example:
        >>> print(familiarity_sentence("image", 99.4))
        This image lies outside what this model has seen: it is farther from what the model was \
trained on than 99 of 100 pictures of that kind.
    """
    plural = {"image": "pictures", "caption": "captions"}[kind]
    if percentile >= 100:
        reason = f"it is farther from what the model was trained on than all {plural} that were "
        reason += "kept to compare it with"
    elif percentile >= 99:
        reason = "it is farther from what the model was trained on than 99 of 100 "
        reason += f"{plural} of that kind"
    else:
        reason = "most of its words are new to the model"
    return f"This {kind} lies outside what this model has seen: {reason}."


def pair_sentence(match: float, low: float, high: float) -> str:
    """First line of one pair.

    Args:
        match: P(match).
        low, high: the interval that holds 90 % of the belief.

    Example:
        >>> print(pair_sentence(0.78, 0.41, 0.93).replace(NARROW, " "))
        Probably a match (78 %), but unsure: 90 % of the belief lies between 0.41 and 0.93.
    """
    width, words = high - low, match_words(match)
    contrast = "and" if words == match_words(0.5) else "but"
    how_sure = (
        "and fairly sure" if width < SURE_WIDTH else
        "with some doubt" if width < UNSURE_WIDTH else f"{contrast} unsure"
    )  # fmt: skip
    return (
        f"{words} ({percent(match)}), {how_sure}: 90{NARROW}% of the belief lies "
        f"between {number(low, width)} and {number(high, width)}."
    )


def doubt_sentence(aleatoric: float, epistemic: float) -> str:
    """Where the doubt about a pair comes from, where several fits were asked.

    Args:
        aleatoric, epistemic: standard deviations, see `Similarity`. One outweighs the other where
            it makes three fifths of the variance.

    Example:
        >>> print(doubt_sentence(0.14, 0.05))
        The doubt is mostly the pair's: it is ambiguous (0.14). That the model has not seen enough \
adds less (0.05).
    """
    width = float(np.hypot(aleatoric, epistemic))
    share = (epistemic / width) ** 2
    pair, model = (number(value, width) for value in (aleatoric, epistemic))
    if share <= 1 - OUTWEIGHS:
        return (
            f"The doubt is mostly the pair's: it is ambiguous ({pair}). That the model has not "
            f"seen enough adds less ({model})."
        )
    if share >= OUTWEIGHS:
        return (
            f"The doubt is mostly the model's: it has not seen enough ({model}). That the pair is "
            f"ambiguous adds less ({pair})."
        )
    return (
        f"The doubt has both reasons alike: the pair is ambiguous ({pair}), and the model has not "
        f"seen enough ({model})."
    )


def comparison_sentence(chance: float) -> str:
    """Which of two pairs is more similar, from P(this > other).

    Between 25 % and 75 % they are said not to be told apart, see TELL_APART.
    """
    known = f"P(this > other) = {percent(chance)}"
    if chance >= TELL_APART:
        return f"{known}: this pair is the more similar one."
    if chance <= 1 - TELL_APART:
        return f"{known}: the other pair is the more similar one."
    return f"{known}: can't tell them apart."


def row_sentence(noun: str, best: Sequence[float], tied: int) -> str:
    """First line of a ranking.

    Args:
        noun: what is ranked, "caption" or "image".
        best: P(is the best) in the order of the ranking.
        tied: how many at the top can't be told apart, 1 = the first stands alone.
    """
    if len(best) == 1:
        return f"There is only one {noun}, so there is nothing to rank it against."
    chance = f"the most similar of all with a chance of {percent(best[0])}"
    if tied == 1:
        return f"The first of {len(best):,} {noun}s stands apart: it is {chance}."
    if tied == len(best):
        return f"None of the {counted(tied, noun)} can be told apart; the first is {chance}."
    return (
        f"The first {tied:,} of {len(best):,} {noun}s can't be told apart; the top one is {chance}."
    )


def suspects_sentence(missing: int, wrong: int, labelled: int) -> str:
    """First line of the matrix.

    Args:
        missing: unlabelled pairs that probably match.
        wrong: labelled pairs that probably do not.
        labelled: how many pairs are labelled.
    """
    look = "looks like a match" if missing == 1 else "look like matches"
    found = f"{counted(missing, 'pair')} that nobody labelled {look}"
    if not labelled:
        return f"No pair is labelled here; {found}."
    doubtful = "looks" if wrong == 1 else "look"
    return f"Of {counted(labelled, 'labelled pair')}, {wrong or 'none'} {doubtful} wrong; {found}."
