"""How text from outside gets onto a page: always as plain words, never as markup."""

from __future__ import annotations

import re

# A backslash before any of these keeps Markdown, LaTeX, HTML and directives from seeing it.
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&^=@/\"'])")
# Icons (":name:"), links ("https://", "www.") and addresses ("a@b") are looked for after the
# backslashes are gone; an invisible word joiner takes them apart.
_JOINER = "\u2060"
_LATE_MARKS = re.compile(r"(:|@|www(?=\.)|-(?=[->])|<(?=-))", re.IGNORECASE)


def plain(text: str) -> str:
    """Escape text for the places where Streamlit renders Markdown.

    Prefer `st.text`, `st.dataframe` and options of `st.selectbox`, which need no escape.

    Args:
        text: any string.

    Returns:
        One line of Markdown that shows the string letter by letter.

    Example:
        >>> plain("*a*")
        '\\\\*a\\\\*'
    """
    parted = _LATE_MARKS.sub(lambda found: found.group(0) + _JOINER, " ".join(text.split()))
    return _MARKS.sub(r"\\\1", parted)


def shorten(text: str, most: int = 80) -> str:
    """The beginning of a text, with an ellipsis where something is left out.

    Args:
        text: any string.
        most: characters of the result at most.
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 image", "2,000 images".

    Args:
        number: how many.
        one, many: the noun for one and for several; `many` is `one` with an "s" by default.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
