"""A saved library: nothing lost, the same bytes each time, and a clear refusal of anything else."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from vacsr_core import workspace
from vacsr_core.errors import CancelledError, DataError
from vacsr_core.library import Library, new_caption
from vacsr_core.uploads import read_images


def png(colour: tuple[int, int, int]) -> bytes:
    written = io.BytesIO()
    pixels = np.random.default_rng(sum(colour)).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def library() -> Library:
    glass = io.BytesIO()
    Image.new("RGBA", (9, 9), (1, 2, 3, 4)).save(glass, "PNG")
    files = [
        ("glass.png", glass.getvalue()),
        ("a.png", png((1, 0, 0))),
        ("ä/b 🐈.png", png((2, 0, 0))),
        ("a.png", png((1, 0, 0))),
    ]
    images, _ = read_images(files, Library())
    library = Library("My <b>zoo</b> — ζῷα").add(images)
    captions = [
        new_caption(
            "=1+1 <b>bold</b> שלום 👩‍🚀", images[1].id, "x.csv", {"level": "", "n": "7"}, "b"
        ),
        new_caption("alone"),
        new_caption("alone"),
        new_caption("third", images[2].id, image_name="a.png"),
    ]
    return library.add(captions=captions).replace_caption(new_caption("alone").id, "changed")


def repacked(data: bytes, change) -> bytes:
    """The archive with its members changed: `change(members: dict[str, bytes])`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def with_list(data: bytes, change) -> bytes:
    """The archive with the content of library.json changed."""

    def edit(members):
        content = json.loads(members["library.json"])
        change(content)
        members["library.json"] = json.dumps(content).encode()

    return repacked(data, edit)


def test_nothing_is_lost(library):
    opened = workspace.open(workspace.save(library))
    assert opened == library
    assert opened.digest == library.digest
    assert opened.images[0].note == "transparent parts put on white"
    assert opened.captions[0].extra == {"level": "", "n": "7"}
    assert workspace.open(workspace.save(Library())) == Library()


def marked_pairs(library):
    """The library with two marks, one of them on a pair that nobody labelled."""
    library = library.mark(library.images[1].id, library.captions[0].id, "no match")
    return library.mark(library.images[3].id, library.captions[1].id, "unsure")


def test_marks_and_settings_travel_along(library):
    marked = marked_pairs(library)
    found = workspace.read(workspace.save(marked, {"backbone": "embedded"}))
    assert found == workspace.Workspace(marked, {"backbone": "embedded"})
    assert dict(found.library.marks) == {
        (library.images[1].id, library.captions[0].id): "no match",
        (library.images[3].id, library.captions[1].id): "unsure",
    }
    for settings in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises(DataError, match="cannot be saved as JSON"):
            workspace.save(library, settings)


def test_files_from_before_marks_open_as_they_did(library):
    saved = workspace.save(marked_pairs(library))
    assert workspace.open(with_list(saved, lambda content: content.update(marks={}))) == library
    assert workspace.open(with_list(saved, lambda content: content.pop("marks"))) == library


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"IMAGE": {"CAPTION": "perhaps"}}, 'marks a pair as \'perhaps\'.*"match", "no match"'),
        ({"IMAGE": {"CAPTION": ["match"]}}, r"marks a pair as \['match'\]"),
        ({"IMAGE": ["CAPTION"]}, "The marks of image .* are list"),
        ({"nobody": {"CAPTION": "match"}}, "speaks of the image 'nobody', which is not in"),
        ({"IMAGE": {"nobody": "match"}}, "speaks of the caption 'nobody', which is not in"),
        ([], 'lacks a proper "marks"'),
    ],
)
def test_marks_that_nobody_could_have_made_here_are_refused(library, marks, said):
    text = json.dumps(marks).replace("IMAGE", library.images[0].id)
    marks = json.loads(text.replace("CAPTION", library.captions[0].id))
    changed = with_list(workspace.save(library), lambda content: content.update(marks=marks))
    with pytest.raises(DataError, match=said):
        workspace.open(changed)


def test_the_same_library_gives_the_same_bytes(library):
    saved = workspace.save(library)
    assert saved == workspace.save(workspace.open(saved))
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_opening_reports_progress_and_may_be_cancelled(library):
    seen = []
    workspace.open(workspace.save(library), lambda fraction, text: seen.append((fraction, text)))
    assert seen == [(1.0, "Opened 4 of 4 images")]

    def stop(fraction, text):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        workspace.open(workspace.save(library), stop)


@pytest.mark.parametrize("data", [b"", b"no archive", b"\xff\xd8\xff\xe0 a picture", b"PK\3\4"])
def test_other_files_are_refused(data):
    with pytest.raises(DataError, match=r"not a saved library|cut off"):
        workspace.open(data)


def test_an_archive_of_something_else_is_refused(library):
    other = repacked(workspace.save(library), lambda members: members.pop("library.json"))
    with pytest.raises(DataError, match=r'lacks "library\.json"'):
        workspace.open(other)
    other = with_list(workspace.save(library), lambda content: content.update(format="other"))
    with pytest.raises(DataError, match='choose a file that "Save" made here'):
        workspace.open(other)


def test_a_newer_version_is_named(library):
    newer = with_list(workspace.save(library), lambda content: content.update(version=2))
    with pytest.raises(
        DataError, match="version 2 of the format, and this program reads version 1"
    ):
        workspace.open(newer)


def test_every_cut_is_found(library):
    saved = workspace.save(library)
    for length in range(0, len(saved), 97):
        with pytest.raises(DataError, match=r"not a saved library|cut off"):
            workspace.open(saved[:length])


def test_changed_bytes_are_found_or_change_nothing(library):
    saved = workspace.save(library)
    rng = np.random.default_rng(0)
    refused = 0
    for position in rng.integers(0, len(saved), 300):
        hurt = bytearray(saved)
        hurt[position] ^= 1 << rng.integers(8)
        try:
            # Time stamps and attributes of the archive mean nothing to a library.
            assert workspace.open(bytes(hurt)) == library
        except DataError as refusal:
            refused += 1
            assert str(refusal).endswith(".")
    assert refused > 250


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("captions"), 'lacks a proper "captions"'),
        (lambda c: c["images"][0].update(width="9"), 'lacks a proper "width"'),
        (lambda c: c["images"][0].update(width=0), '"width" is 0'),
        (lambda c: c["images"][0].update(id=c["images"][1]["id"]), "share one id"),
        (lambda c: c["captions"][0].update(image_id="gone"), "belongs to image gone"),
        (lambda c: c["captions"][0].update(text=7), 'lacks a proper "text"'),
        (lambda c: c["captions"][0].update(text="\ud83d"), "damaged"),
        (lambda c: c["captions"][0].update(extra={"a": []}), 'lacks a proper "a"'),
        (lambda c: c["captions"].insert(0, "text"), "lacks a proper"),
        (lambda c: c["images"][0].update(member="../../x"), r'lacks "\.\./\.\./x"|no use for'),
        (lambda c: c.update(marks=[]), 'lacks a proper "marks"'),
        (lambda c: c.update(captions=[{}] * 50_001), "50,001 captions; a library holds 50,000"),
    ],
)
def test_contents_are_checked(library, change, message):
    with pytest.raises(DataError, match=message):
        workspace.open(with_list(workspace.save(library), change))


def test_members_are_checked(library):
    saved = workspace.save(library)
    for change, message in (
        (lambda m: m.update({"evil.sh": b"x"}), "has no use for"),
        (lambda m: m.pop("images/00001"), 'lacks "images/00001"'),
        (lambda m: m.update({"images/00000": b"text"}), "damaged or not a JPEG"),
        (lambda m: m.update({"images/00000": bytes(2_000_000)}), r"more than 1\.5 MB"),
        (lambda m: m.update({"library.json": b"[" * 100_000}), "damaged"),
        (lambda m: m.update({"library.json": b"[]"}), "not a saved library"),
    ):
        with pytest.raises(DataError, match=message):
            workspace.open(repacked(saved, change))


def test_unpacked_size_is_counted(library, monkeypatch):
    saved = workspace.save(library)
    monkeypatch.setattr(workspace, "MAX_TOTAL_BYTES", len(library.images[0].data) + 1)
    with pytest.raises(DataError, match="The pictures take more than"):
        workspace.open(saved)
    monkeypatch.setattr(workspace, "MAX_LIST_BYTES", 100)
    with pytest.raises(DataError, match=r'"library\.json" unpacks to more than'):
        workspace.open(saved)


def test_locked_and_oddly_packed_members_are_refused(library):
    saved = bytearray(workspace.save(library))
    directory = saved.index(b"PK\1\2")
    saved[directory + 8] |= 1
    with pytest.raises(DataError, match="locked with a password"):
        workspace.open(bytes(saved))
    saved[directory + 8] &= 0xFE
    saved[directory + 10] = 14
    with pytest.raises(DataError, match="packed in a way"):
        workspace.open(bytes(saved))


def test_an_endless_directory_is_refused_before_it_is_read(library, monkeypatch):
    saved = bytearray(workspace.save(library))
    saved[-10:-6] = (700_000).to_bytes(4, "little")
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the directory was read"))
    with pytest.raises(DataError, match="lists more than a saved library can hold"):
        workspace.open(bytes(saved))
