"""The Common space page, driven as a person drives it, on few points."""

import base64
import io
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.parts import engines, map_layout, map_points, map_search, map_view
from vacsr_core import Adapters, scenes
from vacsr_core.backbones import EMBEDDED_FOLDER
from vacsr_core.errors import ShapeError
from vacsr_core.library import Library, new_caption
from vacsr_core.metrics.neighbourhood import neighbours
from vacsr_core.uploads import read_image

ROOT = Path(__file__).resolve().parents[1]
MARKUP = "![x](http://127.0.0.1:9/x.png) <img src=x onerror=alert(1)> :red[x] $\\alpha$ **b**"


@pytest.fixture(scope="module", autouse=True)
def sent():
    """What the page sends to the maps in the browser, by key; AppTest draws no component."""
    last: dict[str, dict] = {}

    def record(*, data, key, **_):
        last[key] = data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_view, "_components", lambda: (record, record))
        yield last


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(-1, 2)


@pytest.fixture(scope="module")
def library() -> Library:
    """Nine drawn scenes with two captions each, one of them hostile, tagged with a number."""
    drawn = scenes.sample(9, seed=5)
    images = []
    for number, scene in enumerate(drawn.scenes):
        written = io.BytesIO()
        scenes.draw(scene, 96).save(written, "PNG")
        images.append(read_image(f"{number} {MARKUP}.png", written.getvalue()))
    captions = []
    for row, image in enumerate(images):
        own = [c.text for c, i in zip(drawn.captions, drawn.caption_image, strict=True) if i == row]
        captions += [
            new_caption(text, image.id, extra={"score": str(row)})
            for text in list(dict.fromkeys(own))[:2]
        ]
    captions[3] = new_caption(MARKUP, images[1].id, extra={"score": "1"})
    return Library("Test", images, captions)


@cache
def without_space() -> Adapters:
    """The embedded adapters as they are for a model whose common space nobody has fitted."""
    adapters = Adapters.load(EMBEDDED_FOLDER / "adapters")
    return replace(adapters, pico=None, space=None, behind={})


def open_page(held: Library | None) -> AppTest:
    """A new session with a library, on the Common space page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    app.session_state["_own_adapters"] = {engines.DEFAULT: (without_space(), "")}
    if held is not None:
        app.session_state["_library"] = held
    app.run()
    app.switch_page("app_pages/common_space.py")
    return settle(app.run())


def settle(app: AppTest) -> AppTest:
    """Run the page until nothing is being computed any more."""
    for _ in range(600):
        assert not app.exception, app.exception[0].value
        if not app.get("progress"):
            return app
        time.sleep(0.2)
        app.run()
    raise AssertionError("the page never finished computing")


def said(app: AppTest) -> str:
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.info]
    return "\n".join(part.value for part in parts)


def points_of(app: AppTest) -> map_points.Points:
    return app.session_state["_map_points"]


@pytest.fixture(scope="module")
def opened(library):
    """One session that has drawn its map and fitted its space; tests leave it as they found it."""
    app = open_page(library)
    app.button(key="map_fit").click()
    return settle(app.run())


def test_the_map_is_drawn_measured_and_told(opened):
    assert opened.title[0].value == "Where does everything lie?"
    points = points_of(opened)
    first = next(v for k, v in points.memory.items() if k[:3] == ("map", 2, 0.0))
    assert first.method == "UMAP" and len(first.coordinates) == len(points) == 27
    shown = {metric.label: metric.value for metric in opened.metric}
    assert shown["Trustworthiness"].startswith(f"{first.quality.trustworthiness:.2f} → ")
    assert shown["Neighbours kept"].startswith(f"{first.quality.kept:.0%} → ")
    assert "It cannot tell how far apart groups are" in said(opened)
    assert "UMAP, seed 0, umap-learn" in said(opened)
    assert opened.header[0].value.startswith("9 images and 18 captions: of an item's 10 nearest")


def test_the_fitted_space_is_for_this_session_and_says_what_it_learnt_from(opened):
    assert "fitted here on 7 images" in said(opened).replace("\\", "")
    assert "so they flatter it" in said(opened).replace("\\", "")
    points = points_of(opened)
    after = next(v for k, v in points.memory.items() if k[:3] == ("map", 2, 1.0))
    assert after.method == "UMAP"


def test_both_maps_go_to_the_browser_with_words_and_pictures(opened, sent):
    points, drawn, items = points_of(opened), sent["map_view"], sent["map_view_items"]
    maps = [v for k, v in points.memory.items() if k[:2] == ("map", 2)]
    assert len(drawn["maps"]) == len(maps) == 2 and drawn["token"] == items["token"]
    for one, found in zip(drawn["maps"], maps, strict=True):
        assert floats(one["xy"]) == pytest.approx(found.coordinates)
        assert "9 images" in one["alt"] and "18 captions" in one["alt"]
    lines = np.frombuffer(base64.b64decode(drawn["lines"]), np.int32).reshape(-1, 2)
    assert {points.owner[caption - 9] == image for image, caption in lines.tolist()} == {True}
    assert items["labels"][12] == f"Caption 4: {MARKUP}"  # set as text in the browser
    assert items["sprite"].startswith("data:image/webp;base64,") and items["columns"] == 3


def test_colour_size_and_filter_compute_no_map_again(opened, sent):
    points = points_of(opened)
    before = {k: v for k, v in points.memory.items() if k[0] == "map"}
    colours = set()
    for choice in ("match", "std", "cluster", "duplicate", "tag 0", "distortion 1", "modality"):
        opened.selectbox(key="map_colour").set_value(choice).run()
        assert not opened.exception and not opened.warning
        assert opened.selectbox(key="map_colour").value == choice
        colours.add(sent["map_view"]["colours"])
    assert len(colours) == 7
    opened.selectbox(key="map_size").set_value("std").run()
    opened.text_input(key="map_filter").set_value("nothing has this").run()
    assert "Nothing fits the filter" in said(opened)
    assert not any(base64.b64decode(sent["map_view"]["shown"]))
    opened.text_input(key="map_filter").set_value("").run()
    opened.selectbox(key="map_size").set_value("none").run()
    after = {k: v for k, v in points.memory.items() if k[0] == "map"}
    assert all(after[key] is before[key] for key in before) and len(after) == len(before)


def test_a_choice_from_the_list_fills_the_gallery_and_its_neighbours_follow(opened):
    points = points_of(opened)
    opened.selectbox(key="map_pick").set_value(4).run()
    assert "Chosen: 1 image, 0 captions" in said(opened)
    assert opened.session_state["_map_chosen"] == (points.ids[4],)
    assert opened.query_params["image"] in (points.ids[4], [points.ids[4]])
    opened.button(key="map_near").click().run()
    rows = np.vstack([points.images.vectors, points.captions.vectors])
    wanted = {4, *neighbours(rows, 10)[0][4].tolist()}
    assert {points.place[key] for key in opened.session_state["_map_chosen"]} == wanted
    images = sum(p < 9 for p in wanted)
    assert f"Chosen: {images} image" in said(opened)
    labels = [b.label for b in opened.button if b.label.startswith("Open image")]
    assert labels == [f"Open image {p + 1} with its caption" for p in sorted(wanted) if p < 9]
    opened.button(key="map_none").click().run()
    assert "Nothing chosen yet" in said(opened)


def test_search_places_the_words_and_chooses_the_nearest(opened, sent):
    points = points_of(opened)
    text = points.shown_captions[0].text
    opened.text_input(key="map_search").set_value(text).run()
    assert sent["map_view"]["count"] == 28 and sent["map_view_items"]["labels"][27].endswith(text)
    left = floats(sent["map_view"]["maps"][0]["xy"])
    assert left[27] == pytest.approx(left[9], abs=1e-4)  # the same words: on their twin
    opened.button(key="map_search_choose").click().run()
    chosen = [points.place[key] for key in opened.session_state["_map_chosen"]]
    assert 9 in chosen and len(chosen) == map_search.NEAREST
    opened.text_input(key="map_search").set_value("").run()
    opened.button(key="map_none").click().run()


def test_neighbours_in_truth_and_on_the_map(opened):
    opened.segmented_control(key="space_view").set_value("neighbours")
    settle(opened.run())
    points = points_of(opened)
    opened.selectbox(key="map_near_pick").set_value(9).run()
    rows = np.vstack([points.images.vectors, points.captions.vectors])
    order = np.argsort(-(rows @ rows[9]), kind="stable")
    truth = [p for p in order.tolist() if p != 9][:10]
    first = next(v for k, v in points.memory.items() if k[:3] == ("map", 2, 0.0))
    near = neighbours(first.coordinates, 10, "euclidean")[0][9].tolist()
    both = len(set(truth) & set(near))
    assert opened.header[0].value == f"The map shows {both} of its 10 nearest."
    shown = [t.value for t in opened.text if t.value.startswith(("Image", "Caption"))]
    assert shown[0].startswith(points.label(truth[0])[:30])
    ticks = [b for b in opened.button if b.label.startswith("✓")]
    assert len(ticks) == 2 * both
    assert not any("![x]" in m.value for m in opened.markdown)
    opened.segmented_control(key="space_view").set_value("map")
    settle(opened.run())


def test_relations_and_imbalance_are_drawn(opened):
    opened.segmented_control(key="space_view").set_value("relations")
    settle(opened.run())
    assert "correlation of" in opened.header[0].value and opened.get("plotly_chart")
    opened.segmented_control(key="space_view").set_value("imbalance")
    settle(opened.run())
    assert opened.header[0].value.startswith("Captions: fewer words, 40% worse")
    assert len(opened.get("plotly_chart")) == 2
    opened.slider(key="map_worse_level").set_value(100).run()
    assert "100% worse" in opened.header[0].value
    opened.segmented_control(key="space_view").set_value("map")
    settle(opened.run())


def test_what_the_browser_says_of_other_points_is_not_taken(opened):
    points = points_of(opened)
    state = {map_view.KEY: {"chosen": {"token": "of others", "rows": [1]}}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_view.st, "session_state", state)
        map_view._take_choice(points, map_view.KEY)
        assert "_map_chosen" not in state
        state[map_view.KEY]["chosen"] = {"token": points.token, "rows": [2, 1, 99, -1]}
        map_view._take_choice(points, map_view.KEY)
    assert state["_map_chosen"] == (points.ids[1], points.ids[2])


def test_a_removed_point_is_let_go_and_newcomers_are_placed(library):
    app = open_page(library)
    points = points_of(app)
    fitted = next(v for k, v in points.memory.items() if k[:3] == ("map", 2, 0.0))
    app.session_state["_map_chosen"] = (points.ids[0], points.ids[12])
    held = library.remove([points.ids[0]]).add(captions=[new_caption("a blue boat at night")])
    app.session_state["_library"] = held
    settle(app.run())
    after = points_of(app)
    assert app.session_state["_map_chosen"] == (points.ids[12],)
    assert any("1 chosen item left this library since" in w.value for w in app.warning)
    drawn = next(v for k, v in after.memory.items() if k[:3] == ("map", 2, 0.0))
    assert drawn.coordinates[0] == pytest.approx(fitted.coordinates[1])
    assert "1 hollow point came after this map was drawn: placed, not fitted" in said(app)
    app.button(key="map_anew").click()
    settle(app.run())
    assert "hollow" not in said(app)
    edited = held.replace_caption(held.captions[2].id, "quite other words than before")
    app.session_state["_library"] = edited
    settle(app.run())
    assert "1 hollow point came after" in said(app)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: Library("e"), "There is nothing yet; a map needs at least 2"),
        (lambda held: Library("o", held.images[:1]), "There is 1 item; a map needs at least 2"),
        (lambda held: Library("n", held.images[:4]), "this library has 0. Until then the backbone"),
        (
            lambda held: Library("t", held.images[:2], held.captions[:4]),
            "fewer than 15 items make no neighbourhoods",
        ),
        (
            lambda held: Library("s").add(captions=[new_caption("same words")] * 4),
            "All 4 items have the same features",
        ),
    ],
)  # fmt: skip
def test_little_or_equal_is_said_and_the_page_stays_up(library, change, words):
    app = open_page(change(library))
    told = said(app) + "\n".join(w.value for w in app.warning)
    assert words in told.replace("\\", "")
    assert app.title[0].value == "Where does everything lie?"


def test_a_map_that_fails_is_explained_and_can_be_tried_again(library, monkeypatch):
    def broken(*args, **kwargs):
        raise ShapeError("3 of 27 rows hold NaN or infinity; leave them out.")

    monkeypatch.setattr("vacsr_core.projection.refined_map", broken)
    app = open_page(library)
    assert any("3 of 27 rows hold NaN" in w.value.replace("\\", "") for w in app.warning)
    monkeypatch.undo()
    app.button(key="_again_map").click()
    settle(app.run())
    assert len(app.metric) == 3


def test_too_many_points_are_shown_in_a_stated_part(library, monkeypatch):
    monkeypatch.setattr(map_points, "MOST_POINTS", 20)
    app = open_page(library)
    points = points_of(app)
    assert points.is_sample and len(points) == 20
    assert "A random part of this library, 20 of 27 items" in said(app)
    assert (np.diff(points.rows) > 0).all() and map_layout.SEED == 0
