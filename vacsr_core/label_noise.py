"""Wrong labels put in on purpose, to see whether a fit notices them."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import DataError


def shuffle_captions(
    caption_image: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give some captions the label of another image.

    The labels of the chosen captions are permuted among them, so that every image keeps its number
    of captions. Only where that can't be done, because most of the chosen captions are one
    image's, does a caption get any other image's label.

    Args:
        caption_image: (M,), row of the image that each caption belongs to; -1 for none.
        share: of the labelled captions, in [0, 1]; their number is rounded.
        seed: of which captions, and of their new labels.

    Returns:
        The noisy caption_image, int64 (M,), and is_shuffled, bool (M,): exactly the captions whose
        label is another one now.

    Raises:
        DataError: a share outside [0, 1], or captions of one image only.

    Source: arXiv 2605.30968 and the work on noisy correspondence before it, which train on a
        share of shuffled captions.
    """
    if not 0.0 <= share <= 1.0:
        raise DataError(f"a share of {share} captions was asked for; wanted is one in [0, 1].")
    noisy = np.array(caption_image, dtype=np.int64)
    generator = np.random.default_rng(seed)
    labelled = np.flatnonzero(noisy >= 0)
    chosen = generator.permutation(labelled)[: round(share * len(labelled))]
    images = np.unique(noisy[labelled])
    if len(chosen) and len(images) < 2:
        raise DataError(
            f"All {len(labelled)} labelled captions belong to one image, so none can get another "
            "image's label; give captions of at least two images."
        )
    own = noisy[chosen]
    label = generator.permutation(own)
    for place in np.flatnonzero(label == own):
        if label[place] != own[place]:  # an earlier exchange has mended it
            continue
        partners = np.flatnonzero((label != own[place]) & (own != own[place]))
        if len(partners):
            partner = generator.choice(partners)
            label[[place, partner]] = label[[partner, place]]
        else:
            label[place] = generator.choice(images[images != own[place]])
    noisy[chosen] = label
    is_shuffled = np.zeros(len(noisy), bool)
    is_shuffled[chosen] = True
    return noisy, is_shuffled
