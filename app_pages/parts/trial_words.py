"""The choices for a fit, and what it is worth against the one before, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app_pages.parts.text import counted

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.fit_comparison import Compared, Comparison

STAGES = {"vacsr": "VACSR: a distribution per pair"}
HOW = {
    "auto": (
        "Automatic",
        "Full with at least 200 labelled pictures to learn from, and only where it ranks a fifth "
        "of them, which it holds out for that, no worse than the cosine. Else conservative.",
    ),
    "full": (
        "Full",
        "The similarity itself is learnt. It may rank pairs unlike the model's cosine: better, or "
        "worse where pictures are few.",
    ),
    "conservative": (
        "Conservative",
        "Pairs stay ranked as the model's cosine ranks them. The chance of a match and the width "
        "of doubt are learnt.",
    ),
}
SCENES_HELP = (
    "Drawn scenes with known facts stand in where pictures of your own are few. Without them a fit "
    "takes at least {} labelled pictures."
)
FIGURES = {
    "two_alternative": "Own partner above a stranger's",
    "first_caption": "R@1: picture finds a caption of its own",
    "first_image": "R@1: caption finds its picture",
    "log_loss": "Log loss of P(match), lower is better",
    "brier_skill": "Brier skill of P(match)",
}
SHARES = ("two_alternative", "first_caption", "first_image")
COMPARISON_HELP = (
    "In brackets: where the figure lies in 95 of 100 redrawings of the pictures. A difference "
    "counts only where its own bracket leaves out 0. P(match) is judged on the 20 nearest of "
    "every picture and caption: Brier skill is 1 where perfect and 0 where no better than always "
    "naming the share of matches."
)


def too_few_to_fit() -> str:
    """What a fit on a person's own pictures takes."""
    return (
        "Here the model's adapter learns from pictures and captions of your own. It takes at least "
        "2 pictures with a caption each; from 30 on a fit is also measured on pictures that were "
        "left out. The demo gallery counts once you have marked some of its pairs."
    )


def what_there_is(labelled: int, learnt_from: int) -> str:
    """How many labelled pictures there are, and what becomes of them."""
    pictures = counted(labelled, "labelled picture")
    if learnt_from < labelled:
        left_out = labelled - learnt_from
        return (
            f"Of {pictures} a fit learns from {learnt_from:,}; {left_out:,} are left out, and the "
            "adapters before and after are compared on those."
        )
    return f"{pictures}: a fit learns from all of them. {_needed(labelled)}"


def too_few_to_compare(labelled: int) -> str:
    """Why a fit comes without a comparison."""
    return f"What this fit is worth against the one before was not measured. {_needed(labelled)}"


def _needed(labelled: int) -> str:
    from vacsr_core.trial_fit import FEWEST_LEFT_OUT, FEWEST_TO_COMPARE

    missing = FEWEST_TO_COMPARE - labelled
    return (
        f"To leave {FEWEST_LEFT_OUT} out and compare on them takes {FEWEST_TO_COMPARE} labelled "
        f"pictures: {missing:,} more."
    )


def kind_of_fit(how: str, learnt_from: int) -> str:
    """The kind of fit that is to be expected: "full" or "conservative"."""
    from vacsr_core.first_fit import FEWEST_FOR_FULL

    if how == "auto":
        return "full" if learnt_from >= FEWEST_FOR_FULL else "conservative"
    return how


def verdict(comparison: Comparison) -> str:
    """Which fit is better, in one sentence."""
    names = {"better": [], "worse": [], "can't be told apart": []}
    for figure in comparison.figures:
        names[figure.verdict].append(FIGURES[figure.name].partition(",")[0])
    better, worse = (" and ".join(names[kind]) for kind in ("better", "worse"))
    if better and worse:
        return f"The new fit is better in some figures ({better}) and worse in others ({worse})."
    if not (better or worse):
        return "The two fits can't be told apart: every difference may be chance."
    rest = "; the other figures can't be told apart" if names["can't be told apart"] else ""
    return f"The new fit is {'better' if better else 'worse'}: {better or worse}{rest}."


def measured_on(comparison: Comparison, before: Adapters) -> str:
    """On what the two were measured, and whether that is fair to the new one."""
    text = (
        f"Measured on {counted(comparison.images, 'labelled picture')} that the new fit has not "
        "learnt from. "
    )
    known = comparison.known_before
    if known is None:
        return text + (
            f"The one before was fitted on {before.fitted_on}; where your pictures are among "
            "those, its figures flatter it."
        )
    if known:
        return text + f"The one before learnt from {known:,} of them, so its figures flatter it."
    return text + "Neither has the one before."


def comparison_table(comparison: Comparison) -> dict[str, list]:
    """Columns of the table of both fits, every number with its interval."""
    rows = [_row(figure) for figure in comparison.figures]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _row(figure: Compared) -> dict[str, str]:
    shown = _share if figure.name in SHARES else "{:.3f}".format
    signed = _share_difference if figure.name in SHARES else "{:+.3f}".format
    row = {"Figure": FIGURES[figure.name]}
    for name, write, (value, low, high) in (
        ("Before", shown, figure.before),
        ("New fit", shown, figure.after),
        ("Difference", signed, figure.difference),
    ):
        row[name] = f"{write(value)} ({write(low)} to {write(high)})"
    return row | {"n": f"{figure.count:,}", "The new fit is": figure.verdict}


def _share(value: float) -> str:
    return f"{100 * value:.1f}\u00a0%"


def _share_difference(value: float) -> str:
    return f"{100 * value:+.1f}"
