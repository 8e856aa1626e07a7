"""Which images and captions the Library page shows: a text to find, and a view."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from app_pages.parts.text import counted
from vacsr_core.library import Library

if TYPE_CHECKING:
    from vacsr_core.features import Features

VIEWS = {
    "all": "All",
    "unpaired": "Unpaired",
    "duplicates": "Duplicates",
    "long": "Too long",
    "outside": "Outside the model",
}


def visible(
    library: Library,
    text: str = "",
    view: str = "all",
    long_captions: Collection[str] = (),
    outside: Collection[str] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids that fit both the text and the view, in the library's order.

    Args:
        library: as shown.
        text: to find in captions and file names; "" finds everything.
        view: "all"; "unpaired": images without captions and captions without an image;
            "duplicates": images whose file is there more than once, with their captions;
            "long": captions that the model does not read to their end, with their images;
            "outside": images and captions unlike what the model has seen.
        long_captions: ids of the captions that the model cuts.
        outside: ids of the images and captions that lie outside what the model has seen.

    Returns:
        Image ids and caption ids.
    """
    image_ids, caption_ids = library.filter(text)
    if view == "all":
        return image_ids, caption_ids
    if view == "unpaired":
        images = {i.id for i in library.images if not library.captions_of(i.id)}
        captions = {c.id for c in library.captions if c.image_id is None}
    elif view == "duplicates":
        images = set(library.duplicate_of) | set(library.duplicate_of.values())
        captions = {c.id for c in library.captions if c.image_id in images}
    elif view == "outside":
        images = captions = set(outside)
    else:
        captions = set(long_captions)
        images = {c.image_id for c in library.captions if c.id in captions}
    return (
        tuple(key for key in image_ids if key in images),
        tuple(key for key in caption_ids if key in captions),
    )


def long_captions(library: Library, captions: Features | None) -> frozenset[str]:
    """Ids of the captions that the model does not read to their end.

    Args:
        library: as shown.
        captions: features of all its captions in order, or None while unknown.
    """
    if captions is None or captions.is_truncated is None:
        return frozenset()
    pairs = zip(library.captions, captions.is_truncated, strict=True)
    return frozenset(caption.id for caption, is_cut in pairs if is_cut)


def summary(library: Library, is_demo: bool = False) -> str:
    """One sentence on what is in a library, made of its numbers; no user text.

    Args:
        library: as shown.
        is_demo: whether it is the demo gallery.
    """
    images, captions, pairs = len(library.images), len(library.captions), library.pair_count
    if not images and not captions:
        return "Nothing yet: drop in some pictures, write some captions, or show the demo gallery."
    kind = "drawn scene" if is_demo else "picture"
    parts = f"{counted(images, kind)} and {counted(captions, 'caption')}"
    if not captions:
        return f"{parts}: add captions to see how similar each pair is."
    if not images:
        return f"{parts}: add pictures to see how similar each pair is."
    if pairs == captions:
        belong = "every caption belongs to a picture"
    elif pairs == 0:
        belong = "nobody has said yet which caption belongs to which picture"
    else:
        belong = f"{pairs:,} of the captions belong to a picture"
    return f"{parts}: {belong}, and all {images * captions:,} pairs can be compared."
