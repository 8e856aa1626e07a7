"""The relation matrices of some items, as a person can look at them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.features import Features
from vacsr_core.space.fit import checked_owner
from vacsr_core.space.students import CommonSpace
from vacsr_core.space.teachers import Teachers, teacher_rows

_MOST_CLUSTERS, _ITEMS_A_CLUSTER = 8, 5


@dataclass(frozen=True, eq=False)
class Relations:
    """Cosines among n images and one caption of each, in one order.

    Args:
        image_teacher: float32 (n, n) in [-1, 1], R_I, cosines among the images.
        caption_teacher: R_T, cosines among their captions.
        fused: R_E, the two mixed by the space's fusion.
        student: R_F, cosines of every image (row) with every caption in the common space. On its
            diagonal stand the own pairs; on that of the others stands 1.
        rows: int64 (n,), image rows; like goes beside like.
        columns: int64 (n,), one caption of each.
        clusters: int64 (n,) from 0, rising: groups of like items by R_E.
    """

    image_teacher: np.ndarray
    caption_teacher: np.ndarray
    fused: np.ndarray
    student: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    clusters: np.ndarray


def relation_matrices(
    space: CommonSpace,
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    most: int = 60,
    seed: int = 0,
    teachers: Teachers | None = None,
    share: float = 1.0,
) -> Relations:
    """The teachers' relations, what they are fused to, and the students', of some images.

    Args:
        space: fitted or not.
        images: N items; captions: M items, both of the backbone, not yet projected.
        caption_image: (M,), image row of each caption; -1 for none.
        most: so many images at most, drawn from those that have a caption.
        seed: of which images, and which caption of each.
        teachers: as of `fit_space`.
        share: as of `CommonSpace.project`.

    Raises:
        ShapeError: features, rows and teachers do not fit each other.
        DataError: fewer than two images with a caption, or all items of a modality equal.
    """
    owner = checked_owner(images, captions, caption_image)
    rows, columns = _drawn(owner, most, seed)
    own = teachers or (None, None)
    pictures = teacher_rows(own[0], images)[rows]
    texts = teacher_rows(own[1], captions)[columns]
    of_images, of_captions = pictures @ pictures.T, texts @ texts.T
    fused = space.fusion * of_captions + (1.0 - space.fusion) * of_images
    order, clusters = _ordered(fused)
    rows, columns = rows[order], columns[order]
    students = (
        space.project(images[rows], share).vectors
        @ space.project(captions[columns], share).vectors.T
    )

    def in_order(relations: np.ndarray) -> np.ndarray:
        return relations[np.ix_(order, order)].astype(np.float32)

    return Relations(
        in_order(of_images), in_order(of_captions), in_order(fused), students,
        rows, columns, clusters,
    )  # fmt: skip


def _drawn(owner: np.ndarray, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Image rows, rising, and one caption of each."""
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(np.flatnonzero(owner >= 0))
    rows, first = np.unique(owner[shuffled], return_index=True)
    if len(rows) < 2 or most < 2:
        raise DataError(
            f"{len(rows)} images have a caption and at most {most} are to be shown; relations need "
            "two at least. Give more images with captions."
        )
    chosen = np.sort(generator.permutation(len(rows))[:most])
    return rows[chosen], shuffled[first[chosen]]


def _ordered(relations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An order (n,) in which like stands beside like, and the clusters along it, rising from 0.

    Average linkage on 1 - cosine, leaves turned so that neighbours are near each other.
    """
    from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
    from scipy.spatial.distance import squareform

    distances = np.clip(1.0 - relations.astype(np.float64), 0.0, None)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), method="average", optimal_ordering=True)
    order = leaves_list(tree).astype(np.int64)
    count = min(_MOST_CLUSTERS, max(1, len(order) // _ITEMS_A_CLUSTER))
    label = fcluster(tree, count, criterion="maxclust")[order]
    return order, np.r_[0, np.cumsum(label[1:] != label[:-1])].astype(np.int64)
