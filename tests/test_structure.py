"""Structure, gap and graded retrieval against libraries, closed forms and invariants."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau, spearmanr
from sklearn.metrics import ndcg_score

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.rouge import rouge_l
from vacsr_core.metrics.structure import co_caption_ranks, modality_gap, ndcg, structure_kept


def rows(count=60, columns=12, seed=0):
    found = np.random.default_rng(seed).standard_normal((count, columns)) + 0.5
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_identity_rotation_and_scale_keep_all_and_a_permutation_nothing():
    before = rows(120)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((12, 12)))[0]
    for after in (before, before @ turn, 3.0 * before):
        assert structure_kept(before, after) == pytest.approx((1.0, 1.0, 1.0), abs=1e-9)
    permuted = structure_kept(before, before[np.random.default_rng(2).permutation(120)])
    assert np.abs(permuted).max() < 0.1


def test_the_figures_are_scipy_s():
    before, after = rows(), rows() + 0.3 * rows(seed=5)
    found = structure_kept(before, after)
    old, new = pdist(before, "cosine"), pdist(after, "cosine")
    assert found.kendall == pytest.approx(kendalltau(old, new).statistic)
    assert found.spearman == pytest.approx(spearmanr(old, new).statistic)
    squares = squareform(old), squareform(new)
    each = [
        spearmanr(np.delete(squares[0][i], i), np.delete(squares[1][i], i)).statistic
        for i in range(len(before))
    ]
    assert found.row_spearman == pytest.approx(np.mean(each))
    assert 0.3 < found.kendall < 0.95


def test_equal_features_have_no_structure_to_keep():
    assert np.isnan(structure_kept(rows(), np.ones((60, 3)))).all()


def test_the_gap_is_the_distance_of_the_means():
    images = np.array([[1.0, 0.0], [0.0, 1.0]])
    captions = np.array([[-1.0, 0.0]])
    assert modality_gap(images, captions) == pytest.approx(np.hypot(1.5, 0.5))
    assert modality_gap(images, images[::-1]) == 0


def test_ndcg_is_scikit_learn_s():
    queries, gallery = rows(40), rows(70, seed=3)
    relevance = np.random.default_rng(4).random((40, 70))
    found = ndcg(queries, gallery, relevance, (1, 10, 50))
    for place, k in enumerate((1, 10, 50)):
        expected = ndcg_score(relevance, queries @ gallery.T, k=k)
        assert found[:, place].mean() == pytest.approx(expected)


def test_ndcg_leaves_out_the_query_itself():
    gallery = rows(30)
    relevance = np.random.default_rng(4).random((30, 30))
    relevance[np.arange(30), np.arange(30)] = 99.0
    found = ndcg(gallery, gallery, relevance, (10,), own=np.arange(30))
    others = ~np.eye(30, dtype=bool)
    score = (gallery @ gallery.T)[others].reshape(30, 29)
    expected = ndcg_score(relevance[others].reshape(30, 29), score, k=10)
    assert found.mean() == pytest.approx(expected)
    none = ndcg(gallery, gallery, relevance, (10,), own=np.full(30, -1))
    assert none.mean() > found.mean() + 0.1  # each finds itself


def test_the_ideal_order_gives_one_and_chunks_change_nothing(monkeypatch):
    # Along a quarter of a circle the cosine to the first row falls with the angle.
    angle = np.linspace(0, np.pi / 2, 8)
    gallery = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    relevance = np.linspace(1, 0, 8)[None]
    assert ndcg(gallery[:1], gallery, relevance, (3, 20)) == pytest.approx(np.ones((1, 2)))
    worst = ndcg(gallery[-1:], gallery, relevance, (1,))[0, 0]
    assert worst == 0
    queries, wanted = rows(20), np.random.default_rng(0).random((20, 30))
    whole = ndcg(queries, rows(30), wanted)
    monkeypatch.setattr("vacsr_core.metrics.structure.CHUNK", 7)
    assert np.array_equal(ndcg(queries, rows(30), wanted), whole)


def test_ties_count_against_us_and_nothing_relevant_is_nan():
    gallery = np.tile([[1.0, 0.0]], (4, 1))
    relevance = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    found = ndcg(gallery[:2], gallery, relevance, (1, 4))
    assert found[0] == pytest.approx([0.0, 1 / np.log2(5)]) and np.isnan(found[1]).all()


def test_co_captions_are_ranked_among_those_of_other_images(monkeypatch):
    vectors, owner = rows(50), np.random.default_rng(1).integers(-1, 15, 50)
    expected = []
    for query, image in enumerate(owner):
        others = [j for j in np.flatnonzero(owner == image) if j != query]
        if image >= 0 and others:
            score = vectors @ vectors[query]
            expected.append(1 + (score[owner != image] >= score[others].max()).sum())
    found = co_caption_ranks(vectors, owner)
    assert found.tolist() == expected and 1 < found.mean() < 20
    monkeypatch.setattr("vacsr_core.metrics.structure.CHUNK", 7)
    assert np.array_equal(co_caption_ranks(vectors, owner), found)
    tied = np.tile([[1.0, 0.0]], (4, 1))
    assert co_caption_ranks(tied, np.array([0, 0, 1, 1])).tolist() == [3, 3, 3, 3]
    assert not len(co_caption_ranks(tied, np.arange(4)))
    with pytest.raises(ShapeError, match=r"captions \(4, 2\) and \(3,\)"):
        co_caption_ranks(tied, np.arange(3))


# Made with the package rouge-score 0.1.2, rougeL, without a stemmer.
KNOWN = [
    ("A brown dog runs on the grass.", "The dog is running across green grass", 2 / 7),
    ("two children play in a pool", "a pool in which two children play", 6 / 13),
    ("a man , a plan", "a plan , a man", 0.5),
]


def test_rouge_l_is_that_of_the_known_package():
    for first, second, expected in KNOWN:
        assert rouge_l([first], [second])[0, 0] == pytest.approx(expected, abs=1e-6)


def test_rouge_l_is_the_longest_common_subsequence():
    words = np.array(["dog", "cat", "runs", "the", "a", "red", "over", "grass"])
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(words, generator.integers(1, 9))) for _ in range(12)]
    found = rouge_l(texts)
    assert found.dtype == np.float32 and np.array_equal(found, found.T)
    for i, first in enumerate(texts):
        for j, second in enumerate(texts):
            a, b = first.split(), second.split()
            table = np.zeros((len(a) + 1, len(b) + 1), int)
            for row, one in enumerate(a):
                for column, other in enumerate(b):
                    table[row + 1, column + 1] = (
                        table[row, column] + 1
                        if one == other
                        else max(table[row, column + 1], table[row + 1, column])
                    )
            assert found[i, j] == pytest.approx(2 * table[-1, -1] / (len(a) + len(b)), abs=1e-6)


def test_texts_without_words_agree_with_nothing():
    found = rouge_l(["...", "a dog", ""])
    assert found.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_bad_input_is_a_sentence():
    with pytest.raises(ShapeError, match="60 items before and 59 after"):
        structure_kept(rows(), rows(59))
    with pytest.raises(DataError, match="2 items have no order"):
        structure_kept(rows(2), rows(2))
    for broken in (np.full((60, 3), np.nan), np.zeros((60, 3)), np.ones(60)):
        with pytest.raises(ShapeError, match="after has shape"):
            structure_kept(rows(), broken)
    with pytest.raises(ShapeError, match=r"wanted \(N, D\) and \(M, D\)"):
        modality_gap(rows(), np.ones((3, 5)))
    with pytest.raises(ShapeError, match="NaN"):
        modality_gap(rows(), np.full((3, 12), np.nan))
    with pytest.raises(ShapeError, match=r"relevance \(60, 59\)"):
        ndcg(rows(), rows(), np.ones((60, 59)))
    with pytest.raises(ShapeError, match="NaN"):
        ndcg(np.full((60, 12), np.nan), rows(), np.ones((60, 60)))
    with pytest.raises(DataError, match="there are none"):
        rouge_l([])
