"""The library: distinct ids, pairing, changes that give a new library, and search."""

from dataclasses import replace

import numpy as np
import pytest

from vacsr_core.caption_text import clean_caption, clean_line, clean_name, escape_formula
from vacsr_core.errors import DataError, UploadError
from vacsr_core.library import Library, LibraryCaption, LibraryImage, new_caption
from vacsr_core.library_items import DistinctNames
from vacsr_core.pairing import NameIndex, images_without_caption, pair_by_name, pair_by_order


def image(name: str, content: str | None = None) -> LibraryImage:
    sha256 = (content or name).encode().hex().ljust(64, "0")[:64]
    return LibraryImage(sha256[:12], name, b"pixels of " + name.encode(), 20, 10, sha256)


@pytest.fixture
def library() -> Library:
    images = [image("cat.jpg"), image("dog.jpg"), image("owl.jpg")]
    captions = [
        new_caption("a cat sleeps", images[0].id),
        new_caption("a Dog runs", images[1].id, source="a.csv", extra={"level": "exact"}),
        new_caption("somewhere"),
        new_caption("the cat again", images[0].id),
    ]
    return Library("animals").add(images, captions)


def test_rows_follow_the_order_of_the_items(library):
    assert library.caption_image.tolist() == [0, 1, -1, 0]
    assert library.caption_image.dtype == np.int64
    assert not library.caption_image.flags.writeable
    assert library.pair_count == 3
    assert library.image_row(library.images[2].id) == 2
    assert library.caption_row(library.captions[3].id) == 3
    assert library.image(library.images[1].id).name == "dog.jpg"
    assert library.caption(library.captions[2].id).text == "somewhere"
    first = library.images[0].id
    assert [c.text for c in library.captions_of(first)] == ["a cat sleeps", "the cat again"]


def test_unknown_ids_are_named(library):
    with pytest.raises(DataError, match=r"no image with the id 'nope'.*3 images"):
        library.image("nope")
    with pytest.raises(DataError, match=r"no caption with the id 'nope'.*4 captions"):
        library.caption_row("nope")


def test_constructor_refuses_what_does_not_fit():
    cat = image("cat.jpg")
    with pytest.raises(DataError, match="Two images of the library share one id"):
        Library("x", (cat, cat))
    caption = LibraryCaption("c_1", "text", image_id="gone")
    with pytest.raises(DataError, match="belongs to image gone, which is not in the library"):
        Library("x", (cat,), (caption,))


def test_limits_are_stated(monkeypatch):
    monkeypatch.setattr("vacsr_core.library.MAX_CAPTIONS", 2)
    with pytest.raises(DataError, match=r"3 captions are too many.*at most 2"):
        Library().add(captions=[new_caption(text) for text in ("one", "two", "three")])


def test_caption_ids_come_from_text_and_image():
    assert new_caption("a cat").id == new_caption("  a \n cat ").id
    assert new_caption("a cat").id != new_caption("a cat", "abc").id
    assert len(new_caption("a cat").id) == len("c_") + 12
    repeated = Library().add(captions=[new_caption("a cat")] * 3)
    key = new_caption("a cat").id
    assert [c.id for c in repeated.captions] == [key, f"{key}-2", f"{key}-3"]


def test_distinct_names_stay_fast_and_skip_taken_numbers():
    names = DistinctNames(["a", "a-2"])
    assert [names.claim("a") for _ in range(3)] == ["a-3", "a-4", "a-5"]
    assert names.claim("b") == "b"
    many = DistinctNames(())
    assert [many.claim("x") for _ in range(50_000)][-1] == "x-50000"


def test_adding_the_same_file_twice_keeps_both_and_flags_the_second():
    cat = image("cat.jpg")
    library = Library().add([cat]).add([cat], [new_caption("second", cat.id)])
    first, second = library.images
    assert (second.id, second.name) == (f"{cat.id}-2", "cat.jpg (2)")
    assert library.duplicate_of == {second.id: first.id}
    # The caption came along with the second copy.
    assert library.captions[0].image_id == second.id


def test_a_whole_library_can_be_added_to_another(library):
    both = library.add(library.images, library.captions)
    assert len(both.images) == 6 and len(both.captions) == 8
    assert both.caption_image.tolist() == [0, 1, -1, 0, 3, 4, -1, 3]


def test_remove_keeps_captions_without_their_image(library):
    cat = library.images[0].id
    smaller = library.remove([cat, library.captions[3].id, "unknown"])
    assert [i.name for i in smaller.images] == ["dog.jpg", "owl.jpg"]
    assert [c.text for c in smaller.captions] == ["a cat sleeps", "a Dog runs", "somewhere"]
    assert smaller.caption_image.tolist() == [-1, 0, -1]
    assert len(library.images) == 3, "the first library must stay as it was"


def test_replace_caption_changes_the_text_and_nothing_else(library):
    key = library.captions[1].id
    changed = library.replace_caption(key, " a  wolf runs ")
    assert changed.caption(key) == LibraryCaption(
        key, "a wolf runs", library.images[1].id, "a.csv", {"level": "exact"}
    )
    assert changed.digest != library.digest
    with pytest.raises(UploadError, match="empty"):
        library.replace_caption(key, " \n")


def test_replace_image_takes_the_captions_over(library):
    changed = library.replace_image(library.images[0].id, image("lynx.jpg"))
    assert [i.name for i in changed.images] == ["lynx.jpg", "dog.jpg", "owl.jpg"]
    assert changed.caption_image.tolist() == [0, 1, -1, 0]


def test_rename(library):
    assert library.rename("  my\tzoo ").name == "my zoo"
    assert library.rename("").name == "animals"
    renamed = library.rename_image(library.images[0].id, "dog.jpg")
    assert [i.name for i in renamed.images] == ["dog.jpg (2)", "dog.jpg", "owl.jpg"]


def test_digest_sees_every_part(library):
    cat = library.images[0].id
    repainted = replace(library.images[0], data=b"other pixels")
    others = [
        library.rename("x"),
        library.rename_image(cat, "x.jpg"),
        library.pair({library.captions[0].id: None}),
        library.remove([library.captions[0].id]),
        Library(library.name, library.images[::-1], library.captions),
        Library(library.name, (repainted, *library.images[1:]), library.captions),
    ]
    digests = {library.digest, *(other.digest for other in others)}
    assert len(digests) == 1 + len(others)
    assert Library(library.name, library.images, library.captions).digest == library.digest


def test_filter_looks_in_captions_and_names(library):
    names = [i.id for i in library.images]
    keys = [c.id for c in library.captions]
    assert library.filter("DOG") == ((names[1],), (keys[1],))
    assert library.filter("Again") == ((names[0],), (keys[3],))
    assert library.filter("owl.J") == ((names[2],), ())
    assert library.filter("cat.jpg") == ((names[0],), (keys[0], keys[3]))
    assert library.filter(" ") == (tuple(names), tuple(keys))
    assert library.filter("zebra") == ((), ())


def test_pair_by_order_fills_the_gaps_only(library):
    more = library.add(captions=[new_caption("left over")])
    assert images_without_caption(more) == (library.images[2].id,)
    assert pair_by_order(more).caption_image.tolist() == [0, 1, 2, 0, -1]


def test_pair_by_name_uses_the_table_and_text_files(library):
    more = library.add(
        captions=[
            new_caption("hoot", image_name="birds/OWL.JPEG"),
            new_caption("woof", source="dog.txt"),
            new_caption("meow", library.images[2].id, image_name="cat.jpg"),
            new_caption("roar", image_name="lion.jpg"),
        ]
    )
    # "meow" has an image already and keeps it; "roar" has none to go to.
    assert pair_by_name(more).caption_image.tolist() == [0, 1, -1, 0, 2, 1, 2, -1]


def test_names_that_fit_several_images_find_none():
    names = ("a/1.jpg", "b/1.jpg", "2.png", "3.jpeg", "3.png")
    index = NameIndex(Library().add(image(name) for name in names))
    a, b, two, three, _ = (image(name).id for name in names)
    assert index.find("a/1.jpg") == (a, False)
    assert index.find("B\\1.JPEG#3") == (b, False)
    assert index.find("1.jpg") == (None, True)
    assert index.find("2") == (two, False)
    assert index.find("2.jpg") == (None, False), "another ending is another picture"
    assert index.find("3.jpg") == index.find("x/3.jpg#0") == (three, False)
    assert index.find("3") == (None, True)
    assert index.find(two) == (two, False)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\t c\u2028d", "a b c d"),
        ("nul\0 bell\x07 escape\x1b[31m", "nul bell escape[31m"),
        ("cafe\u0301", "caf\u00e9"),
        ("<b>x</b> ![i](http://x/y.png) =cmd|' /C calc'!A0", None),
        ("👩‍🚀 שלום مرحبا می‌خواهم", None),
        ("evil\u202egpj.exe\u2066", "evilgpj.exe"),
        ("half \ud83d character", "half \ufffd character"),
        ("null", None),
    ],
)
def test_captions_are_cleaned_but_their_words_stay(text, cleaned):
    expected = text if cleaned is None else cleaned
    assert clean_caption(text) == expected
    assert clean_line(expected) == expected


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b\u200d", "\u202e"])
def test_captions_that_show_nothing_are_refused(text):
    with pytest.raises(UploadError, match="empty: write at least one word"):
        clean_caption(text)


def test_a_caption_is_never_cut():
    assert len(clean_caption("x" * 2_000)) == 2_000
    with pytest.raises(UploadError, match="10,000 characters, and at most 2,000"):
        clean_caption("x" * 10_000)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Users\\me\\cat.jpg", "Users/me/cat.jpg"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("a\nb.jpg", "a b.jpg"),
        ("x" * 1_000 + ".jpg", "…" + "x" * 115 + ".jpg"),
    ],
)
def test_file_names_are_text_to_show(name, shown):
    assert clean_name(name) == shown


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
def test_formulas_are_escaped_for_export(start):
    assert escape_formula(start + "1+1") == "'" + start + "1+1"
    assert escape_formula("1" + start) == "1" + start


def test_marks_are_kept_changed_and_taken_away(library):
    cat, dog = library.images[0].id, library.images[1].id
    first, second = library.captions[0].id, library.captions[1].id
    marked = library.mark(cat, second, "match").mark(dog, second, "no match")
    assert dict(marked.marks) == {(cat, second): "match", (dog, second): "no match"}
    assert not library.marks
    assert marked.digest != library.digest
    assert marked.caption_image.tolist() == library.caption_image.tolist()
    assert marked.mark(cat, second, "unsure").marks[cat, second] == "unsure"
    assert dict(marked.mark(cat, second, None).marks) == {(dog, second): "no match"}
    assert marked.mark(cat, second, None).mark(dog, second, None) == library
    renamed = marked.rename("b").replace_caption(first, "other").pair({first: dog})
    assert renamed.marks == marked.marks


def test_marks_leave_with_their_image_or_caption(library):
    cat, dog = library.images[0].id, library.images[1].id
    first, second = library.captions[0].id, library.captions[1].id
    marked = library.mark(cat, first, "match").mark(dog, first, "unsure").mark(dog, second, "match")
    assert set(marked.remove([first]).marks) == {(dog, second)}
    assert set(marked.remove([dog]).marks) == {(cat, first)}
    assert set(marked.replace_image(dog, image("new.jpg")).marks) == {(cat, first)}


def test_marks_of_nothing_and_unknown_marks_are_refused(library):
    cat, first = library.images[0].id, library.captions[0].id
    with pytest.raises(DataError, match=r"mark 'maybe' is unknown.*\"unsure\", or not at all"):
        library.mark(cat, first, "maybe")
    with pytest.raises(DataError, match="no image with the id 'nope'"):
        library.mark("nope", first, None)
    with pytest.raises(DataError, match=r"speaks of the caption 'nope'.*4 captions"):
        replace(library, marks={(cat, "nope"): "match"})
