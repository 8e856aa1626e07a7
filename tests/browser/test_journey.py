"""What a newcomer does: bring own pictures and captions, look at a pair, change its words."""

import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from vacsr_core import scenes

EVIL = '<img src="http://127.0.0.1:9/x.png" onerror="alert(1)"> ![x](http://127.0.0.1:9/y.png)'
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def own_files(tmp_path_factory):
    """Three real JPEGs, a broken one, and a CSV with a caption for each, one of them hostile."""
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    folder = tmp_path_factory.mktemp("own")
    for name in ("china.jpg", "flower.jpg"):
        Image.fromarray(sklearn_datasets.load_sample_image(name)).save(folder / name, quality=90)
    scene = scenes.sample(1, seed=3).scenes[0]
    scenes.draw(scene, 256).save(folder / "scene.jpg", quality=92)
    whole = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(whole, "JPEG")
    (folder / "broken.jpg").write_bytes(whole.getvalue()[:400])
    rows = ["image,caption", "china.jpg,a temple with a red roof", "flower.jpg,a flower"]
    rows += [f'scene.jpg,"{EVIL.replace(chr(34), chr(34) * 2)}"']
    (folder / "captions.csv").write_text("\n".join(rows), encoding="utf-8")
    return [folder / n for n in ("china.jpg", "flower.jpg", "scene.jpg", "broken.jpg")], (
        folder / "captions.csv"
    )


def serious_findings(page) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    return [
        f"{found['impact']}: {found['id']} at {found['nodes'][0]['target']}"
        for found in axe.run(page).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]


def mean_on_screen(page) -> str:
    metric = page.get_by_test_id("stMetric").filter(has_text="Mean").first
    return metric.get_by_test_id("stMetricValue").inner_text()


def test_own_pictures_to_a_moved_distribution(visit, own_files, artifacts):
    pictures, table = own_files
    opened = visit()
    page = opened.page
    page.get_by_text("48 drawn scenes and 144 captions").wait_for()

    page.locator("input[type=file]").first.set_input_files([*pictures, table])
    page.get_by_text("4 files accepted, 1 refused").first.wait_for()
    page.get_by_role("button", name="Add 3 captions").click()
    page.get_by_text("3 images · 3 captions · 3 labelled pairs").wait_for()
    opened.settle()
    page.screenshot(path=artifacts / "journey-library.png", full_page=True)
    assert serious_findings(page) == []

    page.get_by_test_id("stSidebar").get_by_role("link", name="Similarity").click()
    page.get_by_test_id("stMetric").filter(has_text="Mean").first.wait_for()
    opened.settle()
    before = mean_on_screen(page)
    box = page.get_by_label("Caption: change its words")
    assert box.input_value() == "a temple with a red roof"
    box.fill("three small blue fish under water")
    box.press("Control+Enter")
    page.get_by_role("button", name="Reset the words").wait_for()
    opened.settle()
    after = mean_on_screen(page)
    assert after != before
    page.screenshot(path=artifacts / "journey-pair.png", full_page=True)
    assert serious_findings(page) == []

    page.get_by_role("button", name="Reset the words").click()
    page.get_by_role("button", name="Reset the words").wait_for(state="detached")
    opened.settle()
    assert mean_on_screen(page) == before
    assert opened.errors == []
    assert opened.outside == []


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_every_view_fits_the_screen_and_axe(visit, artifacts, width, scheme):
    opened = visit("similarity?view=pair", width=width, scheme=scheme)
    page = opened.page
    for view in ("pair", "row", "matrix"):
        page.get_by_role("radio", name=view.title(), exact=True).click()
        page.wait_for_url(f"**view={view}*")
        page.get_by_test_id("stPlotlyChart").first.wait_for()
        opened.settle()
        page.screenshot(path=artifacts / f"{view}-{width}-{scheme}.png")
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 2, view
        assert serious_findings(page) == [], view
    assert opened.errors == [] and opened.outside == []


def test_a_link_opens_the_pair_it_names_for_another_visitor(visit):
    first = visit("similarity?view=pair")
    page = first.page
    page.get_by_test_id("stMetric").first.wait_for()
    first.settle()
    box = page.get_by_label("Caption: change its words")
    words, link = box.input_value(), page.url
    named = parse_qs(urlsplit(link).query)
    assert set(named) <= {"view", "image", "caption"} and {"image", "caption"} <= set(named)
    assert re.fullmatch(r"[0-9a-f]{12}(-\d+)?", named["image"][0])  # ids alone, nothing private
    assert re.fullmatch(r"c_[0-9a-f]{12}(-\d+)?", named["caption"][0])
    second = visit(link.removeprefix(first.address).lstrip("/"))
    second.page.get_by_test_id("stMetric").first.wait_for()
    second.settle()
    assert second.page.get_by_label("Caption: change its words").input_value() == words


def test_a_picture_opens_from_the_keyboard(visit):
    """No mouse: from the Library's first picture to its pair."""
    opened = visit()
    page = opened.page
    page.get_by_text("48 drawn scenes").wait_for()
    opened.settle()
    page.get_by_role("button", name="Open image 1 on the Similarity page").focus()
    page.keyboard.press("Enter")
    page.get_by_text("How similar, and how sure?").wait_for()
    page.get_by_test_id("stMetric").first.wait_for()
    assert "image=" in page.url
