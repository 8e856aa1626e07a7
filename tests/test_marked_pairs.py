"""Marks above labels: what they leave of the labels, and what they change in a fit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from planted import planted_pairs
from vacsr_core import Adapters, Features, FitConfig, calibrate, calibration, fit_adapters, platt
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.fit_config import CONSERVATIVE, split_by_image
from vacsr_core.marked_pairs import MATCH, MISMATCH, OPEN, UNSURE, MarkedPairs
from vacsr_core.metrics.calibration import log_loss
from vacsr_core.pair_sets import PairSet, join
from vacsr_core.rank_figures import recall_at, two_alternative
from vacsr_core.spread_task import SpreadTask
from vacsr_core.vacsr_task import VacsrTask

OWNER = np.array([0, 0, 1, 2, -1, -1])
MARKS = MarkedPairs.of(
    [
        (0, 1, "no match"),  # the label of caption 1 falls, and image 2 takes it
        (2, 1, "match"),
        (1, 3, "match"),  # beside image 2
        (1, 2, "unsure"),  # the label of caption 2 falls
        (0, 4, "no match"),  # caption 4 was nobody's
        (2, 5, "unsure"),
    ]
)
FULL = FitConfig(
    epochs=6,
    hidden=32,
    latent=8,
    batch=32,
    learning_rate=5e-3,
    positive_share=0.5,
    is_shrunk=False,
)
CAREFUL = replace(CONSERVATIVE, epochs=10, batch=64)


def test_marks_settle_whom_a_caption_belongs_to():
    settled = MARKS.settled(OWNER)
    assert settled.tolist() == [0, 2, -1, 2, -1, -1]
    assert MARKS.settled(settled).tolist() == settled.tolist()
    assert MARKS.homes(OWNER).tolist() == [0, 2, -1, 2, 0, -1]
    assert [part.tolist() for part in MARKS.matches(OWNER)] == [[0, 2, 2, 1], [0, 1, 3, 3]]
    assert [part.tolist() for part in MARKS.mismatches()] == [[0, 0], [1, 4]]
    assert MARKS.labels(OWNER, 3).tolist() == [
        [MATCH, MISMATCH, OPEN, OPEN, MISMATCH, OPEN],
        [OPEN, OPEN, UNSURE, MATCH, OPEN, OPEN],
        [OPEN, MATCH, OPEN, MATCH, OPEN, UNSURE],
    ]


def test_a_block_repeats_and_reaches_beyond_the_marks():
    rows, columns = np.array([2, 0, 9, 0]), np.array([1, 1, 40])
    assert MARKS.block(rows, columns).tolist() == [[1, 1, 0], [-1, -1, 0], [0, 0, 0], [-1, -1, 0]]
    assert MARKS.at(rows, np.array([1, 4, 1, 40])).tolist() == [1, -1, 0, 0]
    part = MARKS.on(np.array([0, 2]), np.array([1, 4, 5]))
    assert part.labels(np.full(3, -1), 2).tolist() == [[-1, -1, 0], [1, 0, -2]]


def test_unfit_marks_are_refused():
    with pytest.raises(DataError, match="marked twice"):
        MarkedPairs.of([(0, 1, "match"), (0, 1, "unsure")])
    with pytest.raises(DataError, match=r"Unknown mark \['maybe'\]; choose from match, no match"):
        MarkedPairs.of([(0, 1, "maybe")])
    with pytest.raises(ShapeError, match="negative row"):
        MarkedPairs.of([(-1, 1, "match")])
    images, captions, owner = planted_pairs(20)
    with pytest.raises(ShapeError, match="caption 70; there are 20 images and 40 captions"):
        fit_adapters(images, captions, owner, FULL, marked=MarkedPairs.of([(0, 70, "match")]))


def test_sets_carry_their_marks_through_joining_and_taking_images():
    images, captions, _ = planted_pairs(3)
    part = PairSet("one", images, captions, OWNER, marked=MARKS)
    assert part.caption_image.tolist() == [0, 2, -1, 2, -1, -1]
    assert (part.labelled_images, part.labelled_pairs) == (2, 4)
    both = join([PairSet("other", images, captions, OWNER), part])
    assert both.marked.labels(both.caption_image, 6)[3:, 6:].tolist() == (
        MARKS.labels(OWNER, 3).tolist()
    )
    assert (both.marked.block(np.arange(6), np.arange(6)) == OPEN).all()
    taken = part.of_images(np.array([0, 2]))
    assert np.array_equal(taken.captions.vectors, captions.vectors[[0, 1, 3, 4]])
    assert taken.caption_image.tolist() == [0, 1, 1, -1]
    assert taken.marked.labels(taken.caption_image, 2).tolist() == [[1, -1, 0, -1], [0, 1, 1, 0]]


def test_calibration_counts_a_further_match_and_passes_over_the_unsure():
    images, captions, owner = planted_pairs(30)
    cosine = images.vectors @ captions.vectors.T
    marks = [(0, 2 * row, "match") for row in range(1, 6)]
    marks += [(row, 2 * row, "no match") for row in range(10, 15)]
    marks += [(row, 2 * row + 1, "unsure") for row in range(20, 25)]
    unsure = [(row, column, "unsure") for row in range(25, 30) for column in range(0, 50, 2)]
    marked = MarkedPairs.of(marks + unsure)
    labels = marked.labels(owner, 30)
    for seed in range(5):
        rows, columns, truth = calibrate.choose_pairs(cosine, marked.settled(owner), seed, marked)
        assert truth.sum() == 60 - 5 - 5 + 5 and len(truth) == 110
        chosen = labels[rows, columns]
        assert (chosen[truth == 1] == MATCH).all()
        assert np.isin(chosen[truth == 0], [OPEN, MISMATCH]).all()
    everyone = np.arange(30)
    found = platt.choose(cosine, owner, np.ones(30, bool), everyone, 0, marked)
    assert found.labels.sum() == 55
    # The mismatches that were marked lie near, so that some are among the near misses.
    assert (labels[rows, columns] == MISMATCH).any()


def test_the_spread_is_calibrated_on_queries_without_an_unsure_pair():
    """Told that the wrong ones are unsure, the factor is that of the right ones alone."""
    images, captions, owner = planted_pairs(40)
    sim = Adapters.unfitted(images.dimension).similarity(images, captions)
    wrong = owner.copy()
    wrong[:20] = np.roll(owner, 2)[:20]
    unsure = [(int(wrong[column]), column, "unsure") for column in range(20)]
    marked = MarkedPairs.of(unsure)
    asked = calibration._asked(sim, marked.settled(wrong), 0, marked)
    labels = marked.labels(marked.settled(wrong), 40)
    for (part, is_own), axis in zip(asked, (0, 1), strict=True):
        is_free = ~(labels == UNSURE).any(axis=axis) & (labels == MATCH).any(axis=axis)
        assert len(part.candidate) == is_free.sum() < len(is_free)
        assert is_own.any(axis=1).all()
    beside = MarkedPairs.of([(0, 30, "match")])
    rows = calibration._asked(sim, owner, 0, beside)[0][1]
    assert rows.sum() == calibration._asked(sim, owner, 0, MarkedPairs())[0][1].sum() + 1
    assert calibration.fit_spread(sim, marked.settled(wrong), 0, marked) < 0.9 * (
        calibration.fit_spread(sim, wrong, 0)
    )


def test_ranking_figures_against_a_slow_count():
    scores = np.random.default_rng(3).random((3, 6))
    scores[2, 0], scores[1, 1] = 0.99, scores[0, 1]  # a leader that is unsure; a tie
    marks = [*zip(MARKS.rows, MARKS.columns, MARKS.values, strict=True), (2, 0, UNSURE)]
    marked = MarkedPairs(*zip(*marks, strict=True))
    labels = marked.labels(OWNER, 3)
    is_rival = np.isin(labels, [OPEN, MISMATCH])

    def beats(mine, others):
        return np.mean([1.0 if mine > o else 0.5 if mine == o else 0.0 for o in others])

    columns = [0, 1, 3, 4]  # captions with a place; 2 and 5 have none
    shares = [
        0.5 * beats(scores[i, j], [scores[i, c] for c in columns if is_rival[i, c]])
        + 0.5 * beats(scores[i, j], [scores[r, j] for r in range(3) if is_rival[r, j]])
        for i in range(3)
        for j in columns
        if labels[i, j] == MATCH
    ]
    assert two_alternative(scores, OWNER, marked) == pytest.approx(np.mean(shares))
    first = [max(scores[i, labels[i] == MATCH]) > max(scores[i, is_rival[i]]) for i in range(3)]
    found = [
        max(scores[labels[:, j] == MATCH, j]) > max(scores[is_rival[:, j], j], default=-1)
        for j in (0, 1, 3)
    ]
    assert recall_at(scores, OWNER, 1, marked) == (np.mean(first), np.mean(found))


def wrong_labels(
    wrong: int, loudness: float, seed: int = 0, images: int = 200
) -> tuple[Features, Features, np.ndarray, list]:
    """Captions of which the first changed places; and the marks that say so of these.

    A few loud columns lead the cosine astray, so that there is something to learn.
    """
    generator = np.random.default_rng(seed)
    meaning = generator.standard_normal((images, 12))
    loud = loudness * generator.standard_normal((2, images, 4))
    said = meaning + 0.6 * generator.standard_normal(meaning.shape)
    owner = np.arange(images)
    owner[:wrong] = np.roll(owner[:wrong], 1)
    return (
        Features.from_vectors(np.concatenate([meaning, loud[0]], axis=1), "image"),
        Features.from_vectors(np.concatenate([said, loud[1]], axis=1), "caption"),
        owner,
        [(int(owner[column]), column, "no match") for column in range(wrong)],
    )


def test_marking_wrong_labels_makes_the_fit_rank_new_pairs_better():
    images, captions, owner, marks = wrong_labels(100, 3.0)
    new_images, new_captions, truth, _ = wrong_labels(0, 3.0, seed=50)

    def ranking(marked: MarkedPairs) -> float:
        fitted = fit_adapters(images, captions, owner, replace(FULL, epochs=12), marked=marked)
        return two_alternative(fitted.similarity(new_images, new_captions).mean, truth)

    left_in, marked_wrong = ranking(MarkedPairs()), ranking(MarkedPairs.of(marks))
    right = [(column, column, "match") for column in range(100)]
    put_right = ranking(MarkedPairs.of(marks + right))
    assert marked_wrong > left_in + 0.005
    assert put_right > marked_wrong


def test_marking_wrong_labels_makes_a_careful_fit_calibrated():
    images, captions, owner, marks = wrong_labels(100, 1.0)
    new_images, new_captions, truth, _ = wrong_labels(0, 1.0, seed=50)

    def loss(marked: MarkedPairs) -> float:
        fitted = fit_adapters(images, captions, owner, CAREFUL, marked=marked)
        sim = fitted.similarity(new_images, new_captions)
        rows, columns = calibration.shortlist(sim, truth)
        labels = (truth[columns] == rows).astype(float)
        return log_loss(sim.match_probability[rows, columns], labels)

    assert loss(MarkedPairs.of(marks)) < loss(MarkedPairs()) - 0.01


@pytest.mark.parametrize("config", [FULL, CAREFUL], ids=["full", "conservative"])
def test_an_unsure_pair_has_no_influence_whatever_its_label(config):
    images, captions, owner = planted_pairs(40)
    unlabelled = owner.copy()
    unlabelled[[6, 7, 31]] = -1
    pairs = [(3, 6, "unsure"), (3, 7, "unsure"), (15, 31, "unsure"), (20, 31, "unsure")]
    marked = MarkedPairs.of(pairs)
    one, other, plain = (
        fit_adapters(images, captions, labels, config, marked=said)
        for labels, said in ((owner, marked), (unlabelled, marked), (owner, MarkedPairs()))
    )
    sims = [fitted.similarity(images, captions) for fitted in (one, other, plain)]
    assert np.array_equal(sims[0].mean, sims[1].mean)
    assert np.array_equal(sims[0].std, sims[1].std)
    assert one.match == other.match
    assert one.history["validation"] == other.history["validation"]
    assert not np.array_equal(sims[0].mean, sims[2].mean)


def test_no_loss_sees_an_unsure_pair_and_every_loss_a_marked_mismatch():
    images, captions, owner = planted_pairs(20)
    marks = [(row, 2 * row + 2, "unsure") for row in range(19)]
    marks += [(row, 2 * row, "no match") for row in range(10)]
    marked = MarkedPairs.of(marks)
    task = VacsrTask(images, captions, marked.settled(owner), FULL, None, marked)
    rows, columns = task._batch()
    positive, negative, aim = task._kinds(rows, columns)
    said = torch.from_numpy(marked.block(rows.numpy(), columns.numpy()))
    assert (said == UNSURE).any() and not (positive | negative)[said == UNSURE].any()
    on_diagonal = said.diagonal() == MISMATCH
    assert on_diagonal.any()
    assert torch.equal(positive.diagonal(), ~on_diagonal)
    assert negative[said == MISMATCH].all() and (aim[said == MISMATCH] == 0).all()
    assert not np.isin(rows.numpy(), task.held_out_images).any()

    plain = SpreadTask(images, captions, owner, CAREFUL, np.ones(20, bool))
    hardest = np.stack(plain._with_hardest(*plain.train_pairs))[:, len(plain.train_pairs[0]) :]
    hardest = np.unique(hardest, axis=1).T[::2].tolist()
    marked = MarkedPairs.of(
        marks[19:] + [(row, column, "unsure") for row, column in hardest if column != 2 * row]
    )
    careful = SpreadTask(
        images, captions, marked.settled(owner), CAREFUL, np.ones(20, bool), marked
    )
    rows, columns = careful._with_hardest(*careful.train_pairs)
    said = marked.at(rows, columns)
    assert not (said == UNSURE).any()
    errors = careful._errors(np.array([0, 1]), np.array([0, 3]))  # marked; own
    assert errors[0] < 0 < errors[1]
    assert (said[: len(careful.train_pairs[0])] != MISMATCH).all()


def test_a_match_that_was_marked_is_learnt_from():
    """Captions of nobody, marked with the images that they describe."""
    images, captions, owner, _ = wrong_labels(0, 2.0)
    half = np.where(np.arange(200) % 2, -1, owner)
    marked = MarkedPairs.of([(column, column, "match") for column in range(1, 200, 2)])
    whole = fit_adapters(images, captions, owner, FULL)
    told = fit_adapters(images, captions, half, FULL, marked=marked)
    assert np.array_equal(
        whole.similarity(images, captions).mean, told.similarity(images, captions).mean
    )
    # A second match beside the own one is one more pair to learn from.
    task = VacsrTask(images, captions, owner, FULL, None, MarkedPairs.of([(4, 5, "match")]))
    assert task.pool.shape[1] - len(task.train_captions) in (0, 1)
    beside = [4, 5] in task.pool.T.tolist()
    assert beside == (not np.isin([4, 5], task.held_out_images).any())


def test_marks_across_the_split_teach_nothing_of_what_is_held_out():
    images, captions, owner = planted_pairs(30)
    marks = [(row, (2 * row + 11) % 60, ("match", "no match")[row % 2]) for row in range(30)]
    marked = MarkedPairs.of(marks)
    task = VacsrTask(images, captions, owner, FULL, None, marked)
    careful = SpreadTask(images, captions, owner, CAREFUL, np.ones(30, bool), marked)
    _, held_out = split_by_image(owner, FULL.validation_share, FULL.seed)
    assert len(held_out) == 6
    for rows, columns in (task.pool.numpy(), task.mismatch_pool.numpy(), careful.train_pairs):
        assert len(rows) and not np.isin(rows, held_out).any()
        assert not np.isin(marked.homes(owner)[columns], held_out).any()
    # Every pair without anything held out is there.
    free = [not np.isin([row, owner[column]], held_out).any() for row, column, _ in marks]
    counts = [sum(free[start::2]) for start in (0, 1)]
    assert task.pool.shape[1] == 48 + counts[0] and task.mismatch_pool.shape[1] == counts[1]
