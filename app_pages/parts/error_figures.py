"""The figures of the Errors page: how often it is right, and whether doubt and P(match) help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import chart
from app_pages.parts.error_state import Found

if TYPE_CHECKING:
    from vacsr_core.error_analysis import Answers, Calibration, Kept, TooFew

COVERAGE, DOUBT, BASE_RATE = "errors_coverage", "errors_doubt", "errors_base_rate"
FIRST_COVERAGE = 80  # per cent


def coverage() -> float:
    """The share of answers that the slider keeps."""
    return st.session_state.get(COVERAGE, FIRST_COVERAGE) / 100


def doubt() -> str:
    """The doubt by which answers are ordered."""
    from vacsr_core.error_analysis import DOUBTS

    return st.session_state.get(DOUBT, DOUBTS[0])


def kept(answers: Answers) -> Kept | TooFew:
    """What remains at the slider's place."""
    from vacsr_core.error_analysis import keep_surest

    return keep_surest(answers, doubt(), coverage())


def draw_strip(found: Found, kind: str) -> None:
    """Draw the figures with their intervals."""
    with st.grid(min_column_width=145, gap="small"):
        for label, value, small, explanation in strip(found, kind, doubt()):
            with st.container(gap="xxsmall"):
                st.metric(label, value, help=explanation)
                st.caption(small)


def strip(found: Found, kind: str, doubted: str) -> list[tuple[str, str, str, str]]:
    """(label, value, small print, explanation) of each figure, kept."""
    return found.once(("strip", kind, doubted), lambda: _strip(found, kind, doubted))


def _strip(found: Found, kind: str, doubted: str) -> list[tuple[str, str, str, str]]:
    from vacsr_core.error_analysis import TooFew, doubt_auroc, recall
    from vacsr_core.error_analysis.words import interval_words, share_percent, share_words

    answers = found.analysis.answers
    asked, other = answers[kind], answers["image" if kind == "caption" else "caption"]
    cells = []
    for label, of, k in (
        ("Right at once", asked, 1),
        ("Among the first 5", asked, 5),
        ("The other way round", other, 1),
    ):
        share = recall(of, k)
        goal = "its image" if of.kind == "caption" else "one of its captions"
        text = f"Share of {of.kind}s with {goal} among the first {k} of {of.gallery:,} (R@{k})."
        cells.append((label, share_percent(share.value), share_words(share), text))
    auroc = doubt_auroc(asked, doubted)
    text = "How often a wrong first choice is in greater doubt than a right one (AUROC)."
    if isinstance(auroc, TooFew):
        cells.append(("Doubt finds errors", "–", auroc.sentence, text))
    else:
        small = interval_words(*auroc[1:])
        cells.append(("Doubt finds errors", share_percent(auroc[0]), f"chance: 50 · {small}", text))
    skill, _ = judged_chances(found)
    text = (
        "Brier skill of P(match) on shortlisted pairs, at their share of matches: above 0 it knows "
        "more than that share, 1 would be certain and right."
    )
    if isinstance(skill, TooFew):
        cells.append(("P(match) skill", "–", skill.sentence, text))
    else:
        small = interval_words(skill.low, skill.high, is_percent=False)
        value = f"{skill.skill:.2f}".replace("-", "−")
        cells.append(("P(match) skill", value, small, text))
    return cells


def draw_risk_coverage(found: Found, kind: str) -> None:
    """Draw the slider, what it says, and the curve."""
    from vacsr_core.error_analysis import DOUBTS, TooFew
    from vacsr_core.error_analysis.words import DOUBT_NAMES, coverage_sentence
    from vacsr_core.figures import risk_coverage_chart

    st.subheader("What if the doubtful answers are put aside?", anchor=False)
    answers = found.analysis.answers[kind]
    left = kept(answers)
    if isinstance(left, TooFew):
        st.info(left.sentence, icon=":material/hourglass_empty:")
        return
    st.slider(
        "Keep the surest", 5, 100, FIRST_COVERAGE, 5, "%d %%",
        key=COVERAGE, persist_state="session",
    )  # fmt: skip
    st.markdown(f"**{coverage_sentence(coverage(), left)}**")
    st.selectbox(
        "Doubt", DOUBTS, key=DOUBT, format_func=DOUBT_NAMES.__getitem__, persist_state="session"
    )
    drawn = risk_coverage_chart(left.risk, left.kept, is_dark=chart.is_dark())
    chart.show(drawn, "risk_coverage", "risk-coverage", "Error among the surest answers")


def judged_chances(found: Found) -> tuple[Calibration | TooFew, Calibration | TooFew]:
    """P(match) judged at the shortlist's share of matches and as it is stated, kept."""
    from vacsr_core.error_analysis import judge

    pairs = found.analysis.shortlist
    return found.once("judged", lambda: (judge(pairs, True), judge(pairs, False)))


def draw_reliability(found: Found) -> None:
    """Draw whether P(match) comes true."""
    from vacsr_core.error_analysis import TooFew
    from vacsr_core.error_analysis.words import calibration_sentence
    from vacsr_core.figures import reliability_chart

    st.subheader("Does P(match) keep its word?", anchor=False)
    pairs = found.analysis.shortlist
    at_share, stated = judged_chances(found)
    if isinstance(at_share, TooFew):
        st.info(at_share.sentence, icon=":material/hourglass_empty:")
        return
    st.write(calibration_sentence(at_share, stated, pairs.share))
    has_base_rate = st.toggle(
        "Bring P(match) to this share of matches", True, key=BASE_RATE, persist_state="session"
    )
    judged = at_share if has_base_rate else stated
    drawn = reliability_chart(judged.reliability, judged.chance, is_dark=chart.is_dark())
    chart.show(drawn, "reliability", "reliability", "Does P(match) keep its word?")
    st.caption(
        "Pairs that nobody labelled count as no match here: where labels are missing, P(match) "
        "looks too bold. Mark such pairs in the lists below."
    )
