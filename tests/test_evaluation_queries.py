"""Queries and figures on tiny planted data: values by hand, blocks like the whole."""

import numpy as np
import pytest

from judges import CosineJudge, data_set, noisy_data
from vacsr_core.evaluation.figures_of import (
    calibration_figures,
    doubt_figures,
    error_detection,
    retrieval_figures,
)
from vacsr_core.evaluation.queries import DIRECTIONS, ask, judged_pairs

IMAGES, CAPTIONS = DIRECTIONS


@pytest.fixture(scope="module")
def tiny():
    """Four images on the axes; caption 3 lies nearer to image 0 than to its own; 4 has no image."""
    texts = np.eye(4)[[0, 1, 2, 3, 1]]
    texts[3] = [0.9, 0, 0, 0.5]
    texts[4] = [0, 0.99, 0.1, 0]
    return data_set(np.eye(4), texts, [0, 1, 2, 2, -1])


def test_ranks_and_left_out_queries(tiny):
    queries, _ = ask(CosineJudge(), tiny, tiny.labels)
    assert queries[CAPTIONS].query.tolist() == [0, 1, 2, 3]  # caption 4 asks nothing
    # Caption 3 belongs to image 2, of which its cosine is 0, as that of image 1.
    assert queries[CAPTIONS].rank.tolist() == [1, 1, 1, 4]
    assert queries[CAPTIONS].image.tolist() == [0, 1, 2, 2]
    assert queries[IMAGES].query.tolist() == [0, 1, 2]  # image 3 has no caption
    assert queries[IMAGES].rank.tolist() == [1, 1, 1]
    assert queries[IMAGES].positives.tolist() == [1, 1, 2]
    # Image 2: its second caption is not among its first two, for caption 4 scores 0.1.
    assert queries[IMAGES].r_precision.tolist() == [1, 1, 0.5]
    assert queries[IMAGES].map_at_r.tolist() == [1, 1, 0.5]


def test_retrieval_and_doubt_figures(tiny):
    queries, _ = ask(CosineJudge(), tiny, tiny.labels)
    found = retrieval_figures(queries)
    assert found["retrieval|R@1|image to caption|"] == 1.0
    assert found["retrieval|R@1|caption to image|"] == 0.75
    assert found["retrieval|RSUM||"] == pytest.approx(300 + 75 + 100 + 100)
    doubts = doubt_figures(queries)
    # The only error has the highest doubt: 1 - 0.9 / sqrt(0.9^2 + 0.5^2).
    assert queries[CAPTIONS].doubt["unlike"][3] == pytest.approx(1 - 0.9 / np.hypot(0.9, 0.5))
    assert doubts["doubt|AUROC|caption to image|unlike"] == 1.0
    assert doubts["doubt|AUROC|caption to image|constant"] == 0.5
    assert doubts["doubt|AURC|caption to image|unlike"] == pytest.approx(0.25 / 4)
    assert doubts["doubt|risk at 80 % coverage|caption to image|unlike"] == pytest.approx(0.25)
    assert doubts["doubt|coverage at 5 % risk|caption to image|unlike"] == pytest.approx(0.75)
    assert np.isnan(doubts["doubt|AUROC|image to caption|unlike"])  # no error to find
    # Images have 1, 1 and 2 captions, and a doubt of 0 each.
    assert np.isnan(doubts["doubt|Spearman with R|image to caption|unlike"])


def test_shortlists_hold_every_pair_once_and_no_unlabelled_caption(tiny):
    _, near = ask(CosineJudge(), tiny, tiny.labels)
    # Both directions list everything here: 4 labelled captions x 4 images.
    assert len(near.label) == 16 and near.label.sum() == 4
    assert set(near.caption.tolist()) == {0, 1, 2, 3}
    found = calibration_figures(near)
    assert found["calibration|prevalence||"] == 0.25 and found["calibration|n||"] == 16
    wanted = 1 - np.mean((near.chance - near.label) ** 2) / (0.25 * 0.75)
    assert found["calibration|Brier skill||"] == pytest.approx(wanted)


def test_blocks_give_what_the_whole_gives():
    data = noisy_data(30, seed=3, noise=1.0)
    whole, near = ask(CosineJudge(), data, data.labels)
    parts, near_parts = ask(CosineJudge(), data, data.labels, pairs_at_once=400)
    for direction in DIRECTIONS:
        for name in ("query", "image", "rank", "positives", "map_at_r", "r_precision"):
            one, other = (getattr(found[direction], name) for found in (whole, parts))
            assert one.tolist() == pytest.approx(other.tolist())
        assert whole[direction].doubt["unlike"] == pytest.approx(
            parts[direction].doubt["unlike"], abs=1e-5
        )
        assert 0 < whole[direction].is_error.mean() < 1
    assert near.image.tolist() == near_parts.image.tolist()
    # The gallery is the same in blocks.
    assert near.chance == pytest.approx(near_parts.chance, abs=1e-5)


def test_single_pairs_are_judged_in_blocks_and_in_their_order():
    data = noisy_data(12)
    image, caption = np.array([7, 1, 7, 0]), np.array([3, 3, 20, 5])
    cosine = data.images.vectors @ data.captions.vectors.T
    for most in (1, 1_000):
        given = (data.images, data.captions, image, caption, 12, most)
        found = judged_pairs(CosineJudge(), *given)
        assert found["score"] == pytest.approx(cosine[image, caption], abs=1e-6)
        assert found["unlike"] == pytest.approx(1 - cosine[image, caption], abs=1e-6)
        assert found["1 - P(match)"] == pytest.approx(
            1 - 1 / (1 + 12 * np.exp(-10 * cosine[image, caption])), abs=1e-6
        )


def test_a_doubt_of_error_itself_is_perfect():
    is_error = np.arange(20) % 4 == 0
    found = error_detection(is_error, is_error.astype(float))
    assert found["E-AURC"] == 0 and found["normalised AURC"] == 1 and found["FPR95"] == 0
    assert found["Spearman with error"] == pytest.approx(1.0)
