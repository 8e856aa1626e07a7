"""Caption files: encodings, layouts, columns, pairing, and a report on every row left out."""

import json
import time

import pytest

from vacsr_core import caption_files, caption_tables
from vacsr_core.caption_files import guess_columns, read_table, to_captions
from vacsr_core.errors import UploadError
from vacsr_core.library import Library, LibraryImage, new_caption


@pytest.fixture
def library() -> Library:
    names = ("cat.jpg", "dog.jpg", "owl.jpg")
    return Library().add(
        LibraryImage(f"{n:012x}", name, b"", 9, 9, f"{n:064x}") for n, name in enumerate(names)
    )


def accept(name: str, text: str, library: Library, pairing: str = "name"):
    table = read_table(name, text.encode())
    return to_captions(table, *guess_columns(table), library, pairing)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_recognised(delimiter):
    rows = [["image", "caption", "level"], ["cat.jpg", '"a cat, a hat; a mat"', "exact"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    table = read_table("x.csv", text.encode())
    assert table.columns == ("image", "caption", "level")
    assert table.rows == (("cat.jpg", "a cat, a hat; a mat", "exact"),)
    assert table.lines == (2,)
    assert table.warnings == ()


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")],
)
def test_unicode_files_are_read_without_a_warning(encoding, named):
    table = read_table("x.csv", "caption\nein Kätzchen 🐈\n".encode(encoding))
    assert (table.columns, table.rows) == (("caption",), (("ein Kätzchen 🐈",),))
    assert (table.encoding, table.warnings) == (named, ())


def test_other_encodings_are_read_as_windows_1252_and_said_so():
    table = read_table("x.csv", "caption\na cat\nein Kätzchen – süß\n".encode("cp1252"))
    assert table.rows[1] == ("ein Kätzchen – süß",)
    assert table.encoding == "cp1252"
    assert "not UTF-8 (first on line 3), so it was read as Windows-1252" in table.warnings[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty"),
        (b" \n\r\n", "The file is empty"),
        (b"PK\3\4rest", "workbook or an archive.*save the sheet as CSV"),
        (b"\x89PNG\0\0\0", "not a text file"),
        ("caption\na cat".encode("utf-16-le"), "UTF-16 without its mark"),
        (b"image,caption\n", "no row that can be used"),
        (b"a" + b",a" * 60, "61 columns, and at most 50"),
    ],
)
def test_files_that_hold_no_captions_are_refused(data, message):
    with pytest.raises(UploadError, match=message):
        read_table("x.csv", data)


def test_text_files_hold_one_caption_a_line():
    table = read_table("x.txt", b'a cat, a hat\n\n"quoted" words\r\nthird\n')
    assert table.columns == ("caption",)
    assert table.rows == (("a cat, a hat",), ('"quoted" words',), ("third",))
    assert table.lines == (1, 3, 4)


def test_text_files_with_image_tab_caption():
    table = read_table("tokens.txt", b"cat.jpg#0\ta cat\ndog.jpg#1\ta dog\n")
    assert table.columns == ("image", "caption")
    assert table.rows[1] == ("dog.jpg#1", "a dog")


def test_json_lines_expand_lists_and_name_bad_lines():
    lines = [
        json.dumps({"image": "cat.jpg", "captions": ["a cat", "the cat"], "level": 2}),
        "{broken",
        "",
        json.dumps({"image": "dog.jpg", "captions": "null"}),
        "[" * 100_000,
        json.dumps("only text"),
    ]
    table = read_table("x.jsonl", "\n".join(lines).encode())
    assert table.columns == ("image", "captions", "level", "caption")
    assert table.rows == (
        ("cat.jpg", "a cat", "2", ""),
        ("cat.jpg", "the cat", "2", ""),
        ("dog.jpg", "null", "", ""),
        ("", "", "", "only text"),
    )
    assert table.lines == (1, 1, 4, 6)
    assert table.warnings == ("Left out because it is no valid JSON: lines 2 and 5.",)


def test_json_list_of_objects():
    table = read_table("x.json", b'[{"text": "a cat"}, {"text": null, "n": true}]')
    assert (table.columns, table.rows) == (("text", "n"), (("a cat", ""), ("", "true")))
    with pytest.raises(UploadError, match="no valid JSON"):
        read_table("x.json", b'[{"text": "a cat"},')


def test_markup_formulas_and_null_stay_text(library):
    texts = [
        "=cmd|' /C calc'!A0",
        "<script>x</script>",
        "![i](http://x/y.png)",
        "null",
        "NA",
        "שלום",
    ]
    captions, _ = accept("x.txt", "\n".join(texts), library)
    assert [caption.text for caption in captions] == texts
    table = read_table("x.csv", ("caption\n" + "\n".join(texts)).encode())
    assert [row[0] for row in table.rows] == texts


def test_rows_with_unquoted_commas_are_named():
    text = "image,caption\ncat.jpg,a cat\ndog.jpg,a dog, running\nowl.jpg,one, two, three\n"
    table = read_table("x.csv", text.encode())
    assert table.rows == (("cat.jpg", "a cat"),)
    assert "more cells than there are columns (2): lines 3 and 4." in table.warnings[0]
    with pytest.raises(UploadError, match=r"no row that can be used.*line 2\. Put text"):
        read_table("x.csv", b"image,caption\ndog.jpg,a dog, running\n")


def test_one_column_of_captions_with_commas_is_not_split():
    table = read_table("x.csv", b"my captions\na cat, a hat\na dog\none, two, three\n")
    assert table.rows == (("a cat, a hat",), ("a dog",), ("one, two, three",))


def test_a_file_without_a_header_gets_numbered_columns():
    table = read_table("x.csv", b"cat.jpg,a cat\ndog.jpg,a dog\n")
    assert table.columns == ("column 1", "column 2")
    assert len(table.rows) == 2
    assert "first line does not look like names of columns" in table.warnings[0]
    assert guess_columns(table) == ("column 2", "column 1")


def test_a_list_of_sentences_keeps_the_first():
    table = read_table("x.csv", b"a cat, a hat\na dog\nan owl\na fox, running, fast\n")
    assert table.rows == (("a cat, a hat",), ("a dog",), ("an owl",), ("a fox, running, fast",))
    assert table.columns == ("column 1",)
    assert len(table.warnings) == 1


def test_cells_over_several_lines_keep_the_count_of_lines():
    table = read_table("x.csv", b'image,caption\ncat.jpg,"a\ncat"\ndog.jpg,a dog\n')
    assert table.rows == (("cat.jpg", "a cat"), ("dog.jpg", "a dog"))
    assert table.lines == (2, 4)


def test_an_open_quotation_mark_is_found():
    head = 'image,caption\ncat.jpg,a cat\ndog.jpg,"a dog\n'
    few = read_table("x.csv", (head + "owl.jpg,an owl\n" * 30).encode())
    assert "row that begins on line 3 runs over more than 20 lines" in few.warnings[0]
    with pytest.raises(UploadError, match="begins on line 3 has a cell of more than 131,072"):
        read_table("x.csv", (head + "owl.jpg,an owl\n" * 20_000).encode())


def test_columns_without_or_with_the_same_name():
    table = read_table("x.csv", b"caption,,caption\na,b,c\n")
    assert table.columns == ("caption", "column 2", "caption-2")


@pytest.mark.parametrize(
    ("header", "row", "guess"),
    [
        ("Image,Caption", "cat.jpg,a cat", ("Caption", "Image")),
        ("file_name,text", "x,a cat", ("text", "file_name")),
        ("n,words,where", "7,a cat on a mat,cat.png", ("words", "where")),
        ("caption", "a cat", ("caption", None)),
    ],
)
def test_columns_are_guessed(header, row, guess):
    assert guess_columns(read_table("x.csv", f"{header}\n{row}\n".encode())) == guess


def test_a_missing_caption_column_lists_those_found(library):
    table = read_table("x.csv", b"image,score\ncat.jpg,0.7\n")
    message = 'There is no caption column in x.csv; the columns found are "image", "score"'
    with pytest.raises(UploadError, match=message):
        guess_columns(table)
    with pytest.raises(UploadError, match='no caption column "words"'):
        to_captions(table, "words", None, library)
    with pytest.raises(UploadError, match='no image column "file"'):
        to_captions(table, "score", "file", library)
    with pytest.raises(UploadError, match="'best'; choose one of name, order, none"):
        to_captions(table, "score", None, library, "best")


def test_pairing_by_name_keeps_what_finds_no_image(library):
    text = (
        "image,caption,level\ncat.jpg,a cat,exact\nCAT.JPEG,the cat,\nlion.jpg,a lion,exact\n"
        "lion.jpg,the lion,\n,nowhere,\n"
    )
    captions, reports = accept("x.csv", text, library)
    ids = [image.id for image in library.images]
    assert [caption.image_id for caption in captions] == [ids[0], ids[0], None, None, None]
    assert captions[0].extra == {"level": "exact"} and captions[1].extra == {}
    assert captions[2].image_name == "lion.jpg"
    assert captions[0] == new_caption("a cat", ids[0], "x.csv", {"level": "exact"}, "cat.jpg")
    assert reports[0].reason == "5 of 5 rows taken, 2 with an image"
    assert all(report.accepted and report.name == "x.csv" for report in reports)
    assert reports[1].reason == (
        "Not among the images: lion.jpg (line 4). The captions (2) are kept without an image; "
        "upload those images, then pair by name."
    )
    assert reports[2].reason == "No image is named on line 6: kept without one."


def test_names_that_fit_several_images_are_reported(library):
    both = library.rename_image(library.images[0].id, "a/1.jpg")
    both = both.rename_image(library.images[1].id, "b/1.jpg")
    captions, reports = accept("x.csv", "image,caption\n1.jpg,one\nb/1.jpg,two\n", both)
    assert [caption.image_id for caption in captions] == [None, library.images[1].id]
    assert "Fits several images: 1.jpg (line 2). The captions (1)" in reports[1].reason


def test_a_text_file_goes_to_the_image_of_its_name(library):
    captions, reports = accept("dog.txt", "a dog\nthe dog\n", library)
    assert [caption.image_id for caption in captions] == 2 * [library.images[1].id]
    assert len(reports) == 1


def test_pairing_by_order_skips_images_that_have_captions(library):
    library = library.add(captions=[new_caption("first", library.images[0].id)])
    captions, reports = accept("x.txt", "one\ntwo\nthree\n", library, "order")
    ids = [image.id for image in library.images]
    assert [caption.image_id for caption in captions] == [ids[1], ids[2], None]
    assert "3 captions met 2 images without a caption: the first 2" in reports[1].reason


def test_no_pairing_leaves_all_alone_but_keeps_the_names(library):
    captions, reports = accept("x.csv", "image,caption\ncat.jpg,a cat\n", library, "none")
    assert (captions[0].image_id, captions[0].image_name) == (None, "cat.jpg")
    assert reports[0].reason == "1 of 1 rows taken, 0 with an image"


def test_bad_rows_are_grouped_and_named(library):
    long = "x" * 10_000
    text = f"image,caption\ncat.jpg,a cat\ndog.jpg,\nowl.jpg,{long}\ncat.jpg,  \ncat.jpg,end\n"
    captions, reports = accept("x.csv", text, library)
    assert [caption.text for caption in captions] == ["a cat", "end"]
    assert [report.accepted for report in reports] == [True, False, False]
    assert reports[0].reason == "2 of 5 rows taken, 2 with an image"
    assert reports[1].reason.startswith(
        "1 row has a caption of more than 2,000 characters: line 4."
    )
    assert reports[2].reason == "2 rows have an empty caption: lines 3 and 5. Fill it in."


def test_repeated_captions_keep_distinct_ids(library):
    captions, _ = accept("x.txt", "same\nsame\n", library.add(captions=[new_caption("same")]))
    key = new_caption("same").id
    assert [caption.id for caption in captions] == [f"{key}-2", f"{key}-3"]
    assert len(library.add(captions=captions).captions) == 2


def test_a_hundred_thousand_rows_are_read_and_the_library_takes_what_it_holds(library):
    rows = "".join(f"cat.jpg,a cat number {n}\n" for n in range(100_010))
    started = time.thread_time()
    table = read_table("x.csv", b"image,caption\n" + rows.encode())
    captions, reports = to_captions(table, "caption", "image", library)
    assert time.thread_time() - started < 15, "five times what a slow machine needs"
    assert len(table.rows) == 100_000
    assert "those from line 100,002 on were not read" in table.warnings[0]
    assert len(captions) == 50_000
    full = [report.reason for report in reports if not report.accepted]
    assert full == [
        "The library is full, it holds at most 50,000 captions: the rows from line 50,002 on "
        "were left out. Remove some captions, or split the file."
    ]


def test_a_table_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(caption_tables, "MAX_TABLE_BYTES", 1_000_000)
    with pytest.raises(UploadError, match=r"1\.2 MB, and at most 1 MB are taken"):
        read_table("x.csv", b"caption\n" + b"a" * 1_200_000)


def test_lines_are_listed_in_words():
    assert caption_tables.list_lines([4]) == "line 4"
    assert caption_tables.list_lines([4, 9, 12]) == "lines 4, 9 and 12"
    assert caption_tables.list_lines(list(range(1, 1_206))) == "lines 1, 2, 3, 4, 5 and 1,200 more"


def test_every_pairing_is_offered():
    assert caption_files.PAIRINGS == ("name", "order", "none")
