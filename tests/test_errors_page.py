"""The Errors page, driven as a person drives it: its words are the numbers, its marks stay."""

import csv
import io
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.parts import engines, error_exports, error_report_parts, error_state
from vacsr_core import scenes, workspace
from vacsr_core.error_analysis import analyse, doubt_auroc, keep_surest, listed, recall
from vacsr_core.error_analysis.words import coverage_sentence, first_line, share_percent
from vacsr_core.library import Library, new_caption
from vacsr_core.uploads import read_image

ROOT = Path(__file__).resolve().parents[1]
MARKUP = "![x](http://127.0.0.1:9/x.png) <img src=x onerror=alert(1)> :red[x] $\\alpha$ **b**"
DOUBT = "1 - P(best)"


@pytest.fixture(scope="module")
def library() -> Library:
    """Fourteen drawn scenes with two captions each, tagged; one caption of nobody, one hostile."""
    drawn = scenes.sample(14, seed=5)
    images = []
    for number, scene in enumerate(drawn.scenes):
        written = io.BytesIO()
        scenes.draw(scene, 96).save(written, "PNG")
        images.append(read_image(f"{number} {MARKUP}.png", written.getvalue()))
    captions = []
    for row, image in enumerate(images):
        own = [c.text for c, i in zip(drawn.captions, drawn.caption_image, strict=True) if i == row]
        own = list(dict.fromkeys(own))[:2]
        captions += [
            new_caption(text, image.id, extra={"tag": f"t{place}"})
            for place, text in enumerate(own)
        ]
    captions[3] = new_caption(MARKUP, images[1].id, extra={"tag": "t1"})
    return Library("Test", images, [*captions, new_caption("nobody's dog")])


@pytest.fixture(scope="module")
def sim(library):
    engine = engines.shelf().load(engines.DEFAULT)
    images = engine.encode_images([image.data for image in library.images], tokens=False)
    captions = engine.encode_captions([c.text for c in library.captions], tokens=False)
    return engine.similarity(images, captions)


def open_page(held: Library | None) -> AppTest:
    """A new session with a library, on the Errors page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    if held is not None:
        app.session_state["_library"] = held
    app.run()  # pages are known only once app.py has run
    app.switch_page("app_pages/errors.py")
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
    """All words of the page in one string."""
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.info]
    return "\n".join(part.value for part in parts)


def row_pairs(app: AppTest) -> list[tuple[int, int]]:
    """(image row, caption row) of the listed pairs, from their buttons."""
    words = [button.label.split() for button in app.button if button.label.startswith("Open image")]
    return [(int(word[2]) - 1, int(word[5]) - 1) for word in words]


def mark_key(held: Library, pair: tuple[int, int]) -> str:
    return f"mark_{held.images[pair[0]].id}_{held.captions[pair[1]].id}"


def by_row(held: Library) -> dict[tuple[int, int], str]:
    return {
        (held.image_row(image), held.caption_row(caption)): mark
        for (image, caption), mark in held.marks.items()
    }


def test_the_page_says_what_the_analysis_says(library, sim):
    app = open_page(library)
    assert app.title[0].value == "Where does it go wrong?"
    answers = analyse(sim, library.caption_image, {}).answers
    asked = answers["caption"]
    kept = keep_surest(asked, DOUBT, 0.8)
    assert app.header[0].value == first_line(asked, 0.8, kept)
    assert f"**{coverage_sentence(0.8, kept)}**" in said(app)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Right at once"] == share_percent(recall(asked, 1).value)
    assert shown["Among the first 5"] == share_percent(recall(asked, 5).value)
    assert shown["The other way round"] == share_percent(recall(answers["image"], 1).value)
    if isinstance(doubt_auroc(asked, DOUBT), tuple):
        assert shown["Doubt finds errors"] == share_percent(doubt_auroc(asked, DOUBT)[0])
    assert "1 caption without an image is not counted" in said(app)


def test_the_slider_text_the_first_line_and_the_chart_move_together(library, sim):
    app = open_page(library)
    asked = analyse(sim, library.caption_image, {}).answers["caption"]
    app.slider(key="errors_coverage").set_value(50).run()
    kept = keep_surest(asked, DOUBT, 0.5)
    assert f"**{coverage_sentence(0.5, kept)}**" in said(app)
    assert app.header[0].value == first_line(asked, 0.5, kept)
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    chosen = next(trace for trace in spec["data"] if trace.get("name") == "chosen")
    assert chosen["x"] == [pytest.approx(100 * kept.kept / len(asked.query))]
    assert chosen["y"] == [pytest.approx(100 * kept.error)]
    app.selectbox(key="errors_doubt").set_value("std").run()
    by_width = keep_surest(asked, "std", 0.5)
    assert f"**{coverage_sentence(0.5, by_width)}**" in said(app)


def test_images_can_ask_too(library, sim):
    app = open_page(library)
    app.segmented_control(key="errors_kind").set_value("image").run()
    asked = analyse(sim, library.caption_image, {}).answers["image"]
    assert app.header[0].value == first_line(asked, 0.8, keep_surest(asked, DOUBT, 0.8))
    assert "A risk-coverage curve needs 20 images with a match; there are 14" in said(app)


def test_a_mark_is_kept_shown_counted_and_saved(library, sim):
    app = open_page(library)
    analysis = analyse(sim, library.caption_image, {})
    wanted = listed("sure and wrong", sim, library.caption_image, analysis.as_labelled["caption"],
                    DOUBT, 8)  # fmt: skip
    pairs = list(zip(wanted.rows.tolist(), wanted.columns.tolist(), strict=True))
    assert row_pairs(app) == pairs and len(pairs) > 1
    before = analysis.answers["caption"].is_error.sum()
    control = app.segmented_control(key=mark_key(library, pairs[0]))
    assert control.value is None
    control.set_value("match")
    settle(app.run())
    held = app.session_state["_library"]
    assert by_row(held) == {pairs[0]: "match"}
    assert app.segmented_control(key=mark_key(library, pairs[0])).value == "match"
    assert row_pairs(app) == pairs  # nothing jumps
    answers = analyse(sim, held.caption_image, by_row(held)).answers["caption"]
    assert answers.is_error.sum() == before - 1
    assert app.header[0].value == first_line(answers, 0.8, keep_surest(answers, DOUBT, 0.8))
    opened = workspace.open(workspace.save(held))
    assert opened.marks == held.marks

    app.toggle(key="errors_hide_marked").set_value(True).run()
    assert row_pairs(app)[: len(pairs) - 1] == pairs[1:]
    app.toggle(key="errors_hide_marked").set_value(False).run()
    app.segmented_control(key=mark_key(library, pairs[0])).set_value(None)
    settle(app.run())
    assert not app.session_state["_library"].marks
    assert app.header[0].value != first_line(answers, 0.8, keep_surest(answers, DOUBT, 0.8))


@pytest.mark.parametrize("most_pairs", [10_000_000, 150])
def test_nothing_is_encoded_or_compared_again_for_a_mark(library, monkeypatch, most_pairs):
    monkeypatch.setattr(error_state, "MOST_PAIRS", most_pairs)
    app = open_page(library)
    app.segmented_control(key="errors_list").set_value("undecided").run()
    found = app.session_state["_errors_found"]
    pair = row_pairs(app)[0]
    app.segmented_control(key=mark_key(library, pair)).set_value("unsure")
    settle(app.run())
    after = app.session_state["_errors_found"]
    assert after is not found and after.sim is found.sim
    assert "1 pair marked unsure is left out" in said(app)
    app.toggle(key="errors_hide_marked").set_value(True).run()
    assert app.session_state["_errors_found"] is after


def test_every_list_shows_its_pairs_as_text(library, sim):
    app = open_page(library)
    asked = analyse(sim, library.caption_image, {}).as_labelled["caption"]
    for name in ("undecided", "likely missing labels", "likely wrong labels"):
        app.segmented_control(key="errors_list").set_value(name).run()
        wanted = listed(name, sim, library.caption_image, asked, DOUBT, 8)
        assert row_pairs(app) == list(
            zip(wanted.rows.tolist(), wanted.columns.tolist(), strict=True)
        )
        if not len(wanted.rows):
            assert "No " in said(app)
    everything = [text.value for text in app.text]
    assert not any("![x]" in markdown.value for markdown in app.markdown)
    hostile = library.captions[3]
    if any((row, 3) in row_pairs(app) for row in range(14)):
        assert hostile.text in everything


def test_a_row_leads_to_its_pair(library):
    app = open_page(library)
    row, column = row_pairs(app)[0]
    (button,) = [
        b for b in app.button if b.label == f"Open image {row + 1} with caption {column + 1}"
    ]
    button.click()
    settle(app.run())
    assert app.title[0].value == "How similar, and how sure?"
    assert app.text_area[0].value == library.captions[column].text
    assert app.query_params["image"] in (library.images[row].id, [library.images[row].id])


def test_slices_and_exports(library, sim):
    app = open_page(library)
    table = app.dataframe[-1].value
    tags = table[table["by"] == "tag “tag”"]
    asked = analyse(sim, library.caption_image, {}).answers["caption"]
    first = asked.query % 2 == 0
    assert list(tags["slice"]) == ["t0", "t1"] and list(tags["n"]) == [14, 14]
    assert tags["right"].iloc[0] == share_percent(float((~asked.is_error[first]).mean()))
    found = app.session_state["_errors_found"]
    rows = list(csv.reader(io.StringIO(error_exports._csv(found).decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + 28 + 14 and rows[0][:3] == ["asks", "image", "caption"]
    assert {row[3] for row in rows[1:]} <= {"yes", "no"}

    facts = ["Test: 14 images"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(error_report_parts, "_facts", lambda *_: facts)
        patch.setattr(error_report_parts.error_figures, "doubt", lambda: DOUBT)
        patch.setattr(error_report_parts.error_figures, "coverage", lambda: 0.8)
        make = error_report_parts.maker(found, "caption", (), False)
    page = make().decode()
    assert first_line(asked, 0.8, keep_surest(asked, DOUBT, 0.8)) in page
    assert page.count("data:image/webp;base64,") >= len(row_pairs(app))
    assert "<img src=x" not in page and "Test: 14 images" in page


def test_without_vacsr_the_page_says_what_doubt_means_then(library):
    app = open_page(library)
    app.toggle(key="vacsr_is_on").set_value(False)
    settle(app.run())
    assert "VACSR is switched off in the sidebar" in said(app)
    assert "how far the first choice is ahead of the others by cosine" in said(app)
    assert len(app.metric) == 5 and "find" in app.header[0].value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: Library("e"), "there are 0 images, and a choice needs at least 2"),
        (lambda held: Library("o", held.images[:1]), "there is 1 image, and a choice needs"),
        (lambda held: Library("n", held.images), "Add captions that belong to the images, 20"),
        (
            lambda held: held.pair({c.id: None for c in held.captions}),
            "None of the 29 captions belongs to an image yet",
        ),
    ],
)
def test_what_is_missing_is_said_with_the_way_there(library, change, words):
    app = open_page(change(library))
    assert "how often a caption finds its image" in said(app)
    assert words in said(app)
    (button,) = [b for b in app.button if b.label == "Go to the Library"]
    button.click()
    settle(app.run())
    assert app.title[0].value == "What am I looking at?"


def test_too_few_pairs_are_counted_instead_of_drawn(library):
    few = replace(library, images=library.images[:4], captions=library.captions[:6], marks={})
    few = replace(few, captions=tuple(c for c in few.captions if c.image_id))
    app = open_page(few)
    assert app.header[0].value.startswith("Of 6 captions ")
    assert "needs 20 captions with a match; there are 6, so 14 more are wanted" in said(app)
    assert "A reliability diagram needs 150 shortlisted pairs" in said(app)
    assert not app.get("plotly_chart")
    assert "too few for an interval" in said(app)


def test_a_match_that_is_only_marked_is_enough(library):
    held = library.pair({c.id: None for c in library.captions})
    held = held.mark(library.images[2].id, library.captions[0].id, "match")
    app = open_page(held)
    assert app.header[0].value.startswith("Of 1 caption ")


def test_too_large_a_library_is_looked_at_in_a_stated_part(library, monkeypatch):
    monkeypatch.setattr(error_state, "MOST_PAIRS", 100)
    app = open_page(library)
    assert "This library is too large to look at all pairs" in said(app)
    found = app.session_state["_errors_found"]
    assert found.is_sample and len(found.rows) * len(found.columns) <= 100
    assert set(library.caption_image[found.columns]) <= set(found.rows)
    labelled = found.labels >= 0
    assert (found.rows[found.labels[labelled]] == library.caption_image[found.columns]).all()
    assert np.array_equal(found.rows, np.sort(found.rows))
    row, column = row_pairs(app)[0] if row_pairs(app) else (found.rows[0], found.columns[0])
    assert row in found.rows and column in found.columns
