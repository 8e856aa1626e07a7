"""What goes into the report of the Errors page: the same words and charts as on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app_pages.parts import engines, error_figures, error_lists, fit_words, measure
from app_pages.parts.error_state import Found
from app_pages.parts.text import counted

if TYPE_CHECKING:
    from vacsr_core.error_analysis import Slice
    from vacsr_core.error_report import ReportRow

TITLE = "Where does it go wrong?"
ROWS = 12  # of each list
_PICTURE = 96  # pixels


def maker(found: Found, kind: str, slices: tuple[Slice, ...], is_dark: bool) -> Callable:
    """A function that makes the report; it asks the session for nothing when it is called."""
    doubt, coverage, facts = error_figures.doubt(), error_figures.coverage(), _facts(found, kind)

    def make() -> bytes:
        from vacsr_core.error_analysis import LISTS, keep_surest
        from vacsr_core.error_analysis.tables import slices_table
        from vacsr_core.error_analysis.words import LIST_WORDS, first_line
        from vacsr_core.error_report import Report, report_html

        answers = found.analysis.answers[kind]
        kept = keep_surest(answers, doubt, coverage)
        report = Report(
            TITLE,
            first_line(answers, coverage, kept),
            facts,
            [cell[:3] for cell in error_figures.strip(found, kind, doubt)],
            _charts(found, coverage, kept, is_dark),
            [
                (name.capitalize(), LIST_WORDS[name], _rows(found, name, kind, doubt, is_dark))
                for name in LISTS
            ],
            slices_table(slices),
        )
        return report_html(report, is_dark)

    return make


def _facts(found: Found, kind: str) -> list[str]:
    held = found.held
    name, _ = engines.choice()
    adapters = engines.engine().adapters
    is_on = "vacsr" in measure.stages()
    facts = [
        f"{held.name}: {counted(len(held.images), 'image')}, "
        f"{counted(len(held.captions), 'caption')}, {counted(held.pair_count, 'labelled pair')}, "
        f"{counted(len(held.marks), 'mark')}",
        f"Model {name}; "
        + (fit_words.in_short(adapters) if is_on else "VACSR off: the model's plain cosine"),
        f"Asked are {kind}s; ties count as wrong; 95 % intervals by bootstrap over images "
        "(2,000 draws, seed 0), where all are alike the exact binomial one",
    ]
    if found.is_sample:
        facts.append(
            f"A random part of the library (seed 0): {counted(len(found.rows), 'image')} and "
            f"{counted(len(found.columns), 'caption')}"
        )
    return facts


def _charts(found: Found, coverage: float, kept, is_dark: bool) -> list[tuple]:
    from vacsr_core.error_analysis import TooFew
    from vacsr_core.error_analysis.words import calibration_sentence, coverage_sentence
    from vacsr_core.figures import reliability_chart, risk_coverage_chart

    heading = "What if the doubtful answers are put aside?"
    if isinstance(kept, TooFew):
        charts = [(heading, kept.sentence, None)]
    else:
        drawn = risk_coverage_chart(kept.risk, kept.kept, is_dark=is_dark)
        charts = [(heading, coverage_sentence(coverage, kept), drawn)]
    heading = "Does P(match) keep its word?"
    at_share, stated = error_figures.judged_chances(found)
    if isinstance(at_share, TooFew):
        return [*charts, (heading, at_share.sentence, None)]
    sentence = calibration_sentence(at_share, stated, found.analysis.shortlist.share)
    drawn = reliability_chart(at_share.reliability, at_share.chance, is_dark=is_dark)
    return [*charts, (heading, sentence, drawn)]


def _rows(found: Found, name: str, kind: str, doubt: str, is_dark: bool) -> list[ReportRow]:
    from vacsr_core.error_report import ReportRow
    from vacsr_core.figures import miniature
    from vacsr_core.thumbnail import thumbnail_uri

    pairs = error_lists.pairs_of(found, name, kind, doubt, False)
    rows = []
    for place in range(min(ROWS, len(pairs.rows))):
        i, j = int(pairs.rows[place]), int(pairs.columns[place])
        image, caption = found.images[i], found.captions[j]
        rows.append(
            ReportRow(
                thumbnail_uri(image.picture(), _PICTURE),
                image.name,
                caption.text,
                error_lists.small_print(found, pairs, place, name, kind, doubt),
                miniature(found.sim[[i], [j]], is_dark),
                found.marks.get((i, j), ""),
            )
        )
    return rows
