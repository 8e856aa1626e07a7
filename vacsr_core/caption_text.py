"""The form that text from outside takes inside: captions, file names, cells of a table."""

from __future__ import annotations

import re
import unicodedata

from vacsr_core.errors import UploadError

MAX_CAPTION_CHARACTERS = 2_000  # no model reads more than a fraction of this
MAX_NAME_CHARACTERS = 120

# Spreadsheets run a cell that starts with one of these (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")

# Embeddings, overrides and isolates reorder whatever stands beside them, file names and figures
# included. Hebrew and Arabic read correctly without them. The plain marks LRM, RLM and ALM stay,
# and so do the joiners that emoji and Persian need.
_DIRECTION_CONTROLS = "\u202a-\u202e\u2066-\u2069"
# White space is excepted from the control characters: it becomes a plain space instead.
_DROPPED = re.compile(f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufeff{_DIRECTION_CONTROLS}]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_line(text: str) -> str:
    """One line of plain text: Unicode NFC, without control characters, white space as one space.

    Markup, formulas, emoji and right-to-left letters stay exactly as they are. The nine characters
    that force a writing direction on their surroundings (U+202A to U+202E, U+2066 to U+2069) are
    taken out, half characters that no file can hold become U+FFFD.

    Args:
        text: any string.

    Returns:
        The cleaned string, "" where nothing is left. Cleaning twice changes nothing.

    Example:
        >>> clean_line("  a dog\\r\\n on <b>grass</b> ")
        'a dog on <b>grass</b>'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _DROPPED.sub("", _LONE_SURROGATE.sub("\ufffd", text))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def clean_caption(text: str) -> str:
    """A caption as the library keeps it.

    Args:
        text: what a person typed, or one cell of a table.

    Returns:
        The result of `clean_line`, 1 to 2,000 characters.

    Raises:
        UploadError: nothing is left, or more than 2,000 characters are; nothing is ever cut off.
    """
    cleaned = clean_line(text)
    # Joiners and fillers alone (categories C and Z) would show as an empty line.
    if all(unicodedata.category(character)[0] in "CZ" for character in cleaned):
        raise UploadError("The caption is empty: write at least one word.")
    if len(cleaned) > MAX_CAPTION_CHARACTERS:
        raise UploadError(
            f"The caption has {len(cleaned):,} characters, and at most {MAX_CAPTION_CHARACTERS:,} "
            "are taken: shorten it, or split it into several captions."
        )
    return cleaned


def clean_name(name: str) -> str:
    """A file's name as text to show, never to open: a relative path with forward slashes.

    Args:
        name: what the browser or a table says, possibly with folders, a drive or "..".

    Returns:
        1 to 120 characters; the end of a longer name, because that tells files apart.

    Example:
        >>> clean_name("C:\\\\trip\\\\..\\\\IMG_1.jpg")
        'trip/IMG_1.jpg'
    """
    # Cut before cleaning so that a name of megabytes costs nothing.
    parts = clean_line(name[-4 * MAX_NAME_CHARACTERS :].replace("\\", "/")).split("/")
    kept = [part for part in parts if part.strip(". ") and not re.fullmatch("[A-Za-z]:", part)]
    shown = "/".join(kept) or "unnamed"
    return shown if len(shown) <= MAX_NAME_CHARACTERS else "…" + shown[1 - MAX_NAME_CHARACTERS :]


def escape_formula(text: str) -> str:
    """A table cell that no spreadsheet runs as a formula, for CSV export.

    Args:
        text: any string.

    Returns:
        The text itself, or with ' in front where it starts with = + - @, tab, line break or NUL.

    Source: OWASP, "CSV Injection"; ASVS 1.2.10.

    Example:
        >>> escape_formula("=1+1")
        "'=1+1"
    """
    return "'" + text if text.startswith(FORMULA_STARTS) else text
