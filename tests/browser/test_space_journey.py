"""Where does everything lie? Open the map, lasso, see the gallery filter, follow to the pair."""

import re

import pytest
from test_journey import VIEWS, serious_findings

CHOSEN = re.compile(r"Chosen: (\d+) images?, (\d+) captions?")
MAPS = "canvas[role=application]"


def open_map(visit, **how):
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


def test_by_mouse_from_the_lasso_to_the_pair(visit, artifacts):
    opened = open_map(visit)
    page = opened.page
    page.get_by_text("Structure-preserved space", exact=True).first.wait_for()
    opened.settle()
    assert page.locator(MAPS).count() == 2
    canvas = page.locator(MAPS).nth(1)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    ring = [(-0.48, -0.48), (0.02, -0.48), (0.02, 0.48), (-0.48, 0.48), (-0.48, -0.4)]
    corners = [(middle[0] + x * box["width"], middle[1] + y * box["height"]) for x, y in ring]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    images, captions = chosen_count(page)
    assert images > 0 and 0 < images + captions < 48 + 144
    opened.settle()
    assert page.get_by_role("button", name=re.compile(r"^Open image \d+ with")).count() == min(
        images, 24
    )
    page.screenshot(path=artifacts / "space-lasso.png", full_page=True)
    assert serious_findings(page) == []
    page.get_by_role("button", name=re.compile(r"^Open image \d+ with")).first.click()
    at_the_pair(opened)


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
