"""What the numbers say, as plain sentences."""

from __future__ import annotations

from vacsr_core.error_analysis.answers import Answers
from vacsr_core.error_analysis.doubt import Kept
from vacsr_core.error_analysis.enough import Share, TooFew
from vacsr_core.error_analysis.lists import LISTS
from vacsr_core.error_analysis.shortlist import Calibration
from vacsr_core.sentences import NARROW, counted, ordinal, percent

GOAL = {"caption": "their image", "image": "one of their captions"}
DOUBT_NAMES = {
    "1 - P(best)": "that another one is the best: 1 − P(best)",
    "std": "width of the first choice: std",
    "1 - P(match)": "that the first choice is no match: 1 − P(match)",
}
LIST_WORDS = {
    LISTS[0]: "First choices that are wrong although there is little doubt, the least doubt first.",
    LISTS[1]: "First choices in the greatest doubt, right or wrong.",
    LISTS[2]: "Pairs that nobody labelled, P(match) from 50 %; of each image the surest.",
    LISTS[3]: "Labelled pairs, P(match) under 50 %, the least likely first.",
}


def share_percent(value: float) -> str:
    """A share as a whole percentage; none and all are said to be just that.

    Example:
        >>> [share_percent(x).replace(NARROW, " ") for x in (0.0, 0.004, 0.5, 1.0)]
        ['0 %', 'under 1 %', '50 %', '100 %']
    """
    return f"{round(100 * value)}{NARROW}%" if value in (0.0, 1.0) else percent(value)


def first_line(answers: Answers, coverage: float, kept: Kept | TooFew) -> str:
    """The page in one sentence.

    Args:
        answers: of the direction shown.
        coverage: the share kept.
        kept: what `keep_surest` gave for it.
    """
    asked, right = len(answers.query), int((~answers.is_error).sum())
    its = GOAL[answers.kind].replace("their", "its")
    finding = f"find {GOAL[answers.kind]}" if right > 1 else f"finds {its}"
    number = f"{right:,}" if right else "none"
    said = f"Of {counted(asked, answers.kind)} {number} {finding} first"
    if isinstance(kept, TooFew):
        return f"{said}."
    return (
        f"{said}; among the surest {share_percent(coverage)} it is {kept.right:,} of {kept.kept:,}."
    )


def coverage_sentence(coverage: float, kept: Kept) -> str:
    """What the slider says.

    Args:
        coverage: the share kept.
        kept: from `keep_surest`.
    """
    before, after = share_percent(kept.error_of_all), share_percent(kept.error)
    if before == after:
        change = f"the error stays at {before}"
    else:
        verb = "falls" if kept.error < kept.error_of_all else "rises"
        change = f"the error {verb} from {before} to {after}"
    wrong = kept.kept - kept.right
    number = f"{wrong:,}" if wrong else "none"
    return f"Keep the surest {share_percent(coverage)}: {change} ({number} of {kept.kept:,} wrong)."


def interval_words(low: float | None, high: float | None, is_percent: bool = True) -> str:
    """An interval in short; what is missing where there is none."""
    if low is None or high is None:
        return "too few for an interval"
    if is_percent:
        return f"95{NARROW}%: {round(100 * low)} to {round(100 * high)}{NARROW}%"
    return f"95{NARROW}%: {low:.2f} to {high:.2f}".replace("-", "−")


def share_words(share: Share) -> str:
    """How many of how many, with the interval."""
    return f"{share.hits:,} of {share.of:,} · {interval_words(share.low, share.high)}"


def calibration_sentence(found: Calibration, stated: Calibration, share: float) -> str:
    """What the reliability diagram is made of, and the skill with and without the base rate.

    Args:
        found: judged at the shortlist's share of matches.
        stated: judged as P(match) is stated, for even odds.
        share: of matches on the shortlist.
    """
    return (
        f"{found.pairs:,} pairs stand among the first 20 of a caption or image, and "
        f"{percent(share)} of them match. P(match) is stated for even odds; brought to that share "
        f"its Brier skill is {_signed(found.skill)}, as stated it is {_signed(stated.skill)} "
        "(above 0 is better than always saying that share)."
    )


def row_words(name: str, kind: str, rank: int, doubt: str, doubted: float, chance: float) -> str:
    """The small print of a row of a list.

    Args:
        name: of the list.
        kind: what asked.
        rank: where the right answer came; 0 where the list is of labels.
        doubt: one of `DOUBTS`.
        doubted: its value; chance: P(match) of the pair.
    """
    match = f"P(match) {percent(chance)}"
    if name not in LISTS[:2]:
        return match
    owner = "its image" if kind == "caption" else "a caption of it"
    where = "right" if rank == 1 else f"{owner} comes {ordinal(rank)}"
    value = f"std {doubted:.2f}" if doubt == "std" else f"P(best) {percent(1 - doubted)}"
    return f"{match} · {where}" if doubt == "1 - P(match)" else f"{match} · {value} · {where}"


def excluded_sentence(answers: Answers, left_out: int) -> str:
    """Which queries were not asked; "" where all were."""
    said = []
    if answers.excluded:
        goal = "an image" if answers.kind == "caption" else "a caption"
        noun = counted(answers.excluded, answers.kind)
        said.append(f"{noun} without {goal} {'is' if answers.excluded == 1 else 'are'} not counted")
    if left_out:
        verb = "is" if left_out == 1 else "are"
        said.append(f"{counted(left_out, 'pair')} marked unsure {verb} left out")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
