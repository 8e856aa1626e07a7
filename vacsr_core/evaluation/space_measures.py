"""What a common space is measured by on one data set: structure kept, retrieval, the gap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.evaluation.data_set import DataSet
from vacsr_core.features import Features
from vacsr_core.metrics.neighbourhood import neighbours, neighbours_kept
from vacsr_core.metrics.retrieval import (
    caption_to_image_ranks,
    image_to_caption_ranks,
    recall_at_k,
)
from vacsr_core.metrics.rouge import rouge_l
from vacsr_core.metrics.structure import (
    CUTOFFS,
    co_caption_ranks,
    modality_gap,
    ndcg,
    structure_kept,
)
from vacsr_core.space import CommonSpace

MOST_ITEMS = 1_000  # of a modality, whose distances are compared
MOST_CAPTIONS = 2_000  # in the gallery of graded retrieval, beside MOST_ITEMS images
NEIGHBOURS = 10
DIRECTIONS = ("i→c", "c→i")


class Hits(NamedTuple):
    """Whether each query's own partner comes first.

    Args:
        of_images: bool (Q,), the images with a caption, in their order.
        of_captions: bool (M',), the captions with an image.
    """

    of_images: np.ndarray
    of_captions: np.ndarray


class SpaceMeasure:
    """A data set, and which of its items are looked at.

    Args:
        data: what is measured on. Without texts there is no graded retrieval.
        seed: of the items that are drawn where there are more than `MOST_ITEMS`.

    Raises:
        DataError: fewer than three images or captions, which have no structure.
    """

    def __init__(self, data: DataSet, seed: int = 0) -> None:
        counts = len(data.images), len(data.captions)
        if min(counts) < 3:
            raise DataError(
                f"{data.name}: {counts[0]} images and {counts[1]} captions have no structure to "
                "keep; give at least three of each."
            )
        self.data = data
        self.labelled = np.flatnonzero(data.owner >= 0)
        self.owner = data.owner[self.labelled]
        generator = np.random.default_rng(seed)

        def drawn(count: int, most: int) -> np.ndarray:
            return np.sort(generator.permutation(count)[:most])

        self.items = {
            "image": drawn(counts[0], MOST_ITEMS),
            "caption": drawn(counts[1], MOST_ITEMS),
        }
        self.neighbours = {
            kind: min(NEIGHBOURS, max(1, len(rows) // 5)) for kind, rows in self.items.items()
        }
        self.near = {kind: self._near(kind, self._of(kind).vectors) for kind in self.items}
        self.gallery_images = drawn(counts[0], MOST_ITEMS)
        self.gallery_captions, self.relevance = self._graded(drawn)

    def _of(self, kind: str) -> Features:
        return self.data.images if kind == "image" else self.data.captions

    def _near(self, kind: str, vectors: np.ndarray) -> np.ndarray:
        """int (n, k): the nearest among the drawn items of a modality."""
        return neighbours(vectors[self.items[kind]], self.neighbours[kind])[0]

    def _graded(self, drawn) -> tuple[np.ndarray, np.ndarray | None]:
        """Captions of the gallery, and how relevant its items are to one another, (G, G).

        Images come first. Two captions are as relevant as ROUGE-L says; an image and a caption, or
        two images, as the mean over the captions of the image, or of both, says.
        """
        if not self.data.texts:
            return np.zeros(0, np.int64), None
        place = np.full(len(self.data.images), -1)
        place[self.gallery_images] = np.arange(len(self.gallery_images))
        known = self.labelled[place[self.owner] >= 0]
        chosen = drawn(len(known), MOST_CAPTIONS)
        between = rouge_l([self.data.texts[column] for column in known])  # (A, A)
        own = np.zeros((len(self.gallery_images), len(known)), np.float32)
        own[place[self.data.owner[known]], np.arange(len(known))] = 1.0
        own /= np.maximum(own.sum(axis=1, keepdims=True), 1.0)  # means; 0 without a caption
        of_images = own @ between  # (I, A)
        mixed = np.block([
            [of_images @ own.T, of_images[:, chosen]],
            [of_images[:, chosen].T, between[np.ix_(chosen, chosen)]],
        ])  # fmt: skip
        return known[chosen], mixed

    def measure(self, space: CommonSpace) -> tuple[dict[str, float], Hits]:
        """All figures of a space; NaN where one is not defined.

        Returns:
            Name -> value: "tau", "rho", "row rho" and "kept" of "image" and "caption", such as
            "tau image"; "NDCG@10 image", "... caption" and "... mixed" and so on for `CUTOFFS`;
            "gap"; "R@1 c→c", to another caption of the same image; "R@1 i→c" and "R@1 c→i". And
            the hits behind the last two.
        """
        images, captions = space.project(self.data.images), space.project(self.data.captions)
        found: dict[str, float] = {}
        for kind, after in (("image", images), ("caption", captions)):
            rows = self.items[kind]
            kept = structure_kept(self._of(kind).vectors[rows], after.vectors[rows])
            near = self._near(kind, after.vectors)
            found |= {
                f"tau {kind}": kept.kendall,
                f"rho {kind}": kept.spearman,
                f"row rho {kind}": kept.row_spearman,
                f"kept {kind}": float(neighbours_kept(self.near[kind], near).mean()),
            }
        found["gap"] = modality_gap(images.vectors, captions.vectors)
        found |= self._graded_retrieval(images.vectors, captions.vectors)
        others = co_caption_ranks(captions.vectors, self.data.owner)
        found["R@1 c→c"] = recall_at_k(others, 1) if len(others) else np.nan
        given = images.vectors, captions.vectors[self.labelled], self.owner
        ranks = image_to_caption_ranks(*given), caption_to_image_ranks(*given)
        found |= {
            f"R@1 {name}": recall_at_k(each, 1)
            for name, each in zip(DIRECTIONS, ranks, strict=True)
        }
        return found, Hits(*(each == 1 for each in ranks))

    def _graded_retrieval(self, images: np.ndarray, captions: np.ndarray) -> dict[str, float]:
        """NDCG within each modality, and of both in one gallery on the one scale of the cosine.

        In the mixed gallery image queries and caption queries count alike.
        """
        if self.relevance is None:
            return {}
        rows = np.concatenate([images[self.gallery_images], captions[self.gallery_captions]])
        places, first = np.arange(len(rows)), len(self.gallery_images)
        parts = {"image": slice(0, first), "caption": slice(first, None)}
        found = {}
        for kind, part in parts.items():
            own = places[part] - places[part][0]
            within = ndcg(rows[part], rows[part], self.relevance[part, part], own=own)
            found |= _by_cutoff(kind, _mean(within))
        mixed = [
            _mean(ndcg(rows[part], rows, self.relevance[part], own=places[part]))
            for part in parts.values()
        ]
        return found | _by_cutoff("mixed", np.mean(mixed, axis=0))


def _mean(values: np.ndarray) -> np.ndarray:
    """Over the queries to which anything is relevant; NaN where there are none."""
    asked = values[~np.isnan(values).any(axis=1)]
    return asked.mean(axis=0) if len(asked) else np.full(values.shape[1], np.nan)


def _by_cutoff(kind: str, values: np.ndarray) -> dict[str, float]:
    return {f"NDCG@{k} {kind}": float(v) for k, v in zip(CUTOFFS, values, strict=True)}
