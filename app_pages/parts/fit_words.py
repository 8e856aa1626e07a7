"""What adapters were fitted on, how and how well, in sentences made from the fit's own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters

FIGURES = {
    "images": ("Images checked", "{:,.0f}"),
    "pairs": ("Pairs checked", "{:,.0f}"),
    "prevalence": ("Share of true matches", "{:.0%}"),
    "log_loss": ("Log loss of P(match)", "{:.3f}"),
    "brier_skill": ("Brier skill of P(match)", "{:.2f}"),
    "two_alternative_cosine": ("Own caption above a stranger's: cosine", "{:.1%}"),
    "two_alternative_mean": ("Own caption above a stranger's: VACSR", "{:.1%}"),
    "recall_at_1_cosine": ("Own partner comes first: cosine", "{:.1%}"),
    "recall_at_1_mean": ("Own partner comes first: VACSR", "{:.1%}"),
}
FIGURES_HELP = (
    "Measured on images that were left out, and of these on the 20 nearest candidates of every "
    "caption and of every image. Brier skill: 1 is perfect, 0 is no better than always naming the "
    "share of matches; among look-alikes even a few hundredths are worth having."
)


def is_on_scenes_only(adapters: Adapters) -> bool:
    """Whether drawn scenes are all that the adapters were fitted on."""
    sources = getattr(adapters, "history", {}).get("sources")
    if sources:
        return all(source["is_drawn"] for source in sources)
    return "scene" in adapters.fitted_on


def how(adapters: Adapters) -> str:
    """How the fit was made and what that means, in one or two sentences."""
    history = adapters.history
    if history.get("how") == "conservative":
        text = (
            "Conservative fit: pairs are ranked exactly as the model's cosine ranks them, P(match) "
            "is a calibrated function of it, and only the width of doubt was learnt pair by pair."
        )
        spread = history.get("spread")
        if spread and not spread["is_learnt"]:
            text = text.replace(
                "and only the width of doubt was learnt pair by pair",
                "and all pairs share one width of doubt, because a learnt one was no better",
            )
        return text
    return "Full fit: the similarity itself was learnt, and may rank pairs unlike the cosine."


def figures(adapters: Adapters) -> dict[str, str]:
    """The figures of the fit that are known, label -> value as shown."""
    known = adapters.history.get("validation", {})
    return {
        label: form.format(known[key]) for key, (label, form) in FIGURES.items() if key in known
    }


def in_short(adapters: Adapters) -> str:
    """One line for pages that show numbers: on what, how, how well."""
    kind = {"conservative": "conservative fit", "full": "full fit"}.get(
        adapters.history.get("how", "full")
    )
    text = f"VACSR: {kind} on {adapters.fitted_on}"
    known = adapters.history.get("validation", {})
    if "brier_skill" in known:
        text += (
            f"; Brier skill of P(match) {known['brier_skill']:.2f} on {known['pairs']:,.0f} pairs "
            "of images that were left out"
        )
    return text + "."
