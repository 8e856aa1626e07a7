"""A person's own labelled and marked pairs, as a fit takes them, and the key to know them by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import library_state
from app_pages.parts.text import counted
from vacsr_core.library import Library

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.pair_sets import PairSet

FEWEST_OWN_IMAGES = 2  # below, there is not even one mismatch
_PAIRS = "_own_pairs"


@dataclass(frozen=True)
class OwnPairs:
    """A person's pairs: file contents, texts, and the image row of each text, -1 for none.

    Args:
        images, texts, owner: what there is, and what belongs to what.
        marks: (image row, text row, mark) of every pair that the person marked.
        image_keys: what tells each image from others: the hash of its pixels.
        labelled: how many images have a match once the marks are heeded.
        key: a hash of all pairs and marks; without the pairs it cannot be guessed.
        has_demo: whether pictures of the demo gallery are among them, because of marks.
    """

    images: tuple[bytes, ...]
    texts: tuple[str, ...]
    owner: tuple[int, ...]
    marks: tuple[tuple[int, int, str], ...]
    image_keys: tuple[str, ...]
    labelled: int
    key: str
    has_demo: bool = False

    @property
    def name(self) -> str:
        """For a sentence: "3 pictures of your own with 7 captions and 2 marks"."""
        pictures = counted(len(self.images), "picture")
        whose = "of this library" if self.has_demo else "of your own"
        said = f" and {counted(len(self.marks), 'mark')}" if self.marks else ""
        return f"{pictures} {whose} with {counted(len(self.texts), 'caption')}{said}"


def own_pairs() -> OwnPairs | None:
    """The labelled and marked pairs of the session's library.

    Those of the demo gallery are nobody's: they count only once a person has marked some pair.

    Returns:
        None where fewer than two images are left.
    """
    held = library_state.library()
    known = st.session_state.get(_PAIRS)
    if known is None or known[0] is not held:
        known = st.session_state[_PAIRS] = (held, collect(held))
    return known[1]


def collect(held: Library) -> OwnPairs | None:
    """The pairs of a library; see `own_pairs`."""
    if held is library_state.demo_library():
        return None
    demo = set(_pair_hashes(library_state.demo_library()).values())
    everybodys = set() if held.marks else demo
    own = {row: pair for row, pair in _pair_hashes(held).items() if pair not in everybodys}
    said = {
        (held.image_row(image_id), held.caption_row(caption_id)): mark
        for (image_id, caption_id), mark in held.marks.items()
    }
    captions = sorted({*own, *(column for _, column in said)})
    image_rows = [int(held.caption_image[row]) for row in captions if row in own]
    places = {
        row: place for place, row in enumerate(dict.fromkeys(image_rows + [i for i, _ in said]))
    }
    if len(places) < FEWEST_OWN_IMAGES:
        return None
    columns = {row: column for column, row in enumerate(captions)}
    marks = tuple((places[i], columns[c], mark) for (i, c), mark in sorted(said.items()))
    owner = tuple(places[int(held.caption_image[row])] if row in own else -1 for row in captions)
    words = [_pair_hash(held, *pair, f"\0{mark}") for pair, mark in said.items()]
    return OwnPairs(
        images=tuple(held.images[row].data for row in places),
        texts=tuple(held.captions[row].text for row in captions),
        owner=owner,
        marks=marks,
        image_keys=tuple(held.images[row].data_sha256 for row in places),
        labelled=_labelled(owner, marks),
        key=hashlib.sha256("\n".join(sorted([*own.values(), *words])).encode()).hexdigest()[:32],
        has_demo=bool(held.marks) and not demo.isdisjoint(own.values()),
    )


def _labelled(owner: tuple[int, ...], marks: tuple[tuple[int, int, str], ...]) -> int:
    import numpy as np

    from vacsr_core.marked_pairs import MarkedPairs

    settled = MarkedPairs.of(marks).settled(np.array(owner, dtype=np.int64))
    return len(np.unique(settled[settled >= 0]))


def _pair_hashes(held: Library) -> dict[int, str]:
    """Row of each labelled caption -> hash of picture and words."""
    return {
        row: _pair_hash(held, int(image), row)
        for row, image in enumerate(held.caption_image)
        if image >= 0
    }


def _pair_hash(held: Library, image: int, caption: int, said: str = "") -> str:
    words = f"{held.images[image].data_sha256}\0{held.captions[caption].text}{said}"
    return hashlib.sha256(words.encode()).hexdigest()


def encoded(
    engine: Engine, pairs: OwnPairs, progress: Callable, has_tokens: bool = False
) -> PairSet:
    """The pairs as a fit takes them. In a job's thread: never touches Streamlit."""
    import numpy as np

    from vacsr_core.marked_pairs import MarkedPairs
    from vacsr_core.pair_sets import PairSet, part_of

    return PairSet(
        pairs.name,
        engine.encode_images(pairs.images, part_of(progress, 0.0, 0.75), tokens=has_tokens),
        engine.encode_captions(pairs.texts, part_of(progress, 0.75, 1.0), tokens=has_tokens),
        np.array(pairs.owner, dtype=np.int64),
        marked=MarkedPairs.of(pairs.marks),
    )
