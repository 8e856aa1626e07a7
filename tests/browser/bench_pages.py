"""How long a person waits for pages: `python tests/browser/bench_pages.py --repeats 3`.

A real server in a process of its own and a real Chromium on the same machine. Start: from the
server's process to the Library's first line, and to all pictures on its first page. Redraw: from
a choice (key press) to the changed chart or numbers in the browser, with 500 images and 2,500
captions loaded. Prints medians, and every time as JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from app_server import FLAGS, IS_STILL, PATIENCE, find_chromium, running_app
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from vacsr_core import scenes, workspace
from vacsr_core.library import Library, new_caption
from vacsr_core.uploads import read_image

IMAGES, CAPTIONS_EACH = 500, 5
CHART, NUMBERS = ".js-plotly-plot", "[data-testid=stMetric]"
ALL_LOADED = """() => {
    const all = [...document.querySelectorAll('[data-testid=stImage] img')];
    return all.length && all.every(image => image.complete && image.naturalWidth > 0);
}"""
SHOWN = "(what) => [...document.querySelectorAll(what)].map(part => part.textContent).join()"
CHANGED = f"([what, before]) => {IS_STILL} && ({SHOWN})(what) !== before"


def measure_start(browser: Browser) -> dict[str, float]:
    """Seconds from the server's process to the first line and to all pictures of the Library."""
    begun = time.perf_counter()
    with running_app() as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(address, wait_until="commit")
        page.get_by_text("48 drawn scenes").wait_for()
        line = time.perf_counter() - begun
        page.wait_for_function(ALL_LOADED)
        pictures = time.perf_counter() - begun
        page.close()
    return {"first line": line, "all pictures": pictures}


def large_library(seed: int = 0) -> bytes:
    """A saved library: 500 pictures of noise over a drawn scene, each with five captions."""
    rng = np.random.default_rng(seed)
    drawn = scenes.sample(IMAGES // 10, seed=seed).scenes
    images, captions = [], []
    for number in range(IMAGES):
        scene = drawn[number % len(drawn)]
        noise = rng.integers(-20, 20, (192, 192, 1))
        pixels = np.asarray(scenes.draw(scene, 192)) + noise
        written = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(written, "JPEG")
        images.append(read_image(f"{number:03}.jpg", written.getvalue()))
        for level in range(CAPTIONS_EACH):
            words = scenes.describe(scene, "partial", rng).text
            captions.append(new_caption(f"{words}, take {number}-{level}", images[-1].id))
    return workspace.save(Library("Bench", images, captions))


def measure_redraws(browser: Browser, saved: Path, repeats: int) -> dict[str, list[float]]:
    """Seconds of every redraw, by view and kind of choice."""
    times: dict[str, list[float]] = {}
    with running_app() as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.locator("input[type=file]").first.set_input_files(saved)
        page.get_by_text(f"{IMAGES} images · ").wait_for()
        page.get_by_test_id("stSidebar").get_by_role("link", name="Similarity").click()
        page.locator(NUMBERS).first.wait_for()
        blur = page.get_by_role("slider", name="Blur")
        for number in range(repeats + 1):
            pair, row = 7 + 48 * number, 20 + 48 * number  # image rows, all different
            window = f"{1 + 24 * (row // 24 + 1)} to"  # the one after the chosen image's
            add = times.setdefault
            open_view(page, "Pair", NUMBERS)
            add("Pair, image", []).append(choose(page, NUMBERS, "Image", f"{pair:03}.jpg"))
            if not blur.is_visible():
                page.get_by_text("What if the picture were different?").click()
            add("Pair, slider", []).append(press(page, NUMBERS, blur, "End"))
            open_view(page, "Row", CHART)
            add("Row, image", []).append(choose(page, CHART, "Image", f"{row:03}.jpg"))
            open_view(page, "Matrix", CHART)
            add("Matrix, window", []).append(choose(page, CHART, "Images shown", window))
        open_page(page, "Features", CHART)
        for number in range(repeats + 1):
            image = f"{5 + 31 * number:03}.jpg"
            add("Features, image", []).append(choose(page, "h2", "Image", image))
        open_page(page, "Common space", "text=Neighbours kept")
        for _ in range(repeats + 1):
            for words in ("Cluster", "Modality"):
                seconds = choose(page, ".map-legend", "Colour shows", words)
                add(f"Map, colour by {words.lower()}", []).append(seconds)
            add("Map, size", []).append(choose(page, ".map-legend", "Size shows", "P(match)"))
            choose(page, ".map-legend", "Size shows", "Nothing")
    return {name: values[1:] for name, values in times.items()}  # the first ones pay for imports


def open_page(page: Page, name: str, what: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
    page.locator(what).first.wait_for()
    page.wait_for_timeout(1000)
    page.wait_for_function(IS_STILL)


def open_view(page: Page, name: str, what: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    page.locator(what).first.wait_for()
    page.wait_for_timeout(500)
    page.wait_for_function(IS_STILL)
    page.wait_for_timeout(500)


def choose(page: Page, what: str, label: str, words: str) -> float:
    box = page.get_by_role("combobox", name=label, exact=True).first
    box.click()
    box.press("Control+a")
    box.press_sequentially(words)
    page.get_by_role("option").filter(has_text=words).first.wait_for()
    return press(page, what, box, "Enter")


def press(page: Page, what: str, target, key: str) -> float:
    """Seconds from a key press to a finished run with other content in `what`."""
    before = page.evaluate(SHOWN, what)
    begun = time.perf_counter()
    target.press(key)
    page.wait_for_function(CHANGED, arg=[what, before], polling="raf")
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="at most 8")
    parser.add_argument("--only", choices=("start", "redraw"))
    chosen = parser.parse_args()
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["VACSR_CACHE"] = folder
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for _ in range(chosen.repeats if chosen.only != "redraw" else 0):
            for name, seconds in measure_start(browser).items():
                times.setdefault(f"Start to {name}", []).append(seconds)
        if chosen.only != "start":
            saved = Path(folder) / "bench.vacsr"
            saved.write_bytes(large_library())
            times |= measure_redraws(browser, saved, chosen.repeats)
        browser.close()
    for name, values in times.items():
        print(f"{name:24} {median(values):6.2f} s  (up to {max(values):.2f})")
    print(json.dumps({name: [round(v, 3) for v in values] for name, values in times.items()}))


if __name__ == "__main__":
    main()
