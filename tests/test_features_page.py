"""The Features page, driven as a person drives it: what it says is what the columns do."""

import base64
import io
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app_pages.parts import engines, feature_state
from vacsr_core import pico, scenes
from vacsr_core.feature_analysis import (
    effects,
    pair_sum,
    spread_of,
    style_shift,
    word_heat,
)
from vacsr_core.feature_analysis.style_changes import changed_picture
from vacsr_core.feature_analysis.words import first_line, shift_sentence
from vacsr_core.library import Library, new_caption
from vacsr_core.pico import Round, SemanticColumns
from vacsr_core.uploads import read_image

ROOT = Path(__file__).resolve().parents[1]
MARKUP = "![x](http://127.0.0.1:9/x.png) <img src=x onerror=alert(1)> :red[x] **b**"
COUNT, COLUMNS = 22, 256


@pytest.fixture(scope="module")
def library() -> Library:
    """Drawn scenes with a caption each, one of them hostile, one of a single word."""
    drawn = scenes.sample(COUNT, seed=5)
    images, captions = [], []
    for number, scene in enumerate(drawn.scenes):
        written = io.BytesIO()
        scenes.draw(scene, 96).save(written, "PNG")
        images.append(read_image(f"{number} {MARKUP}.png", written.getvalue()))
    for row, image in enumerate(images):
        text = next(c.text for c, i in zip(drawn.captions, drawn.caption_image, strict=True)
                    if i == row)  # fmt: skip
        captions.append(new_caption({0: MARKUP, 1: "boat"}.get(row, text), image.id))
    return Library("Test", images, captions)


@pytest.fixture(scope="module")
def columns() -> SemanticColumns:
    rng = np.random.default_rng(3)
    p = rng.uniform(0.3, 1.0, COLUMNS).astype(np.float32)
    prototype = rng.integers(-1, 4, COLUMNS)
    rounds = tuple(
        Round(
            number, gain, weight, 0.6 + 0.01 * number, np.sqrt(p) if number == 1 else p, prototype
        )
        for number, gain, weight in ((1, 0.02, 0.8), (2, -0.01, 0.3))
    )
    return SemanticColumns(
        p,
        sign_probability=p,
        prototype=prototype,
        history=rounds,
        prototype_modality=("image", "image", "caption", "caption"),
        start=0.59,
    )


@pytest.fixture(scope="module")
def engine():
    return engines.shelf().load(engines.DEFAULT)


@pytest.fixture(scope="module")
def encoded(library, engine):
    return (
        engine.encode_images([image.data for image in library.images], tokens=False),
        engine.encode_captions([c.text for c in library.captions], tokens=False),
    )


@pytest.fixture(autouse=True)
def no_stored_columns(engine, monkeypatch):
    """What the page does must not hang on whether columns are stored with the model."""
    monkeypatch.setattr(engine, "adapters", replace(engine.adapters, pico=None, behind={}))


def open_page(held: Library | None, found: SemanticColumns | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if held is not None:
        app.session_state["_library"] = held
    if found is not None:
        app.session_state["_columns_found"] = {
            engines.DEFAULT: feature_state.Found(found, "22 images of Test")
        }
    app.run()
    app.switch_page("app_pages/features.py")
    return settle(app.run())


def settle(app: AppTest) -> AppTest:
    for _ in range(300):
        assert not app.exception, app.exception[0].value
        if not app.get("progress"):
            return app
        time.sleep(0.1)
        app.run()
    raise AssertionError("the page never finished computing")


def said(app: AppTest) -> str:
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.info]
    return "\n".join(part.value for part in [*parts, *app.warning])


def open_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["features_tab"] = name
    return settle(app.run())


def numbers(values) -> np.ndarray:
    """Numbers of a trace, which Plotly may send as packed bytes."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float)
    return np.array(values, float)


def heat_data(app: AppTest) -> dict:
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


def test_the_first_line_the_spectrum_and_the_sum_are_the_pairs_own(library, columns, encoded):
    app = open_page(library, columns)
    assert app.title[0].value == "What is meaning, what is style?"
    images, captions = encoded
    added = pair_sum(images.vectors[0], captions.vectors[0], columns.probability, captions.vectors)
    assert app.header[0].value == first_line(added, columns.probability)
    spectrum, sums = (json.loads(chart.proto.spec) for chart in app.get("plotly_chart")[:2])
    heights = np.concatenate([numbers(t["y"]) for t in spectrum["data"] if t["type"] == "bar"])
    assert np.sort(heights) == pytest.approx(np.sort(columns.probability), abs=1e-4)
    total = next(t for t in sums["data"] if t["name"].startswith("with the weights"))
    assert numbers(total["x"]).sum() == pytest.approx(added.weighted.sum(), abs=1e-4)
    assert "found on 22 images of Test" in said(app).replace("\\", "")


def tokens_of(library):
    engine = engines.shelf().load(engines.DEFAULT)
    return (
        engine.encode_images([library.images[0].data]),
        engine.encode_captions([library.captions[0].text]),
    )


def test_the_heat_map_holds_the_scores_and_its_words_stay_text(library, columns):
    app = open_page(library, columns)
    image, caption = tokens_of(library)
    data = heat_data(app)
    expected = word_heat(image, caption, columns.probability)
    assert np.array(data["heat"]) == pytest.approx(expected, abs=1e-4)
    assert data["words"] == list(caption.words[0]) and data["grid"] == list(image.grid)
    app.toggle(key="features_suppress").set_value(False).run()
    even = word_heat(image, caption, np.ones(COLUMNS))
    assert np.array(heat_data(app)["heat"]) == pytest.approx(even, abs=1e-4)
    assert not any("![x]" in markdown.value for markdown in [*app.markdown, *app.caption])


def test_a_caption_of_one_word_has_one_button(library, columns):
    app = open_page(library, columns)
    app.selectbox(key="features_caption").set_value(library.captions[1].id)
    settle(app.run())
    assert heat_data(app)["words"] == ["boat"]
    app.segmented_control(key="features_level").set_value("tokens").run()
    assert "each patch with its best word" in said(app)
    settle(app)


def test_a_model_without_tokens_says_so_and_shows_no_heat_map(
    library, columns, engine, monkeypatch
):
    plain = engine.encode_images, engine.encode_captions
    for name, encode in zip(("encode_images", "encode_captions"), plain, strict=True):
        monkeypatch.setattr(
            engine, name, lambda items, *a, e=encode, **k: e(items, *a, **{**k, "tokens": False})
        )
    app = open_page(library, columns)
    assert "P = W = 1" in said(app).replace("\\", "") and not app.get("bidi_component")
    assert len(app.get("plotly_chart")) == 2


def test_the_style_test_says_what_the_shift_is(library, columns, engine, encoded):
    app = open_tab(open_page(library, columns), "Style test")
    spread = spread_of(encoded[0].vectors)
    picture = library.images[0].picture()

    def shift(*changes):
        made = engine.encode_images([changed_picture(picture, *changes)], tokens=False)
        return style_shift(encoded[0].vectors[[0]], made.vectors, spread, columns.probability)

    assert f"**{shift_sentence(shift('grey', 1.0))}**" in said(app)
    app.selectbox(key="style_picture").set_value("blur")
    settle(app.run())
    app.slider(key="style_strength").set_value(30)
    settle(app.run())
    assert f"**{shift_sentence(shift('blur', 0.3))}**" in said(app)
    (button,) = [b for b in app.button if b.key == "style_all"]
    assert button.label == "Make the same change to 22 images"
    button.click()
    settle(app.run())
    assert "The same change made to 22 images" in said(app)


def test_a_rewritten_caption_and_an_uploaded_picture_are_compared(library, columns, encoded):
    app = open_tab(open_page(library, columns), "Style test")
    app.selectbox(key="style_way").set_value("rewrite")
    settle(app.run())
    assert "Change the words above" in said(app)
    app.text_area[0].set_value("a boat, seen from afar")
    settle(app.run())
    assert "This caption" in said(app) and "a boat, seen from afar" in [t.value for t in app.text]
    app.selectbox(key="style_way").set_value("upload")
    settle(app.run())
    assert "Choose a picture of the same scene" in said(app)
    written = io.BytesIO()
    Image.new("RGB", (90, 60), "green").save(written, "PNG")
    app.file_uploader(key="style_upload").set_value([("x.png", written.getvalue(), "image/png")])
    settle(app.run())
    assert "This image" in [part.value for part in app.subheader]
    app.file_uploader(key="style_upload").set_value([("y.png", b"\x89PNG no", "image/png")])
    settle(app.run())
    assert app.warning and "This image" not in [part.value for part in app.subheader]


def test_prototypes_show_both_ends(library, columns):
    app = open_tab(open_page(library, columns), "Prototypes")
    box = app.selectbox(key="prototype")
    assert len(box.options) == len(set(columns.prototype) - {-1})
    assert "found in images" in box.options[0] and "found in captions" in box.options[-1]
    for words in ("Images that carry most of it", "Captions that carry least"):
        assert words in said(app)
    buttons = [b for b in app.button if (b.key or "").startswith("prototype_image_")]
    assert len(buttons) == 8
    row = int(buttons[0].key.removeprefix("prototype_image_"))
    buttons[0].click()
    settle(app.run())
    assert app.selectbox(key="features_image").value == library.images[row].id


def test_the_replay_steps_and_plays(library, columns):
    app = open_tab(open_page(library, columns), "How the weights were found")
    assert app.slider(key="replay_round").value == 2
    assert "Round 2 of 2: gain -0.0100, weight 0.30" in said(app)
    assert "was not available to us" in said(app)
    app.slider(key="replay_round").set_value(1)
    settle(app.run())
    assert "Round 1 of 2: gain +0.0200, weight 0.80" in said(app)
    bars = [t for t in json.loads(app.get("plotly_chart")[1].proto.spec)["data"]
            if t["type"] == "bar"]  # fmt: skip
    shown = np.sort(np.concatenate([numbers(t["y"]) for t in bars]))
    assert shown == pytest.approx(np.sort(np.sqrt(columns.probability)), abs=1e-4)
    app.slider(key="replay_round").set_value(0)
    settle(app.run())
    assert "Before round 1: all p are 1, validation figure 0.5900" in said(app)
    (play,) = [b for b in app.button if b.key == "replay_play"]
    play.click()
    settle(app.run())
    assert [b.label for b in app.button if b.key == "replay_play"] == ["Pause"]


def test_columns_are_found_and_judged_in_the_background(library, columns, monkeypatch):
    calls = []

    def quick(images, captions, owner, config=None, progress=None, should_stop=None):
        calls.append((config, images.tokens is not None, int((np.asarray(owner) >= 0).sum())))
        kind = "pico" if config is None else config.control
        return replace(columns, kind=kind)

    monkeypatch.setattr(pico, "fit_pico", quick)
    monkeypatch.setattr("vacsr_core.feature_analysis.unseen_pairs.fit_pico", quick)
    app = open_page(library)
    assert "which of them carry style is not known yet" in app.header[0].value
    (button,) = [b for b in app.button if b.key == "find_columns"]
    assert button.label == "Find the columns on this library"
    button.click()
    settle(app.run())
    assert calls == [(None, True, COUNT)]
    assert "found on 22 images and 22 captions of Test" in said(app).replace("\\", "")
    open_tab(app, "Does it help?")
    (button,) = [b for b in app.button if b.key == "judge_columns"]
    button.click()
    settle(app.run())
    assert len(calls) == 1 + 2 * 4 and {call[2] for call in calls[1:]} == {COUNT // 2}
    assert "Weights of PICO found on the other half" in said(app)
    (forget,) = [b for b in app.button if b.key == "forget_columns"]
    forget.click()
    settle(app.run())
    assert "which of them carry style is not known yet" in app.header[0].value


def test_stored_columns_are_used_and_a_library_without_labels_is_told_so(
    library, columns, engine, monkeypatch
):
    stored = replace(engine.adapters, pico=columns, fitted_on="600 drawn scenes")
    monkeypatch.setattr(engine, "adapters", stored)
    held = library.pair({caption.id: None for caption in library.captions})
    app = open_page(held)
    words = said(app).replace("\\", "")
    assert "came with the model's adapter, fitted on 600 drawn scenes" in words
    assert "No caption of this library belongs to an image" in words
    open_tab(app, "Does it help?")
    assert "needs 20 images with a caption; 0 images have one" in said(app)


def test_too_few_pairs_and_an_empty_library_say_what_is_needed(library):
    few = replace(library, images=library.images[:3], captions=library.captions[:3])
    app = open_page(few)
    assert "20 are needed, and there are 3 such captions" in said(app)
    assert not [b for b in app.button if b.key == "find_columns"]
    for tab, words in (
        ("Prototypes", "No style prototypes are known"),
        ("How the weights were found", "There is nothing to replay"),
        ("Does it help?", "Label 17 more on the Library page"),
    ):
        assert words in said(open_tab(app, tab))
    app = open_page(replace(library, captions=()))
    assert "Add a caption first" in said(app)


def test_equal_weights_are_called_useless(encoded, library):
    images, captions = encoded
    table = images.vectors @ captions.vectors.T
    found = effects({"none": table, "pico": table * 2}, library.caption_image, "none")
    assert {effect.verdict for effect in found} == {"nothing"}
