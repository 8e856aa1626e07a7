"""The parts of the Library page that need no page: views, chips, intake, table changes, models."""

import io

import numpy as np
import pytest
from PIL import Image

from app_pages.parts import engines, views
from app_pages.parts.attention import chips
from app_pages.parts.caption_table import with_changes
from app_pages.parts.intake import outcome, read_upload
from app_pages.parts.model_panel import describe
from vacsr_core.backbones import BackboneInfo
from vacsr_core.errors import BackboneError, CancelledError, UploadError
from vacsr_core.features import Features
from vacsr_core.library import FileReport, Library, new_caption
from vacsr_core.uploads import read_image


def picture(colour: tuple[int, int, int]) -> bytes:
    """A small picture of one colour, as file content."""
    written = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(written, "JPEG")
    return written.getvalue()


RED, GREEN = picture((200, 30, 30)), picture((30, 160, 60))


def refuse(shelf, choice, progress=None):
    """Stand for a computer without network: only the embedded model can be loaded."""
    if choice == engines.DEFAULT:
        return "the embedded engine"
    raise BackboneError(f"The weights of {choice[0]} were looked for in two places.")


def small_library() -> Library:
    red, again = read_image("red.jpg", RED), read_image("copy of red.jpg", RED)
    green = read_image("green.jpg", GREEN)
    library = Library("Small").add([red, again, green])
    a, b, _ = (image.id for image in library.images)
    return library.add(captions=[new_caption("one", a), new_caption("two", b), new_caption("x")])


def test_views_pick_what_they_promise() -> None:
    library = small_library()
    a, b, c = (image.id for image in library.images)
    one, two, loose = (caption.id for caption in library.captions)
    assert views.visible(library) == ((a, b, c), (one, two, loose))
    assert views.visible(library, view="unpaired") == ((c,), (loose,))
    assert views.visible(library, view="duplicates") == ((a, b), (one, two))
    assert views.visible(library, view="long", long_captions={two}) == ((b,), (two,))
    assert views.visible(library, "copy of", "duplicates") == ((b,), (two,))


def test_chips_count_what_needs_attention() -> None:
    library = small_library()
    labels = [chip.label for chip in chips(library)]
    assert labels == ["1 caption without an image", "1 image without a caption",
                      "1 exact duplicate"]  # fmt: skip
    captions = Features(np.eye(3, dtype=np.float32), "caption",
                        is_truncated=np.array([False, True, True]))  # fmt: skip
    assert views.long_captions(library, captions) == {c.id for c in library.captions[1:]}
    assert chips(library, None, captions)[-1].label == "2 captions longer than the model reads"


def test_summary_is_made_of_the_numbers() -> None:
    library = small_library()
    assert views.summary(library).startswith("3 pictures and 3 captions: 2 of the captions belong")
    assert "all 9 pairs" in views.summary(library)
    assert "Nothing yet" in views.summary(Library())


def test_a_stopped_upload_keeps_what_was_read_and_names_the_rest() -> None:
    def progress(fraction: float, text: str = "") -> None:
        if fraction >= 0.5:
            raise CancelledError("stop")

    intake = read_upload([("red.jpg", RED), ("green.jpg", GREEN)], Library(), progress)
    assert [image.name for image in intake.images] == ["red.jpg"]
    assert [(r.name, r.accepted) for r in intake.reports] == [("red.jpg", True),
                                                              ("green.jpg", False)]  # fmt: skip
    assert "stopped" in intake.reports[1].reason


def test_the_outcome_counts_files_and_not_rows() -> None:
    reports = [FileReport("a.csv", True), FileReport("a.csv", False), FileReport("b.jpg", False)]
    assert outcome(reports) == "1 file accepted, 1 refused"
    assert outcome(reports[:1]) == "1 file accepted"


def test_a_folder_gives_the_library_its_name_and_system_files_are_passed_over() -> None:
    files = [("trip/red.jpg", RED), ("trip/.DS_Store", b"x"), ("trip/Thumbs.db", b"x")]
    intake = read_upload(files, Library(), lambda fraction, text="": None)
    assert intake.name == "trip"
    assert [report.accepted for report in intake.reports] == [True]


def test_changes_in_the_table_are_taken_over() -> None:
    library = small_library()
    shown = tuple(caption.id for caption in library.captions)
    changes = {
        "edited_rows": {0: {"Caption": "<b>new</b>"}, 2: {"Picture": "green.jpg"}},
        "deleted_rows": [1],
    }
    changed, what = with_changes(library, shown, changes)
    assert [caption.text for caption in changed.captions] == ["<b>new</b>", "x"]
    assert changed.captions[0].id == shown[0]
    assert changed.captions[1].image_id == library.images[2].id
    assert what == "Removed 1 caption."
    with pytest.raises(UploadError, match="empty"):
        with_changes(library, shown, {"edited_rows": {0: {"Caption": None}}})


def test_a_backbone_is_described_with_what_it_costs() -> None:
    info = BackboneInfo("RN50:openai", False, 408_028_548, 102_007_137, "")
    assert describe(info) == "RN50:openai · 102 million parameters · download of about 410 MB"
    assert describe(BackboneInfo("embedded", True, None, None, "")) == "embedded · installed"


def test_the_embedded_model_steps_in_and_its_own_error_is_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines.EngineShelf, "load", refuse)
    engine, error = engines.load_or_embedded(engines.EngineShelf(), ("ViT-L-14:x", "auto"))
    assert engine == "the embedded engine" and "ViT-L-14:x" in str(error)
    assert engines.load_or_embedded(engines.EngineShelf(), engines.DEFAULT)[1] is None
