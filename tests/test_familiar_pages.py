"""What the pages say of items that lie outside of what the model has seen."""

import io
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.parts import engines, views
from app_pages.parts.attention import chips
from app_pages.parts.familiar import _listed, _named
from gauges import scenes_gauge
from vacsr_core import scenes
from vacsr_core.familiarity import Reading, unfamiliar_images
from vacsr_core.library import Library, new_caption
from vacsr_core.sentences import familiarity_sentence
from vacsr_core.uploads import read_image

ROOT = Path(__file__).resolve().parents[1]
RARE = ("hexachlorophene", "zugzwang", "epistemology", "kubernetes")


@pytest.fixture(scope="module", autouse=True)
def engine():
    """The embedded engine with a gauge that was made of drawn scenes here."""
    loaded = engines.shelf().load(engines.DEFAULT)
    shipped, loaded.familiarity = loaded.familiarity, scenes_gauge(loaded)
    yield loaded
    loaded.familiarity = shipped


@pytest.fixture(scope="module")
def unknown(engine) -> str:
    """A word that the model has surely never seen."""
    return next(word for word in RARE if any(engine.backbone.unknown_words([word])))


def picture(name: str, drawn) -> object:
    written = io.BytesIO()
    drawn.save(written, "PNG")
    return read_image(name, written.getvalue())


@pytest.fixture(scope="module")
def library(engine, unknown) -> Library:
    """A scene that lies well inside, noise, and three captions: one inside, two not quite."""
    drawn = scenes.sample(30, seed=71, levels=("exact",))
    images = [picture(f"{n}.png", scenes.draw(s, 160)) for n, s in enumerate(drawn.scenes)]
    features = engine.encode_images([image.data for image in images], tokens=False)
    scene = images[int(engine.familiarity.percentile(features).argmin())]
    texts = [caption.text for caption in drawn.captions]
    far = engine.familiarity.percentile(engine.encode_captions(texts, tokens=False))
    text = texts[int(far.argmin())]
    noise = picture("noise.png", unfamiliar_images.draw("uniform noise", 1, 0)[0])
    captions = [
        new_caption(text, scene.id),
        new_caption(f"{unknown} {unknown}", noise.id),
        new_caption(f"{text} {unknown}", scene.id),
    ]
    return Library("Mixed", [scene, noise], captions)


@pytest.fixture(scope="module")
def readings(engine, library) -> tuple[Reading, Reading]:
    texts = [caption.text for caption in library.captions]
    images = engine.encode_images([image.data for image in library.images], tokens=False)
    captions = engine.encode_captions(texts, tokens=False)
    return engine.familiarity_of_images(images), engine.familiarity_of_captions(captions, texts)


def opened(held: Library, page: str | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    app.session_state["_library"] = held
    app.run()
    if page:
        app.switch_page(page)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
    for _ in range(600):
        assert not app.exception, app.exception[0].value
        if "_features" in app.session_state and not app.get("progress"):
            return app.run()
        time.sleep(0.1)
        app.run()
    raise AssertionError("the features never came")


def said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "warning", "info", "header")
    return "\n".join(e.value for kind in kinds for e in getattr(app, kind)).replace("\\", "")


SIMILARITY = "app_pages/similarity.py"


def test_the_gauge_itself_sees_what_these_tests_need(readings, unknown):
    images, captions = readings
    assert images.is_outside.tolist() == [False, True]
    assert captions.is_outside.tolist()[:2] == [False, True]
    assert captions.unknown_words == ((), (unknown,), (unknown,))


def test_the_library_marks_names_and_filters_what_lies_outside(library, readings, unknown):
    app = opened(library)
    marks = [c.value for c in app.caption if "outside what this model has seen" in c.value]
    assert len(marks) == 1 and marks[0].startswith("1 caption ·")
    notes = next(f.value for f in app.dataframe if "Caption" in f.value.columns)["To know"]
    never = f"never seen: {unknown}"
    assert notes[0] == ""
    assert notes[1] == f"outside what this model has seen; {never}"
    assert notes[2].endswith(never)
    app.segmented_control(key="library_view").set_value("outside").run()
    outside = int(readings[1].is_outside.sum())
    assert "Pictures · 1" in said(app) and f"Captions · {outside}" in said(app)


def test_the_sidebar_counts_them_and_leads_to_them(library, readings):
    app = opened(library, SIMILARITY)
    outside = int(readings[1].is_outside.sum())
    captions = f"{outside} caption{'s' if outside > 1 else ''}"
    labels = [f"{what} outside what this model has seen" for what in ("1 image", captions)]
    assert all([b for b in app.button if b.key == f"_chip_{label}"] for label in labels)
    app.button(key=f"_chip_{labels[0]}").click().run()
    assert app.title[0].value == "What am I looking at?"
    assert "Pictures · 1" in said(app)


def test_a_pair_says_plainly_what_lies_outside_and_offers_another_model(library, readings, unknown):
    noise, rare = library.images[1], library.captions[1]
    app = opened(library, SIMILARITY, image=noise.id, caption=rare.id)
    for kind, reading in zip(("image", "caption"), readings, strict=True):
        assert familiarity_sentence(kind, float(reading.percentile[1])) in said(app)
    assert f"never seen the word “{unknown}”. What it says of this pair is a guess." in said(app)
    next(b for b in app.button if b.label == "Choose a model that has seen more").click().run()
    assert app.title[0].value == "What am I looking at?"
    assert "_to_model" not in app.session_state


def test_a_pair_that_lies_inside_is_left_in_peace_and_typed_words_are_judged_anew(library, unknown):
    app = opened(library, SIMILARITY, image=library.images[0].id, caption=library.captions[0].id)
    assert "outside what this model" not in said(app).replace("1 image outside", "")
    assert "never seen" not in said(app)
    app.text_area[0].set_value(f"{unknown} {unknown} {unknown}").run()
    assert "This caption lies outside what this model has seen" in said(app)
    assert f"never seen the word “{unknown}”" in said(app)
    assert "This image lies outside" not in said(app)


def test_a_changed_picture_is_judged_by_its_changed_pixels(library):
    scene = library.images[0]
    app = opened(library, SIMILARITY, image=scene.id, caption=library.captions[0].id)
    assert "This image lies outside" not in said(app)
    app.slider(key=f"noise_{scene.id}").set_value(60.0)
    app.slider(key=f"crop_{scene.id}").set_value(60.0)
    app.slider(key=f"blur_{scene.id}").set_value(10.0).run()
    assert "This image lies outside" in said(app)


def test_row_and_matrix_count_what_lies_outside(library, readings):
    outside = int(readings[1].is_outside.sum())
    note = f"Outside what this model has seen: the image and {outside} of 3 captions."
    assert note in said(opened(library, SIMILARITY, view="row", image=library.images[1].id))
    inside = opened(library, SIMILARITY, view="row", image=library.images[0].id)
    assert f"has seen: {outside} of 3 captions." in said(inside)
    note = f"Outside what this model has seen: 1 of 2 images and {outside} of 3 captions."
    assert note in said(opened(library, SIMILARITY, view="matrix"))


def test_without_a_gauge_the_pages_claim_nothing(library, engine, monkeypatch):
    monkeypatch.setattr(engine, "familiarity", None)
    for view in ("pair", "row", "matrix"):
        app = opened(library, SIMILARITY, view=view, image=library.images[1].id)
        assert "has seen" not in said(app) and len(app.get("plotly_chart")) >= 1
    assert "outside what" not in said(opened(library)).replace("Outside the model", "")


# --- without a page ---------------------------------------------------------------------------


def test_chips_and_view_follow_the_readings():
    reading = Reading(np.array([3.0, 99.5, 100.0]), np.array([False, True, True]))
    labels = [chip.label for chip in chips(Library(), readings=(reading, None))]
    assert labels == ["2 images outside what this model has seen"]
    red = picture("red.png", unfamiliar_images.draw("tables", 1, 0)[0])
    held = Library("One", [red], [new_caption("a", red.id), new_caption("b")])
    b = held.captions[1].id
    assert views.visible(held, "", "outside", outside={b}) == ((), (b,))
    assert views.visible(held, "", "outside", outside={red.id}) == ((red.id,), ())


def test_unknown_words_are_named_up_to_a_limit_and_stay_plain():
    words = tuple("abcdefgh")
    assert _listed(words) == "a, b, c, d, e, f and 2 more"
    assert _named(("<img",)).startswith("the word “\\<img")
    assert _named(words).startswith("the words “a”, “b”")


@pytest.mark.parametrize(
    ("kind", "percentile", "part"),
    [
        ("image", 99.4, "than 99 of 100 pictures of that kind"),
        ("image", 100.0, "than all pictures that were kept to compare it with"),
        ("caption", 99.0, "than 99 of 100 captions of that kind"),
        ("caption", 40.0, "most of its words are new to the model"),
    ],
)
def test_percentiles_are_put_into_words(kind, percentile, part):
    assert part in familiarity_sentence(kind, percentile)
