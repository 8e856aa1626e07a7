"""Where does everything lie? Open the map, choose by keyboard, follow to the pair."""

import os
import re

import pytest
from test_journey import VIEWS, serious_findings

CHOSEN = re.compile(r"Chosen: (\d+) images?, (\d+) captions?")
MAPS = "canvas[role=application]"
LOADED: list[bool] = []
pytestmark = pytest.mark.skipif(
    not os.environ.get("VACSR_SLOW"),
    reason="on a cold server with two busy cores a map can take minutes; set VACSR_SLOW=1",
)


def open_map(visit, **how):
    # The model first: while it is being imported, a map takes minutes on a busy machine.
    if not LOADED:
        visit("similarity?view=pair").page.get_by_test_id("stMetric").first.wait_for()
        LOADED.append(True)
    opened = visit("common_space", **how)
    page = opened.page
    page.get_by_text("Neighbours kept").first.wait_for()
    page.locator(MAPS).first.wait_for()
    opened.settle()
    return opened


def chosen_count(page) -> tuple[int, int]:
    heading = page.get_by_text(CHOSEN)
    heading.wait_for()
    return tuple(int(n) for n in CHOSEN.search(heading.inner_text()).groups())


def at_the_pair(opened) -> None:
    page = opened.page
    page.get_by_text("How similar, and how sure?").wait_for()
    page.get_by_test_id("stMetric").filter(has_text="Mean").first.wait_for()
    opened.settle()
    assert "image=" in page.url and "caption=" in page.url
    assert opened.errors == [] and opened.outside == []


def test_by_keyboard_alone_from_a_point_to_the_pair(visit):
    opened = open_map(visit)
    page = opened.page
    page.locator(MAPS).first.focus()
    for key in ("ArrowRight", "ArrowDown", "n"):
        page.keyboard.press(key)
    images, captions = chosen_count(page)
    assert images + captions == 11
    opened.settle()
    page.locator(MAPS).first.focus()
    page.keyboard.press("Enter")
    at_the_pair(opened)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_map_fits_the_screen_and_axe(visit, artifacts, width, scheme):
    opened = open_map(visit, width=width, scheme=scheme)
    page = opened.page
    page.screenshot(path=artifacts / f"space-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 2
    assert serious_findings(page) == []
    assert opened.errors == [] and opened.outside == []
