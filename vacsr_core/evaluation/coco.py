"""COCO's test images by what is really right: ECCV Caption and CxC, through `eccv_caption`.

COCO labels five captions an image as right and all others as wrong, of which many are right; the
package knows the verified matches of 5,000 images and 25,000 captions by their ids.
Source: ECCV Caption, arXiv 2204.03359; CxC, arXiv 2004.15020.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from vacsr_core.errors import DataError
from vacsr_core.evaluation.data_set import DataSet, Matches
from vacsr_core.evaluation.queries import DIRECTIONS, Judge, blocks
from vacsr_core.evaluation.trial import key

NAME, TABLE = "ECCV and CxC", "COCO"
TARGETS = ("coco_1k_recalls", "coco_5k_recalls", "cxc_recalls", "eccv_r1", "eccv_map_at_r",
           "eccv_rprecision")  # fmt: skip
SAID = {
    "coco_1k_r": "COCO 1K R@",
    "coco_5k_r": "COCO 5K R@",
    "cxc_r": "CxC R@",
    "eccv_r1": "ECCV R@1",
    "eccv_map_at_r": "ECCV mAP@R",
    "eccv_rprecision": "ECCV R-P",
}
DEPTHS = (1, 5, 10)


class Rankings(dict):
    """id of a query -> ids of all candidates, best first; unpacked when it is asked for.

    Args:
        query_ids: int (Q,). candidate_ids: int (C,).
        order: uint16 (Q, C), columns of the candidates; C below 65,536.
    """

    def __init__(self, query_ids: np.ndarray, candidate_ids: np.ndarray, order: np.ndarray) -> None:
        super().__init__(zip(query_ids.tolist(), range(len(query_ids)), strict=True))
        self._candidate_ids, self._order = candidate_ids, order

    def __getitem__(self, query: int) -> list[int]:
        return self._candidate_ids[self._order[super().__getitem__(int(query))]].tolist()


def has_coco_ids(data: DataSet) -> bool:
    """Whether the images and captions are COCO's test ones, by their ids and their number."""
    if not data.caption_ids or len(data.images) != 5_000 or len(data.captions) != 25_000:
        return False
    try:
        _coco_ids(data, _package())
    except DataError:
        return False
    return True


def with_matches(data: DataSet) -> DataSet:
    """The data set with the matches of ECCV Caption and CxC beside its labels.

    Raises:
        DataError: the package is not installed, or the ids are not those of COCO's test images.
    """
    truth = _package()
    image_ids, caption_ids = _coco_ids(data, truth)
    row_of = {int(name): row for row, name in enumerate(image_ids)}
    column_of = {int(name): column for column, name in enumerate(caption_ids)}
    shape = (len(image_ids), len(caption_ids))

    def matrix(direction: str, first: dict, second: dict) -> csr_array:
        """Of the queries of ECCV Caption: what it or CxC has as a match."""
        pairs = [
            (first[query], second[match])
            for query, matches in truth.eccv_gts[direction].items()
            for match in {*matches, *truth.cxc_gts[direction].get(query, ())}
            if match in second  # two of ECCV Caption's captions are none of the 25,000
        ]
        places = np.array(pairs).T
        places = places if direction == "i2t" else places[::-1]
        return csr_array((np.ones(places.shape[1], bool), tuple(places)), shape=shape)

    found = Matches(NAME, matrix("i2t", row_of, column_of), matrix("t2i", column_of, row_of))
    return replace(data, others=(*data.others, found))


def coco_figures(judge: Judge, data: DataSet, targets: Sequence[str] = TARGETS) -> dict[str, float]:
    """The package's figures of full rankings; of equal scores the wrong one comes first.

    Args:
        targets: figures as the package names them; those of COCO 1K take most of the time.
    """
    truth = _package()
    image_ids, caption_ids = _coco_ids(data, truth)
    orders = {
        DIRECTIONS[0]: np.empty((len(image_ids), len(caption_ids)), np.uint16),
        DIRECTIONS[1]: np.empty((len(caption_ids), len(image_ids)), np.uint16),
    }
    right = data.labels.of_images
    for part in data.others:
        right = right + part.of_images + part.of_captions
    right = right.astype(bool).tocsr()
    for direction, rows, columns, verdict in blocks(judge, data):
        is_right = right[rows][:, columns].toarray()
        score = verdict.score.astype(np.float64)
        score = np.where(is_right, np.nextafter(score, -np.inf), score)
        if direction == DIRECTIONS[0]:
            orders[direction][rows] = np.argsort(-score, axis=1, kind="stable")
        else:
            orders[direction][columns] = np.argsort(-score.T, axis=1, kind="stable")
    of_images = Rankings(image_ids, caption_ids, orders[DIRECTIONS[0]])
    of_captions = Rankings(caption_ids, image_ids, orders[DIRECTIONS[1]])
    with contextlib.redirect_stderr(io.StringIO()):  # it draws a bar that nobody asked for
        found = truth.compute_all_metrics(of_images, of_captions, targets, DEPTHS)
    return _numbers(found)


def _numbers(found: dict[str, dict[str, float]]) -> dict[str, float]:
    numbers = {}
    for name, values in found.items():
        start = next(start for start in SAID if name.startswith(start))
        measure = SAID[start] + (name.removeprefix(start) if start.endswith("_r") else "")
        for short, direction in zip(("i2t", "t2i"), DIRECTIONS, strict=True):
            numbers[key(TABLE, measure, direction)] = float(values[short])
    for size in ("1K", "5K"):
        if key(TABLE, f"COCO {size} R@1", DIRECTIONS[0]) not in numbers:
            continue
        parts = (
            numbers[key(TABLE, f"COCO {size} R@{depth}", direction)]
            for depth in DEPTHS
            for direction in DIRECTIONS
        )
        numbers[key(TABLE, f"RSUM-{size}")] = 100 * sum(parts)
    return numbers


def _package():
    """The package's ground truth.

    Raises:
        DataError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for a faster JSON reader
            from eccv_caption import Metrics
    except ImportError:
        raise DataError(
            "ECCV Caption's ground truth needs the package eccv_caption: "
            "python -m pip install eccv_caption, or leave --ground-truth out."
        ) from None
    return Metrics()


def _coco_ids(data: DataSet, truth) -> tuple[np.ndarray, np.ndarray]:
    """COCO's numbers of the images and captions.

    Raises:
        DataError: some are missing or unknown.
    """
    wanted_images, wanted_captions = set(truth.coco_gts["i2t"]), set(truth.coco_gts["t2i"])
    images = [_trailing_number(name) for name in data.image_ids]
    captions = [_trailing_number(name) for name in data.caption_ids]
    if set(images) != wanted_images or set(captions) != wanted_captions:
        raise DataError(
            f"{data.name}: {len(wanted_images & set(images)):,} of COCO's 5,000 test images and "
            f"{len(wanted_captions & set(captions)):,} of their 25,000 captions are there; full "
            "rankings need all of them and no others. Give a column caption_id (image_ids and "
            "caption_ids in ready features) with COCO's own numbers."
        )
    return np.array(images, np.int64), np.array(captions, np.int64)


def _trailing_number(name: str) -> int:
    """391895 of "COCO_val2014_000000391895.jpg"; -1 where there is none."""
    found = re.search(r"(\d+)(\.\w+)?$", str(name))
    return int(found[1]) if found else -1
