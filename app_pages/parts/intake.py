"""What a person drops onto the page, sorted: pictures, tables of captions, a saved library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from app_pages.parts.text import counted
from vacsr_core.caption_tables import CaptionTable, read_table
from vacsr_core.caption_text import clean_name
from vacsr_core.errors import CancelledError, VacsrError
from vacsr_core.library import FileReport, Library, LibraryImage
from vacsr_core.pairing import pair_by_name
from vacsr_core.uploads import read_images

TABLE_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt")
LIBRARY_ENDING = ".vacsr"
SYSTEM_FILES = ("thumbs.db", "desktop.ini", "__macosx")
OWN_NAME = "My library"
Files = Sequence[tuple[str, bytes]]


@dataclass
class Intake:
    """What came of one upload.

    Args:
        images: the accepted ones.
        tables: caption files that were read, to be previewed before their captions are taken.
        opened: a saved library that was among the files, or None.
        reports: one for each file; what is wrong comes first on the page.
        name: a name for a library made of these files.
        change: once it was taken over, what `library_state.set_library` was told.
    """

    images: list[LibraryImage] = field(default_factory=list)
    tables: list[CaptionTable] = field(default_factory=list)
    opened: Library | None = None
    reports: list[FileReport] = field(default_factory=list)
    name: str = OWN_NAME
    change: tuple[Library, str, bool | None] | None = None


def read_upload(files: Files, library: Library, progress: Callable[[float, str], None]) -> Intake:
    """Check uploaded files, each by what it is; a bad one never stops the others.

    Args:
        files: (name, content).
        library: which the images will be added to.
        progress: called before each picture; where it raises CancelledError, what was read until
            then is kept and the rest is reported as not read.

    Returns:
        What was found.
    """
    intake = Intake(name=_common_folder([name for name, _ in files]) or OWN_NAME)
    pictures = []
    for name, data in files:
        ending = "." + name.lower().rpartition(".")[2]
        if _is_system_file(name):
            continue
        if ending in TABLE_ENDINGS:
            _take_table(intake, name, data)
        elif ending == LIBRARY_ENDING:
            _take_library(intake, name, data)
        else:
            pictures.append((name, data))
    started = 0

    def one_by_one() -> Iterator[tuple[str, bytes]]:
        nonlocal started
        for file in pictures:
            try:
                progress(started / len(pictures), f"{started:,} of {len(pictures):,} files")
            except CancelledError:
                return
            started += 1
            yield file

    intake.images, reports = read_images(one_by_one(), library)
    intake.reports += reports
    intake.reports += [
        FileReport(clean_name(name), False, "Not read, because the upload was stopped.")
        for name, _ in pictures[started:]
    ]
    return intake


def add_images(library: Library, images: Sequence[LibraryImage]) -> Library:
    """Add images, and give them the captions that have been waiting for a file of their name."""
    return pair_by_name(library.add(images))


def outcome(reports: Sequence[FileReport]) -> str:
    """One line on an upload: how many files were accepted and how many refused.

    Args:
        reports: of all its files.
    """
    # A table has several rows in the report: it counts once, as accepted where a part of it was.
    taken = {report.name for report in reports if report.accepted}
    accepted = len(taken)
    refused = sum(report.name not in taken for report in reports)
    words = f"{counted(accepted, 'file')} accepted"
    return f"{words}, {refused:,} refused" if refused else words


def _take_table(intake: Intake, name: str, data: bytes) -> None:
    try:
        table = read_table(name, data)
    except VacsrError as refusal:
        intake.reports.append(FileReport(clean_name(name), False, str(refusal)))
        return
    intake.tables.append(table)
    found = f"{counted(len(table.rows), 'row')} read; choose below what becomes of them"
    intake.reports.append(FileReport(table.name, True, found))


def _take_library(intake: Intake, name: str, data: bytes) -> None:
    from vacsr_core import workspace

    try:
        intake.opened = workspace.open(data)
    except VacsrError as refusal:
        intake.reports.append(FileReport(clean_name(name), False, str(refusal)))
        return
    intake.reports.append(FileReport(clean_name(name), True, "opened as a whole library"))


def _is_system_file(name: str) -> bool:
    parts = name.replace("\\", "/").lower().split("/")
    return parts[-1].startswith(".") or any(part in SYSTEM_FILES for part in parts)


def _common_folder(names: Sequence[str]) -> str | None:
    """The folder that all files come from, where a folder was uploaded."""
    folders = {clean_name(name).split("/")[0] for name in names if "/" in clean_name(name)}
    is_everywhere = len(folders) == 1 and all("/" in clean_name(name) for name in names)
    return folders.pop() if is_everywhere else None
