"""The Library page, driven as a person drives it; what it shows, keeps and refuses."""

import base64
import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app_pages.parts import engines, gallery
from vacsr_core import workspace
from vacsr_core.errors import BackboneError
from vacsr_core.library import Library, new_caption
from vacsr_core.uploads import read_image

ROOT = Path(__file__).resolve().parents[1]
MARKUP = "![x](http://127.0.0.1:9/x.png) <img src=x onerror=alert(1)> :red[x] $\\alpha$ **b**"


def picture(colour: tuple[int, int, int], name: str = "JPEG") -> bytes:
    """A small picture of one colour with a dark corner, as file content."""
    pixels = np.full((40, 60, 3), colour, np.uint8)
    pixels[:10, :10] = 0
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, name)
    return written.getvalue()


RED, GREEN = picture((200, 30, 30)), picture((30, 160, 60))


@pytest.fixture
def app() -> AppTest:
    """The app as it opens."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    assert not test.exception
    return test


def upload(app: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    """Drop files into the drop zone and wait until they are checked."""
    drop = next(w for w in app.get("file_uploader") if w.key.startswith("upload_Files"))
    drop.set_value(list(files)).run()
    return settle(app)


def settle(app: AppTest) -> AppTest:
    """Run the page until no job of the Library page is left."""
    for _ in range(100):
        assert not app.exception
        jobs = app.session_state["_jobs"] if "_jobs" in app.session_state else {}  # noqa: SIM401
        waiting = [job for name, job in jobs.items() if name in ("upload", "open", "backbone")]
        if not waiting:
            return app
        assert waiting[0].wait(30)
        app.run()
    raise AssertionError("the upload never ended")


def held(app: AppTest) -> Library:
    """The library of the session."""
    return app.session_state["_library"]


def words(app: AppTest) -> str:
    """All that the page says through Markdown."""
    return "\n".join(
        element.value
        for kind in ("markdown", "caption", "warning", "success", "info", "title", "header")
        for element in getattr(app, kind)
    )


def press(app: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    next(button for button in app.button if button.label == label).click().run()
    return settle(app)


# --- the page as it opens


def test_it_opens_on_the_demo_gallery_with_a_sentence_of_its_numbers(app: AppTest) -> None:
    rows = list(csv.DictReader((ROOT / "assets/demo/captions.csv").open(encoding="utf-8")))
    names = {row["image"] for row in rows}
    library = held(app)
    assert (len(library.images), len(library.captions)) == (len(names), len(rows))
    assert app.title[0].value == "What am I looking at?"
    wanted = f"{len(names)} drawn scenes and {len(rows)} captions: every caption belongs"
    assert wanted in words(app)
    assert f"all {len(names) * len(rows):,} pairs" in words(app)
    assert len(app.get("image")) == 24  # one page of thumbnails


def test_its_pictures_travel_inside_the_page_and_are_small(app: AppTest) -> None:
    """No request can fail or wait behind the model's import, and none is left open by leaving."""
    addresses = [picture.proto.imgs[0].url for picture in app.get("image")]
    kind, _, coded = addresses[0].partition(",")
    assert kind == "data:image/webp;base64"
    first = held(app).images[0].picture()
    first.thumbnail((gallery.CELL_SIDE, gallery.CELL_SIDE))
    shown = Image.open(io.BytesIO(base64.b64decode(coded)))
    assert shown.size == first.size
    off = np.abs(np.asarray(shown.convert("RGB"), float) - np.asarray(first, float)).mean()
    assert off < 6  # grey levels: it is that picture, compressed
    assert sum(map(len, addresses)) < 400_000


def test_the_second_page_shows_the_remaining_thumbnails(app: AppTest) -> None:
    app.session_state["gallery_page"] = 2
    app.run()
    assert len(app.get("image")) == len(held(app).images) - 24


def test_the_filter_finds_words_in_captions(app: AppTest) -> None:
    app.text_input(key="library_filter").set_value("kite").run()
    wanted = [c for c in held(app).captions if "kite" in c.text.lower() or "kite" in
              held(app).image(c.image_id).name]  # fmt: skip
    assert 0 < len(wanted) < len(held(app).captions)
    assert f"Captions · {len(wanted)}" in words(app)


# --- uploads


def test_own_pictures_take_the_place_of_the_demo_and_one_click_brings_it_back(app) -> None:
    demo = held(app)
    upload(app, ("red.jpg", RED, "image/jpeg"), ("green.jpg", GREEN, "image/jpeg"))
    assert [image.name for image in held(app).images] == ["red.jpg", "green.jpg"]
    assert "took the place of the demo gallery" in words(app)
    assert "2 pictures and 0 captions: add captions" in words(app)
    upload(app, ("blue.png", picture((20, 40, 200), "PNG"), "image/png"))
    assert len(held(app).images) == 3  # later uploads add
    press(app, "Show the demo gallery")
    assert held(app) is demo
    press(app, "Undo")
    assert len(held(app).images) == 3


def test_pictures_can_be_added_to_the_demo_instead(app: AppTest) -> None:
    before = len(held(app).images)
    app.checkbox(key="keep_demo").check().run()
    upload(app, ("red.jpg", RED, "image/jpeg"))
    assert len(held(app).images) == before + 1


def test_a_row_per_file_says_what_was_refused_and_stays_until_dismissed(app: AppTest) -> None:
    demo = held(app)
    upload(
        app,
        ("cut.jpg", RED[: len(RED) // 2], "image/jpeg"),
        ("empty.png", b"", "image/png"),
        ("letter.jpg", b"%PDF-1.4 something", "image/jpeg"),
    )
    assert held(app) is demo  # nothing usable came, so nothing was taken away
    table = report(app)
    assert table["Result"].tolist() == ["refused"] * 3
    reasons = dict(zip(table["File"], table["What to know"], strict=True))
    assert "cut off" in reasons["cut.jpg"]
    assert "0 bytes" in reasons["empty.png"]
    assert "PDF" in reasons["letter.jpg"]
    app.run()
    assert report(app) is not None
    press(app, "Dismiss")
    assert report(app) is None


def report(app: AppTest):
    """The table of the last upload, or None."""
    tables = [frame.value for frame in app.dataframe if "Result" in frame.value.columns]
    return tables[0] if tables else None


def test_the_good_files_of_a_mixed_upload_are_kept(app: AppTest) -> None:
    upload(app, ("bad.jpg", b"nonsense", "image/jpeg"), ("red.jpg", RED, "image/jpeg"))
    assert [image.name for image in held(app).images] == ["red.jpg"]
    assert report(app)["Result"].tolist() == ["refused", "accepted"]


def test_a_csv_is_previewed_and_pairs_by_file_name(app: AppTest) -> None:
    table = "image,caption,kind\nred.jpg,a red card,x\ngreen.jpg,=1+1,y\nno.jpg,alone,z\n"
    upload(
        app,
        ("red.jpg", RED, "image/jpeg"),
        ("green.jpg", GREEN, "image/jpeg"),
        ("captions.csv", table.encode(), "text/csv"),
    )
    preview = next(f.value for f in app.dataframe if "kind" in f.value.columns)
    assert preview["caption"].tolist() == ["a red card", "=1+1", "alone"]
    assert held(app).captions == ()
    press(app, "Add 3 captions")
    library = held(app)
    owners = [library.image(c.image_id).name if c.image_id else None for c in library.captions]
    assert owners == ["red.jpg", "green.jpg", None]
    assert [caption.text for caption in library.captions][1] == "=1+1"
    assert any("no.jpg" in reason for reason in report(app)["What to know"])


def test_captions_wait_for_the_picture_that_their_table_names(app: AppTest) -> None:
    upload(app, ("captions.csv", b"image,caption\nred.jpg,a red card\n", "text/csv"))
    press(app, "Add 1 caption")
    assert (len(held(app).images), held(app).pair_count) == (0, 0)
    assert "took the place of the demo gallery" in words(app)
    upload(app, ("red.jpg", RED, "image/jpeg"))
    assert held(app).pair_count == 1


def test_typed_captions_are_added_line_by_line_to_the_chosen_picture(app: AppTest) -> None:
    upload(app, ("red.jpg", RED, "image/jpeg"))
    app.text_area(key="typed_captions").set_value("one\n\n  two  \n" + "x" * 2001).run()
    app.selectbox(key="typed_belongs_to").set_value(held(app).images[0].id).run()
    press(app, "Add captions")
    library = held(app)
    assert [c.text for c in library.captions_of(library.images[0].id)] == ["one", "two"]
    assert app.text_area(key="typed_captions").value == "x" * 2001  # what was refused stays
    assert "2,001" in words(app).replace("\\", "")


# --- user text is never markup


def test_markup_in_captions_and_names_is_never_given_to_markdown(app: AppTest) -> None:
    name = "![n](http://127.0.0.1:9/n.png).jpg"
    upload(app, (name, RED, "image/jpeg"))
    app.text_area(key="typed_captions").set_value(MARKUP).run()
    app.selectbox(key="typed_belongs_to").set_value(held(app).images[0].id).run()
    press(app, "Add captions")
    assert held(app).captions[0].text == MARKUP
    labels = "\n".join(
        element.label for kind in ("button", "toggle", "expander", "text_input", "selectbox")
        for element in getattr(app, kind)
    )  # fmt: skip
    for text in (words(app), labels):
        assert "![" not in text and "<img" not in text and ":red[" not in text
    assert any(MARKUP[:20] in text.value for text in app.text)


def test_a_refused_file_with_markup_in_its_name_is_shown_as_text(app: AppTest) -> None:
    upload(app, ("**bold** ![x](http://127.0.0.1:9/x.png).jpg", b"nonsense", "image/jpeg"))
    assert "![" not in words(app)
    assert "![x]" in report(app)["File"][0]


# --- saving and opening


def test_a_saved_library_opens_again_with_nothing_lost(app: AppTest) -> None:
    image = read_image("red.jpg", RED)
    saved = Library("Mine").add([image], [new_caption("a red card", image.id), new_caption("b")])
    upload(app, ("mine.vacsr", workspace.save(saved), "application/zip"))
    assert held(app).digest == saved.digest
    assert app.session_state["_is_own"] is True


def test_a_damaged_saved_library_loses_nothing(app: AppTest) -> None:
    upload(app, ("red.jpg", RED, "image/jpeg"))
    before = held(app)
    content = workspace.save(before)
    opener = next(w for w in app.get("file_uploader") if w.key.startswith("open_"))
    opener.set_value([("mine.vacsr", content[: len(content) // 2], "application/zip")]).run()
    settle(app)
    assert held(app) is before
    assert "cut off" in words(app) and "Nothing of what you had here is lost" in words(app)


# --- removing and replacing


def test_removing_pictures_with_or_without_their_captions_and_undo(app: AppTest) -> None:
    demo = held(app)
    first, second = demo.images[0].id, demo.images[1].id
    app.toggle(key="is_selecting").set_value(True).run()
    app.button(key=f"pick_{first}").click().run()
    press(app, f"Remove with {len(demo.captions_of(first))} captions")
    assert len(held(app).images) == len(demo.images) - 1
    assert len(held(app).captions) == len(demo.captions) - len(demo.captions_of(first))
    press(app, "Undo")
    assert held(app) is demo
    app.button(key=f"pick_{second}").click().run()
    press(app, "Remove, keep the captions without an image")
    assert len(held(app).captions) == len(demo.captions)
    assert held(app).pair_count == demo.pair_count - len(demo.captions_of(second))


def test_one_session_never_sees_what_another_brought(app: AppTest) -> None:
    upload(app, ("red.jpg", RED, "image/jpeg"))
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    assert [image.name for image in held(app).images] == ["red.jpg"]
    assert "red.jpg" not in {image.name for image in held(other).images}


def test_a_link_to_what_is_not_there_is_explained() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    app.query_params["image"] = "nonexistent"
    app.switch_page("app_pages/similarity.py").run()
    assert not app.exception
    assert "link" in app.session_state["_banners"]


def test_a_chip_leads_to_what_it_counts(app: AppTest) -> None:
    doubled = held(app).duplicate_of
    label = f"{len(doubled)} exact duplicates"
    app.button(key=f"_chip_{label}").click().run()
    shown = set(doubled) | set(doubled.values())
    assert f"Pictures · {len(shown)}" in words(app)


def refuse(shelf, choice, progress=None):
    """Stand for a computer without network: only the embedded model can be loaded."""
    if choice == engines.DEFAULT:
        return "the embedded engine"
    raise BackboneError(f"The weights of {choice[0]} were looked for in *two* places.")


def test_a_model_that_cannot_be_had_is_explained_and_the_one_in_use_stays(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines.EngineShelf, "load", refuse)
    box = next(box for box in app.selectbox if box.label.startswith("Choose a model"))
    box.set_value("RN50:openai").run()
    button = next(button for button in app.button if button.label == "Download and use")
    button.click().run()
    settle(app)
    banner = app.session_state["_banners"]["backbone"]
    assert banner == (
        "The weights of RN50:openai were looked for in *two* places. "
        "The embedded model stays in use."
    )
    assert r"\*two\*" in words(app)
    assert "_backbone" not in app.session_state
