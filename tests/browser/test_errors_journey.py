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


def test_from_the_slider_to_a_marked_pair_with_the_keyboard(visit, artifacts):
    opened = open_errors(visit)
    page = opened.page
    before = page.get_by_text(SENTENCE).inner_text()
    assert "surest 80" in before
    slider = page.get_by_role("slider", name="Keep the surest")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    page.get_by_text(re.compile(r"Keep the surest 50\s%")).wait_for()
    opened.settle()
    share = re.search(r"among the surest 50\s% it is ([\d,]+) of ([\d,]+)", page.inner_text("h2"))
    right, kept = (int(number.replace(",", "")) for number in share.groups())
    said = page.get_by_text(SENTENCE).inner_text()
    assert f"({kept - right or 'none'} of {kept} wrong)" in said

    link = page.get_by_role("button", name=re.compile(r"Open image \d+ with caption \d+")).first
    image, caption = re.search(r"image (\d+) with caption (\d+)", link.inner_text()).groups()
    first_line = page.inner_text("h2")
    marks = page.get_by_role("radiogroup", name=f"Do image {image} and caption {caption} match?")
    marks.get_by_role("radio", name="✓ match").focus()
    page.keyboard.press("Space")
    page.wait_for_function("line => document.querySelector('h2').innerText != line", arg=first_line)
    opened.settle()
    assert int(re.search(r"(\d+) find", page.inner_text("h2")).group(1)) == 1 + int(
        re.search(r"(\d+) find", first_line).group(1)
    )
    page.screenshot(path=artifacts / "errors-marked.png", full_page=True)
    assert serious_findings(page) == []

    link.focus()
    page.keyboard.press("Enter")
    page.get_by_text("How similar, and how sure?").wait_for()
    page.get_by_test_id("stMetric").filter(has_text="Mean").first.wait_for()
    opened.settle()
    assert "image=" in page.url and "caption=" in page.url
    assert page.get_by_alt_text(re.compile(rf"^Image {image}: ")).count() == 1
    assert opened.errors == [] and opened.outside == []


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_errors_page_fits_the_screen_and_axe(visit, artifacts, width, scheme):
    opened = open_errors(visit, width=width, scheme=scheme)
    page = opened.page
    page.screenshot(path=artifacts / f"errors-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 2
    assert serious_findings(page) == []
    assert opened.errors == [] and opened.outside == []
