"""What is known of each image and caption as a number or a name: what a map can be coloured by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vacsr_core.features import Features
from vacsr_core.library import Library, LibraryCaption, LibraryImage
from vacsr_core.similarity import Similarity

CLUSTERS = 8
MOST_NAMES = 8  # further ones share one colour, because more cannot be told apart
OTHERS = "others"
_PAIRS_AT_ONCE = 64  # captions whose own pairs are computed together
_NUMERIC_SHARE = 0.9  # of a column's cells that must be numbers for it to count as one of numbers


@dataclass(frozen=True, eq=False)
class ItemValues:
    """One value for each of P items.

    Args:
        label: what it is, for people.
        kind: "names", "sequential", "similarity", "uncertainty" or "diverging".
        values: float64 (P,); NaN where nothing is known. For "names" the place in `names`.
        names: of the groups; () for numbers.
        middle: of "diverging": the value without a colour.
        explanation: one sentence.
    """

    label: str
    kind: str
    values: np.ndarray
    names: tuple[str, ...] = ()
    middle: float | None = None
    explanation: str = ""


def by_name(label: str, names: Sequence[str | None], explanation: str = "") -> ItemValues:
    """Groups of items that share a name; the most frequent ones keep theirs.

    Args:
        names: P names, None or "" where there is none.
    """
    known = [name for name in names if name]
    counts = sorted(((known.count(name), name) for name in set(known)), key=lambda x: (-x[0], x[1]))
    kept = [name for _, name in counts]
    if len(kept) > MOST_NAMES:
        kept = [*kept[: MOST_NAMES - 1], OTHERS]
    place = {name: i for i, name in enumerate(kept)}
    last = place.get(OTHERS, np.nan)
    values = [place.get(name, last) if name else np.nan for name in names]
    return ItemValues(label, "names", np.array(values, np.float64), tuple(kept), None, explanation)


def modality(images: int, captions: int) -> ItemValues:
    """Image or caption."""
    values = np.r_[np.zeros(images), np.ones(captions)]
    return ItemValues("Modality", "names", values, ("image", "caption"))


def duplicates(library: Library, images: Sequence[LibraryImage], captions: Sequence) -> ItemValues:
    """Whether the same file, or the same words, are there more than once."""
    copies = library.duplicate_of
    several = set(copies) | set(copies.values())
    texts: dict[str, int] = {}
    for caption in library.captions:
        text = caption.text.casefold()
        texts[text] = texts.get(text, 0) + 1
    is_copy = [image.id in several for image in images]
    is_copy += [texts[caption.text.casefold()] > 1 for caption in captions]
    words = "The same file, or the same words, more than once in the library."
    names = ("once", "more than once")
    return ItemValues("Duplicate", "names", np.array(is_copy, float), names, None, words)


def tags(images: Sequence[LibraryImage], captions: Sequence[LibraryCaption]) -> list[ItemValues]:
    """The further columns of the caption tables; an image takes the values of its captions.

    A column of numbers becomes numbers, and an image gets their mean; any other becomes names,
    and an image has one only where its captions agree.
    """
    own: dict[str, list[LibraryCaption]] = {}
    for caption in captions:
        if caption.image_id is not None:
            own.setdefault(caption.image_id, []).append(caption)
    columns = dict.fromkeys(name for caption in captions for name in caption.extra)
    found = []
    for column in columns:
        cells = [caption.extra.get(column, "").strip() for caption in captions]
        numbers = np.array([_number(cell) for cell in cells])
        filled = sum(map(bool, cells))
        label = f"Tag “{column}”"
        if filled and np.isfinite(numbers).sum() >= _NUMERIC_SHARE * filled:
            place = {caption.id: i for i, caption in enumerate(captions)}
            values = [
                _mean(numbers[[place[c.id] for c in own.get(image.id, [])]]) for image in images
            ]
            found.append(ItemValues(label, "sequential", np.r_[values, numbers]))
            continue
        of_images = []
        for image in images:
            names = {c.extra.get(column, "").strip() for c in own.get(image.id, [])}
            of_images.append(names.pop() if len(names) == 1 else None)
        found.append(by_name(label, [*of_images, *cells]))
    return found


def clusters(vectors: np.ndarray, seed: int = 0, count: int = CLUSTERS) -> ItemValues:
    """Groups of items that lie near each other, by k-means on unit rows.

    Args:
        vectors: float32 (P, D), unit rows.
        seed: of the starting points.
        count: groups wanted; fewer for few items.
    """
    from scipy.cluster.vq import kmeans2

    count = max(1, min(count, len(vectors) // 4))
    _, label = kmeans2(
        vectors.astype(np.float64), count, iter=20, minit="++", rng=np.random.default_rng(seed)
    )
    order = np.argsort(-np.bincount(label, minlength=count), kind="stable")
    place = np.argsort(order)[label].astype(np.float64)
    words = f"{count} groups of near items in the backbone's space (k-means, seed {seed})."
    names = tuple(f"cluster {i + 1}" for i in range(count))
    return ItemValues("Cluster", "names", place, names, None, words)


def of_own_pairs(
    similarity: Callable[[Features, Features], Similarity],
    images: Features,
    captions: Features,
    owner: np.ndarray,
) -> dict[str, ItemValues]:
    """What the pair of a caption and its own image says of it; of an image, the mean of its own.

    Args:
        similarity: of some images with some captions, all pairs.
        images, captions: N and M items.
        owner: int (M,), row of each caption's image, -1 for none.

    Returns: "mean", "std", "match" and "cosine".
    """
    labelled = np.flatnonzero(owner >= 0)
    cells = {name: np.full(len(owner), np.nan) for name in ("mean", "std", "match", "cosine")}
    for start in range(0, len(labelled), _PAIRS_AT_ONCE):
        columns = labelled[start : start + _PAIRS_AT_ONCE]
        rows, place = np.unique(owner[columns], return_inverse=True)
        sim = similarity(images[rows], captions[columns])
        at = place, np.arange(len(columns))
        for name, matrix in (
            ("mean", sim.mean),
            ("std", sim.std),
            ("match", sim.match_probability),
            ("cosine", sim.cosine),
        ):
            cells[name][columns] = matrix[at]
    own = "of a caption with its own image; of an image the mean over its captions"
    described = {
        "mean": ("Similarity", "similarity", None, f"Mean similarity {own}."),
        "std": ("Uncertainty", "uncertainty", None, f"Spread of the similarity {own}."),
        "match": ("P(match)", "diverging", 0.5, f"P(match) {own}."),
        "cosine": ("Cosine", "sequential", None, f"Plain cosine {own}."),
    }
    found = {}
    for name, (label, kind, middle, words) in described.items():
        values = np.r_[_mean_by(owner, cells[name], len(images)), cells[name]]
        found[name] = ItemValues(label, kind, values, (), middle, words)
    return found


def _mean_by(owner: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    known = (owner >= 0) & np.isfinite(values)
    total = np.bincount(owner[known], values[known], count)
    number = np.bincount(owner[known], minlength=count)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _number(text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return float("nan")
    return number if np.isfinite(number) else float("nan")
