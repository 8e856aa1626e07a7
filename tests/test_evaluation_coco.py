"""COCO's test ids with planted scores: what is right by ECCV Caption and CxC comes out as 1."""

import os

import numpy as np
import pytest
from scipy.sparse import csr_array

from judges import data_set
from vacsr_core.contenders import Verdict
from vacsr_core.errors import DataError
from vacsr_core.evaluation import coco
from vacsr_core.evaluation.data_set import DataSet
from vacsr_core.evaluation.queries import DIRECTIONS, ask

eccv_caption = pytest.importorskip("eccv_caption")


@pytest.fixture(scope="module")
def truth():
    return eccv_caption.Metrics()


@pytest.fixture(scope="module")
def data(truth) -> DataSet:
    """COCO's 5,000 images and 25,000 captions; the features only carry each item's number."""
    images = np.array(sorted(truth.coco_gts["i2t"]))
    captions = truth.coco_ids.astype(np.int64)
    row_of = {name: row for row, name in enumerate(images.tolist())}
    owner = np.array([row_of[truth.coco_gts["t2i"][name][0]] for name in captions.tolist()])

    def numbered(count):
        angle = np.arange(count) * 1e-4
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)

    return data_set(
        numbered(len(images)), numbered(len(captions)), owner, name="COCO",
        image_ids=tuple(f"val2014/COCO_val2014_{name:012d}.jpg" for name in images),
        caption_ids=tuple(str(name) for name in captions),
    )  # fmt: skip


def numbers(features) -> np.ndarray:
    return np.rint(np.arctan2(features.vectors[:, 1], features.vectors[:, 0]) / 1e-4).astype(int)


class Oracle:
    """Scores 1 what it was told to be right, and a little noise."""

    parameters = 0

    def __init__(self, right: csr_array) -> None:
        self.right = right.tocsr()

    def judge(self, images, captions, gallery=None) -> Verdict:
        score = self.right[numbers(images)][:, numbers(captions)].toarray().astype(np.float32)
        rows, columns = score.max(axis=1), score.max(axis=0)
        return Verdict("oracle", score, None, {}, {"none": 1 - rows}, {"none": 1 - columns})


def verified(truth, data: DataSet, short: str) -> csr_array:
    """ECCV Caption's matches of one direction, by rows and columns of the data set."""
    image_ids, caption_ids = coco._coco_ids(data, truth)
    rows = {name: row for row, name in enumerate(image_ids.tolist())}
    columns = {name: column for column, name in enumerate(caption_ids.tolist())}
    pairs = [
        (query, match) if short == "i2t" else (match, query)
        for query, matches in truth.eccv_gts[short].items()
        for match in matches
        if short == "t2i" or match in columns
    ]
    assert len(pairs) == {"i2t": 22_550 - 2, "t2i": 11_279}[short]
    places = ([rows[image] for image, _ in pairs], [columns[caption] for _, caption in pairs])
    return csr_array((np.ones(len(pairs), bool), places), shape=(5_000, 25_000))


@pytest.mark.slow
@pytest.mark.skipif(
    "VACSR_SLOW" not in os.environ, reason="all of COCO takes half a minute: set VACSR_SLOW=1"
)
def test_the_oracle_is_right_and_the_labels_are_right_by_themselves(data, truth):
    wide = coco.with_matches(data)
    (matches,) = wide.others
    # Queries of ECCV Caption, as its paper counts them.
    assert (matches.of_images.sum(axis=1) > 0).sum() == 1_261
    assert (matches.of_captions.sum(axis=0) > 0).sum() == 1_332
    for short, direction in zip(("i2t", "t2i"), DIRECTIONS, strict=True):
        oracle = Oracle(verified(truth, data, short))
        found = coco.coco_figures(oracle, wide, ("eccv_r1", "eccv_map_at_r", "eccv_rprecision"))
        assert found[f"COCO|ECCV R@1|{direction}|"] == 1.0
        # Two of the verified captions are none of COCO's 25,000, so no ranking can hold them.
        lost = 1e-3 if short == "i2t" else 0.0
        for measure in ("mAP@R", "R-P"):
            assert 1.0 - lost <= found[f"COCO|ECCV {measure}|{direction}|"] <= 1.0
    labels = coco.coco_figures(Oracle(data.labels.of_images), wide, ("coco_5k_recalls",))
    assert labels["COCO|RSUM-5K||"] == pytest.approx(600) and "COCO|RSUM-1K||" not in labels
    queries, _ = ask(Oracle(matches.of_images), wide, matches)
    assert queries[DIRECTIONS[0]].map_at_r.mean() == pytest.approx(1.0)
    assert len(queries[DIRECTIONS[1]].rank) == 1_332


def test_ids_are_known_and_missing_ones_are_counted(data):
    assert coco.has_coco_ids(data)
    part = data.take(np.arange(100), "part")
    assert not coco.has_coco_ids(part)
    with pytest.raises(DataError, match=r"part: 100 of COCO's 5,000 test images and 5\d\d of"):
        coco.with_matches(part)


def test_rankings_unpack_by_id():
    order = np.array([[1, 0, 2], [2, 1, 0]], np.uint16)
    found = coco.Rankings(np.array([70, 71]), np.array([5, 6, 7]), order)
    assert found[70] == [6, 5, 7] and found[np.int64(71)] == [7, 6, 5] and len(found) == 2
