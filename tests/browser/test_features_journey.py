"""What a teacher does: point at a word, take the colours out, replay how the weights came about."""

import re

import pytest
from test_journey import VIEWS, serious_findings

QUESTION = "What is meaning, what is style?"
FIND = re.compile("^.*Find the columns on this library")


def open_features(visit, **how):
    opened = visit("features", **how)
    page = opened.page
    page.get_by_role("heading", name=QUESTION).wait_for()
    page.get_by_role("group", name="Words of the caption").wait_for()
    opened.settle()
    return opened


def find_columns(opened) -> None:
    """Where the model came without columns, they are found on the demo gallery."""
    page = opened.page
    if page.get_by_role("button", name=FIND).count():
        page.get_by_role("button", name=FIND).click()
        page.get_by_text("These columns were found on").wait_for()
        opened.settle()


def choose_tab(opened, name: str) -> None:
    tab = opened.page.get_by_role("tab", name=name)
    tab.focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_function(
        "tab => tab.getAttribute('aria-selected') === 'true'", arg=tab.element_handle()
    )
    opened.settle()


def test_a_word_a_style_and_the_rounds_with_the_keyboard(visit, artifacts):
    opened = open_features(visit)
    page = opened.page
    find_columns(opened)
    words = page.get_by_role("group", name="Words of the caption").get_by_role("button")
    said = page.locator(".word-heat .said")
    assert said.inner_text().startswith("All words on average")
    words.nth(1).focus()
    word = words.nth(1).inner_text()
    assert said.inner_text().startswith(f"“{word}” goes best with the patch in row ")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "button => button.getAttribute('aria-pressed') === 'true'",
        arg=words.nth(1).element_handle(),
    )
    opened.settle()
    assert page.evaluate("document.activeElement !== document.body")  # the focus is not lost
    patch = page.get_by_role("button", name=re.compile("^Patch in row 1, column 1: "))
    patch.focus()
    page.keyboard.press("ArrowRight")
    assert said.inner_text().startswith("Patch in row 1, column 2: “")
    page.screenshot(path=artifacts / "features-pair.png", full_page=True)
    assert serious_findings(page) == []

    choose_tab(opened, "Style test")
    verdict = page.get_by_text(re.compile("columns? of (low|high) p moved"))
    verdict.first.wait_for()
    before = verdict.first.inner_text()
    page.get_by_role("combobox", name="Change", exact=True).press("ArrowDown")
    page.get_by_role("option", name="Blur").wait_for()
    page.keyboard.type("Blur")
    page.keyboard.press("Enter")
    page.get_by_role("slider", name="Strength").wait_for()
    opened.settle()
    assert verdict.first.inner_text() != before

    choose_tab(opened, "How the weights were found")
    slider = page.get_by_role("slider", name="Round")
    slider.focus()
    page.keyboard.press("Home")
    page.get_by_text("Before round 1: all p are 1").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text(re.compile(r"Round 1 of \d+: gain")).wait_for()
    opened.settle()
    page.screenshot(path=artifacts / "features-replay.png", full_page=True)
    assert opened.errors == [] and opened.outside == []


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_features_page_fits_the_screen_and_axe(visit, artifacts, width, scheme):
    opened = open_features(visit, width=width, scheme=scheme)
    page = opened.page
    page.screenshot(path=artifacts / f"features-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 2
    assert serious_findings(page) == []
    assert opened.errors == [] and opened.outside == []
