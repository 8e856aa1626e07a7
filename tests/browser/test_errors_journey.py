"""What an error analyst does: put doubtful answers aside, mark a pair, follow it to its pair."""

import re

import pytest
from test_journey import VIEWS, serious_findings

SENTENCE = re.compile(r"Keep the surest \d+\s%: the error")


def open_errors(visit, **how):
    opened = visit("errors", **how)
    opened.page.get_by_text("Which pairs are worth a look?").wait_for()
    opened.page.get_by_test_id("stPlotlyChart").first.wait_for()
    opened.settle()
    return opened


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_errors_page_fits_the_screen_and_axe(visit, artifacts, width, scheme):
    opened = open_errors(visit, width=width, scheme=scheme)
    page = opened.page
    page.screenshot(path=artifacts / f"errors-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 2
    assert serious_findings(page) == []
    assert opened.errors == [] and opened.outside == []
