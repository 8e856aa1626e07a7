"""The Similarity page, driven as a person drives it: what its words say is what the engine says."""

import copy
import io
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.parts import doubt, engines
from vacsr_core import scenes
from vacsr_core.compare import prob_above
from vacsr_core.library import Library, new_caption
from vacsr_core.perturb import Changes, apply
from vacsr_core.ranked import rank
from vacsr_core.sentences import (
    comparison_sentence,
    doubt_sentence,
    number,
    pair_sentence,
    row_sentence,
)
from vacsr_core.uploads import read_image

ROOT = Path(__file__).resolve().parents[1]
MARKUP = "![x](http://127.0.0.1:9/x.png) <img src=x onerror=alert(1)> :red[x] $\\alpha$ **b**"


@pytest.fixture(scope="module")
def library() -> Library:
    """Three drawn scenes with their captions, one caption full of markup and one of nobody."""
    drawn = scenes.sample(3, seed=5)
    images = []
    for number_, scene in enumerate(drawn.scenes):
        written = io.BytesIO()
        scenes.draw(scene, 160).save(written, "PNG")
        images.append(read_image(f"{number_} {MARKUP}.png", written.getvalue()))
    captions = {}
    for row in range(3):
        own = [c.text for c, i in zip(drawn.captions, drawn.caption_image, strict=True) if i == row]
        captions |= {text: images[row].id for text in own[:2]}
    made = [new_caption(text, image_id) for text, image_id in captions.items()]
    return Library("Test", images, [*made, new_caption(MARKUP, images[1].id), new_caption("dog")])


@pytest.fixture(scope="module")
def engine():
    return engines.shelf().load(engines.DEFAULT)


@pytest.fixture(scope="module")
def sim(engine, library):
    images = engine.encode_images([image.data for image in library.images], tokens=False)
    captions = engine.encode_captions([c.text for c in library.captions], tokens=False)
    return engine.similarity(images, captions)


def open_page(held: Library, **query: str) -> AppTest:
    """A new session with a library, led to the Similarity page by a link."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    app.session_state["_library"] = held
    app.run()  # pages are known only once app.py has run
    app.switch_page("app_pages/similarity.py")
    for name, value in query.items():
        app.query_params[name] = value
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


def chart(app: AppTest, place: int = 0) -> dict:
    return json.loads(app.get("plotly_chart")[place].proto.spec)


def first_line(app: AppTest) -> str:
    return app.header[0].value


def said_of(pair) -> str:
    low, high = (float(edge[0, 0]) for edge in pair.interval(0.9))
    return pair_sentence(float(pair.match_probability[0, 0]), low, high)


def labelled(app: AppTest, label: str):
    """The one button with a label."""
    (found,) = [button for button in app.button if button.label == label]
    return found


# --- Pair -----------------------------------------------------------------------------------


def test_a_link_opens_its_pair_and_the_first_line_follows_the_numbers(library, sim):
    image, caption = library.images[2], library.captions[1]
    app = open_page(library, image=image.id, caption=caption.id)
    assert app.title[0].value == "How similar, and how sure?"
    assert first_line(app) == said_of(sim[2, 1])
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Mean"] == number(float(sim.mean[2, 1]), float(sim.std[2, 1]))
    assert shown["Plain cosine"] == number(float(sim.cosine[2, 1]))
    assert app.text_area[0].value == caption.text
    rank_of_caption = int((sim.cosine[2] >= sim.cosine[2, 1]).sum())
    assert any(f"{rank_of_caption}" in c.value and "of 8 captions" in c.value for c in app.caption)


def test_other_words_move_the_belief_against_the_outline_and_leave_the_library(
    library, sim, engine
):
    app = open_page(library, image=library.images[0].id, caption=library.captions[0].id)
    app.text_area[0].set_value("a completely different thing").run()
    vision = engine.encode_images([library.images[0].data], tokens=False)
    words = engine.encode_captions(["a completely different thing"], tokens=False)
    changed = engine.similarity(vision, words, gallery=len(library.images))
    assert first_line(app) == said_of(changed) != said_of(sim[0, 0])
    outline = next(t for t in chart(app)["data"] if t.get("name") == "before the changes")
    assert outline["line"]["dash"] == "dot"
    (mean,) = [metric for metric in app.metric if metric.label == "Mean"]
    moved = float(changed.mean[0, 0]) - float(sim.mean[0, 0])
    assert float(mean.delta) == pytest.approx(moved, abs=0.0051)
    assert app.session_state["_library"] is library
    labelled(app, "Reset the words").click().run()
    assert first_line(app) == said_of(sim[0, 0])
    assert not [t for t in chart(app)["data"] if t.get("name") == "before the changes"]


def test_a_caption_can_be_kept_and_is_then_the_chosen_one(library):
    app = open_page(library, image=library.images[0].id, caption=library.captions[0].id)
    app.text_area[0].set_value("  a kept\ncaption ").run()
    labelled(app, "It belongs to this image").click()
    settle(app.run())
    kept = app.session_state["_library"]
    assert [c.text for c in kept.captions[-1:]] == ["a kept caption"]
    assert kept.captions[-1].image_id == library.images[0].id
    assert kept.captions[:-1] == library.captions
    assert app.text_area[0].value == "a kept caption"
    assert app.query_params["caption"] in (kept.captions[-1].id, [kept.captions[-1].id])


def test_a_changed_picture_is_encoded_from_its_changed_pixels(library, sim, engine):
    image = library.images[0]
    app = open_page(library, image=image.id, caption=library.captions[0].id)
    app.slider(key=f"blur_{image.id}").set_value(6.0)
    app.toggle(key=f"grey_{image.id}").set_value(True).run()
    picture = apply(image.picture(), Changes(blur=6.0, is_grey=True))
    words = engine.encode_captions([library.captions[0].text], tokens=False)
    vision = engine.encode_images([picture], tokens=False)
    changed = engine.similarity(vision, words, gallery=len(library.images))
    assert first_line(app) == said_of(changed)
    assert not np.isclose(changed.mean[0, 0], sim.mean[0, 0], atol=1e-4)
    labelled(app, "Reset the picture").click().run()
    assert first_line(app) == said_of(sim[0, 0])


@pytest.mark.parametrize(
    ("typed", "warning"),
    [("   ", "The caption is empty"), ("x " * 1500, "at most 2,000"), ("dog " * 90, "word pieces")],
)
def test_words_that_cannot_be_used_are_said_to_be_and_the_page_stays(library, typed, warning):
    app = open_page(library)
    app.text_area[0].set_value(typed).run()
    assert not app.exception
    said = " ".join(w.value.replace("\\", "") for w in app.warning)
    assert warning in said
    assert first_line(app) and len(app.metric) == 4


def test_a_second_pair_is_overlaid_and_compared(library, sim):
    app = open_page(library, image=library.images[0].id, caption=library.captions[0].id)
    app.toggle(key="compares").set_value(True).run()
    app.selectbox(key="other_image_box").set_value(library.images[2].id).run()
    app.selectbox(key="other_caption_box").set_value(library.captions[3].id).run()
    wanted = comparison_sentence(prob_above(sim[0, 0], sim[2, 3]))
    assert any(m.value == f"**{wanted}**" for m in app.markdown)
    other = next(t for t in chart(app)["data"] if t.get("name") == "the other pair")
    assert other["line"]["dash"] == "dash"


@pytest.fixture(scope="module")
def ensemble(engine):
    """The engine's fit, and two others that see the mean differently."""
    others = [copy.deepcopy(engine.adapters.vacsr) for _ in range(2)]
    for shift, other in zip((-0.6, 0.9), others, strict=True):
        other.set_base(float(other.scale), float(other.bias) + shift)
    return replace(engine.adapters, others=tuple(others), pico=None, space=None, behind={})


def bars(app: AppTest) -> str:
    return " ".join(html.proto.body for html in app.get("html") if 'role="img"' in html.proto.body)


def test_an_ensemble_says_why_it_is_unsure(library, engine, sim, ensemble):
    app = open_page(library, image=library.images[0].id, caption=library.captions[0].id)
    assert any(c.value == doubt.ONE_FIT for c in app.caption) and not bars(app)
    app.session_state["_own_adapters"] = {engines.DEFAULT: (ensemble, "")}
    settle(app.run())
    images = engine.encode_images([library.images[0].data], tokens=False)
    captions = engine.encode_captions([library.captions[0].text], tokens=False)
    pair = engine.with_adapters(ensemble).similarity(images, captions, gallery=len(library.images))
    parts = float(pair.aleatoric[0, 0]), float(pair.epistemic[0, 0])
    assert parts[1] > 0.01 and pair.std[0, 0] ** 2 == pytest.approx(sum(x**2 for x in parts))
    shown = [number(part, float(pair.std[0, 0])) for part in parts]
    assert f'aria-label="The pair is ambiguous: {shown[0]} of at most 0.5"' in bars(app)
    assert f'aria-label="The model has not seen enough: {shown[1]} of at most 0.5"' in bars(app)
    assert [f"width:{round(200 * part)}%" in bars(app) for part in parts] == [True, True]
    assert any(c.value.startswith(doubt_sentence(*parts)) for c in app.caption)
    assert not any(c.value == doubt.ONE_FIT for c in app.caption)
    assert first_line(app) == said_of(pair)


def test_without_a_fit_at_work_nothing_is_said_of_several(library):
    app = open_page(library)
    app.session_state["vacsr_is_on"] = False
    settle(app.run())
    assert not any(c.value == doubt.ONE_FIT for c in app.caption) and not bars(app)


# --- Row ------------------------------------------------------------------------------------


def test_a_row_is_ranked_by_the_mean_and_a_chosen_mark_opens_its_pair(library, sim):
    app = open_page(library, view="row", image=library.images[1].id)
    ranking = rank(sim[1, :])
    wanted = [library.captions[p].id for p in ranking.order]
    marks = next(t for t in chart(app)["data"] if t.get("mode") == "markers")
    assert marks["customdata"] == wanted
    assert first_line(app) == row_sentence("caption", ranking.best, ranking.tied_at_top)
    words = next(t for t in chart(app)["data"] if t.get("mode") == "text")["text"]
    assert any("&lt;img" in text for text in words)
    assert not any("<img" in text for text in words)
    key = "row_chart_0"
    app.session_state[key] = {"selection": {"points": [{"customdata": wanted[3]}]}}
    settle(app.run())
    assert app.text_area[0].value == library.captions[ranking.order[3]].text
    assert first_line(app) == said_of(sim[1, int(ranking.order[3])])


def test_the_other_way_round_ranks_images_and_the_list_opens_one(library, sim):
    app = open_page(library, view="row", caption=library.captions[2].id)
    app.segmented_control(key="row_of").set_value("caption").run()
    ranking = rank(sim[:, 2])
    assert first_line(app) == row_sentence("image", ranking.best, ranking.tied_at_top)
    pictures = chart(app)["layout"]["images"]
    assert len(pictures) == 3 and pictures[0]["source"].startswith("data:image/webp")
    last = library.images[ranking.order[-1]].id
    app.selectbox(key="row_open").set_value(last).run()
    labelled(app, "Open the pair").click()
    settle(app.run())
    assert first_line(app) == said_of(sim[int(ranking.order[-1]), 2])


# --- Matrix ---------------------------------------------------------------------------------


def test_a_cell_opens_its_pair_and_the_lists_follow_match_probability(library, sim):
    app = open_page(library, view="matrix")
    heat = next(t for t in chart(app)["data"] if t["type"] == "heatmap")
    assert f"{int(library.pair_count)} labelled pairs" in first_line(app)
    labels = library.caption_image
    unlabelled = sim.match_probability.copy()
    unlabelled[labels[labels >= 0], np.flatnonzero(labels >= 0)] = 0
    listed = [b.label for b in app.button if "· image" in b.label]
    if unlabelled.max() >= 0.5:
        row, column = np.unravel_index(unlabelled.argmax(), unlabelled.shape)
        assert listed[0].endswith(f"· image {row + 1}, caption {column + 1}")
    assert heat["colorscale"][0][0] == 0
    ids = [library.images[2].id, library.captions[0].id]
    app.session_state["matrix_chart_0"] = {"selection": {"points": [{"customdata": ids}]}}
    settle(app.run())
    assert first_line(app) == said_of(sim[2, 0])


def test_large_libraries_send_a_window_of_cells(library, monkeypatch):
    from app_pages.parts import matrix_view

    monkeypatch.setattr(matrix_view, "ROWS", 2)
    monkeypatch.setattr(matrix_view, "COLUMNS", 3)
    app = open_page(library, view="matrix", image=library.images[2].id)
    targets = next(t for t in chart(app)["data"] if t["type"] == "scatter")
    assert {image for image, _ in targets["customdata"]} == {library.images[2].id}
    app.selectbox(key="matrix_images").set_value(0).run()
    targets = next(t for t in chart(app)["data"] if t["type"] == "scatter")
    assert len(targets["customdata"]) == 6


# --- all views ------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["pair", "row", "matrix"])
def test_user_text_is_never_markup(library, view):
    app = open_page(library, view=view, image=library.images[1].id, caption=library.captions[6].id)
    assert library.captions[6].text == " ".join(MARKUP.split())
    rendered = [
        element.value
        for kind in ("markdown", "caption", "header", "subheader", "info", "warning")
        for element in app.get(kind)
    ]
    rendered += [widget.label for kind in ("button", "selectbox") for widget in app.get(kind)]
    for text in rendered:
        assert "](http" not in text and "<img" not in text and ":red[" not in text
    assert "x.png" not in str(dict(app.query_params))


def test_every_chart_has_its_words_its_table_and_its_exports(library):
    for view in ("pair", "row", "matrix"):
        app = open_page(library, view=view)
        proto = app.get("plotly_chart")[0].proto
        assert len(proto.alt) > 40
        assert json.loads(proto.config)["showSendToCloud"] is False
        assert any(c.value.startswith("**How to read this.**") for c in app.caption)
        assert [b.proto.label for b in app.get("download_button")] == [
            "Table as CSV", "Chart as HTML",
        ]  # fmt: skip
        assert len(app.dataframe) >= 1


def test_without_vacsr_the_page_says_what_is_shown(library, engine, sim):
    app = open_page(library, image=library.images[0].id, caption=library.captions[0].id)
    app.session_state["vacsr_is_on"] = False
    settle(app.run())
    assert any("plain cosine" in info.value for info in app.info)
    without = tuple(name for name in engine.adapters.default_stages if name != "vacsr")
    images = engine.encode_images([library.images[0].data], tokens=False)
    captions = engine.encode_captions([library.captions[0].text], tokens=False)
    assert first_line(app) == said_of(
        engine.similarity(images, captions, without, gallery=len(library.images))
    )


def test_a_link_to_a_removed_item_is_explained_and_a_pair_is_shown(library, sim):
    app = open_page(library, image="000000000000", view="pair")
    assert "an image that is not in this library" in app.session_state["_banners"]["link"]
    assert first_line(app) == said_of(sim[0, 0])


@pytest.mark.parametrize(
    ("images", "captions", "asked"), [(0, 0, "an image and a caption"), (1, 0, "a caption")]
)
def test_an_empty_library_is_taught_what_to_add(library, images, captions, asked):
    app = open_page(Library("Empty", library.images[:images], library.captions[:captions]))
    assert any(info.value == f"Add {asked} first." for info in app.info)
    labelled(app, "Go to the Library").click().run()
    assert app.title[0].value == "What am I looking at?"


@pytest.mark.parametrize("view", ["pair", "row", "matrix"])
def test_one_image_with_one_caption_is_enough_for_every_view(library, view):
    lonely = Library("One", library.images[:1], [new_caption("a dog")])
    app = open_page(lonely, view=view)
    assert len(app.get("plotly_chart")) == 1 and first_line(app)
