"""What a file that is no acceptable picture really is, told from its first bytes."""

from __future__ import annotations

# (offset, bytes that stand there, what the file is, what to do instead)
_EXPORT = "open it in a picture viewer, export it as JPEG or PNG, and upload that"
_KINDS = (
    (0, b"%PDF", "a PDF", "save the page as PNG or JPEG, and upload that"),
    (0, b"II*\0", "a TIFF picture", _EXPORT),
    (0, b"MM\0*", "a TIFF picture", _EXPORT),
    (0, b"8BPS", "a Photoshop file", _EXPORT),
    (0, b"%!PS", "a PostScript file", _EXPORT),
    (0, b"\0\0\1\0", "an icon file", _EXPORT),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", _EXPORT),
    (0, b"\xff\x0a", "a JPEG XL picture", _EXPORT),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture", _EXPORT),
    (4, b"ftyphei", "a HEIC photo as iPhones take them", _EXPORT),
    (4, b"ftyphev", "a HEIC photo as iPhones take them", _EXPORT),
    (4, b"ftypmif1", "a HEIC photo as iPhones take them", _EXPORT),
    (4, b"ftypavif", "an AVIF picture that is damaged or cannot be read here", _EXPORT),
    (4, b"ftyp", "a video", "take a still picture from it, and upload that"),
    (0, b"\x1a\x45\xdf\xa3", "a video", "take a still picture from it, and upload that"),
    (8, b"AVI ", "a video", "take a still picture from it, and upload that"),
    (8, b"WAVE", "a sound file", "upload pictures only"),
    (0, b"ID3", "a sound file", "upload pictures only"),
    (0, b"PK\3\4", "a ZIP archive or an office document", "unpack it, and upload the pictures"),
    (0, b"Rar!", "a RAR archive", "unpack it, and upload the pictures"),
    (0, b"7z\xbc\xaf", "a 7z archive", "unpack it, and upload the pictures"),
    (0, b"\x1f\x8b", "a gzip archive", "unpack it, and upload the pictures"),
    (0, b"\xd0\xcf\x11\xe0", "an office document", "save its pictures one by one"),
    (0, b"MZ", "a program", "upload pictures only"),
    (0, b"\x7fELF", "a program", "upload pictures only"),
    (0, b"PAR1", "a Parquet table", "upload pictures here, and captions under captions"),
)
_PICTURES = (
    (0, b"\xff\xd8", "JPEG"),
    (0, b"\x89PNG", "PNG"),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (0, b"BM", "BMP"),
)


def describe_wrong_kind(data: bytes) -> str:
    """One sentence on a file that could not be identified as a picture.

    Args:
        data: the whole content, or its first kilobyte.

    Returns:
        What it is instead, and what to do.

    Example:
        >>> describe_wrong_kind(b"Rar!...")
        'This is a RAR archive, not a picture that can be read: unpack it, and upload the pictures.'
    """
    for offset, mark, kind in _PICTURES:
        if data.startswith(mark, offset):
            return (
                f"The file begins like a {kind} picture, but is damaged or cut off: copy or "
                "download it again, and upload it anew."
            )
    for offset, mark, kind, remedy in _KINDS:
        if data.startswith(mark, offset):
            return f"This is {kind}, not a picture that can be read: {remedy}."
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return f"This is an SVG drawing, not a picture that can be read: {_EXPORT}."
    if start.startswith((b"<!doctype html", b"<html")):
        return (
            "This is a web page, not a picture: the download saved a page about the picture; "
            "open it, save the picture itself, and upload that."
        )
    if _is_text(data[:1024]):
        return "This is a text file, not a picture: captions are uploaded under captions."
    return "This is no picture of a known kind: upload JPEG, PNG, WebP, GIF, BMP or AVIF files."


def _is_text(start: bytes) -> bool:
    try:
        # The cut may fall inside a character of up to four bytes.
        text = start.decode("utf-8") if len(start) < 1024 else start[:-4].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return False
    return bool(text) and all(character.isprintable() or character.isspace() for character in text)
