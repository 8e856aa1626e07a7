"""The common space starts at the backbone's, keeps relations, learns what was planted."""

import numpy as np
import pytest
import torch

from planted import DIMENSION, planted_pairs
from vacsr_core import Features
from vacsr_core.errors import CancelledError, DataError, ShapeError, VacsrError
from vacsr_core.metrics.retrieval import caption_to_image_ranks, recall_at_k
from vacsr_core.space import (
    CommonSpace,
    SpaceConfig,
    fit_space,
    losses,
    read_teachers,
    relation_matrices,
)
from vacsr_core.space.task import SpaceTask

QUICK = SpaceConfig(epochs=4, batch=64, hidden=16, learning_rate=1e-3)


def turned(images=160, seed=0):
    """Planted pairs, exact captions alone, in a space turned by some 50 degrees."""
    pictures, texts, owner = planted_pairs(images, seed)
    turn = np.linalg.qr(np.random.default_rng(7).standard_normal((DIMENSION, DIMENSION)))[0]
    exact = texts.vectors[::2]
    vectors = 0.65 * exact + 0.75 * exact @ turn
    return pictures, Features.from_vectors(vectors, "caption"), owner[::2]


def test_an_unfitted_space_is_the_backbone_s():
    images, captions, owner = planted_pairs(20)
    space = CommonSpace(DIMENSION)
    for items in (images, captions):
        projected = space.project(items)
        assert projected.vectors == pytest.approx(items.vectors, abs=1e-6)
        assert projected.modality == items.modality and projected.tokens is None
    assert space.fusion == 0.5 and space.dimension == DIMENSION
    unfitted = fit_space(images, captions, owner, SpaceConfig(epochs=0))
    assert unfitted.space.project(images).vectors == pytest.approx(images.vectors, abs=1e-6)
    assert unfitted.history["is_start_kept"]


def test_relations_are_kept_at_the_identity_and_whatever_the_scale():
    images, captions, owner = planted_pairs(30)
    task = SpaceTask(images, captions, owner, QUICK)
    parts = {name: value.detach() for name, value in task.losses(task.pool).items()}
    for name in ("image_relation", "caption_relation"):
        assert float(parts[name]) < 1e-6
    for name in ("image_representation", "caption_representation"):
        assert abs(float(parts[name])) < 1e-6
    assert float(parts["fused_relation"]) > 0.01
    rows = torch.from_numpy(images.vectors)
    other = torch.from_numpy(captions.vectors[:30])
    assert float(losses.relation_error(losses.relations(3 * rows), losses.relations(rows))) < 1e-6
    for loss in (lambda a, b: losses.relation_error(losses.relations(a), losses.relations(b)),
                 lambda a, b: losses.representation(a, b, 0.1)):  # fmt: skip
        assert float(loss(5 * rows, 0.2 * other)) == pytest.approx(float(loss(rows, other)))
        assert float(loss(rows, other)) > 0.1


def test_losses_have_their_closed_forms():
    found = torch.tensor([[1.0, 0.5], [0.3, 1.0]])
    wanted = torch.tensor([[0.0, 0.1], [0.1, 0.0]])
    assert float(losses.relation_error(found, wanted)) == pytest.approx((0.4 + 0.2) / 2)
    only = torch.tensor([[False, True], [False, False]])
    assert float(losses.relation_error(found, wanted, only)) == pytest.approx(0.4)
    assert float(losses.relation_error(found, wanted, only & False)) == 0
    centred = losses.relation_error(found, wanted, None, True)
    assert float(centred) == pytest.approx((0.1 + 0.1) / 2)  # 0.4 and 0.2 lie 0.1 around 0.3
    assert float(losses.relation_error(found + 5, wanted, None, True)) == pytest.approx(0.1)
    mixed = losses.fused(torch.tensor(0.2), torch.tensor(0.6), torch.tensor(0.25))
    assert float(mixed) == pytest.approx(0.25 * 0.6 + 0.75 * 0.2)
    # Two orthogonal rows, each equal to its teacher: log(1 + exp(-1 / temperature)).
    rows = torch.eye(2)
    expected = np.log1p(np.exp(-1 / 0.5))
    one_hot = losses.representation(rows, 3 * rows, 0.5, is_one_hot=True)
    assert float(one_hot) == pytest.approx(expected, rel=1e-5)
    assert abs(float(losses.representation(rows, 3 * rows, 0.5))) < 1e-7
    # Each takes the other's place: 2 (sigmoid(2) - sigmoid(-2)).
    swapped = float(losses.representation(rows.flip(0), rows, 0.5))
    assert swapped == pytest.approx(2 * np.tanh(1.0), rel=1e-5)


def test_captions_of_one_image_share_the_mass_of_the_contrast():
    images, captions, owner = planted_pairs(30)
    task = SpaceTask(images, captions, owner, QUICK)
    columns = task.pool[owner[task.pool] < 12]
    rows = np.unique(owner[columns])
    scaled = images.vectors[rows] @ captions.vectors[columns].T / task.temperature
    is_own = rows[:, None] == owner[columns][None]

    def one_way(logits, own):
        log_share = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return -np.where(own, log_share, 0.0).sum(1) / own.sum(1)

    expected = (one_way(scaled, is_own).mean() + one_way(scaled.T, is_own.T).mean()) / 2
    assert float(task.losses(columns)["contrast"].detach()) == pytest.approx(expected, rel=1e-4)


def test_a_planted_turn_is_learnt_and_distillation_keeps_more_structure():
    images, captions, owner = turned(200, seed=1)

    def judged(distillation):
        config = SpaceConfig(
            distillation=distillation, epochs=30, batch=64, patience=30, learning_rate=3e-3
        )
        space = fit_space(*turned(), config).space
        pictures, texts = space.project(images).vectors, space.project(captions).vectors
        moved = [
            np.abs(new @ new.T - old.vectors @ old.vectors.T).mean()
            for new, old in ((pictures, images), (texts, captions))
        ]
        return recall_at_k(caption_to_image_ranks(pictures, texts, owner), 1), moved

    start = recall_at_k(caption_to_image_ranks(images.vectors, captions.vectors, owner), 1)
    (plain, plain_moved), (kept, kept_moved) = judged(0.0), judged(1.0)
    assert min(plain, kept) > start + 0.15
    assert kept_moved[0] < 0.8 * plain_moved[0] and kept_moved[1] < 0.8 * plain_moved[1]


def test_fusion_leaves_a_teacher_that_contradicts_the_students():
    images, _, owner = turned()
    captions = Features.from_vectors(images.vectors, "caption")  # so at first R_F is R_I
    noise = np.random.default_rng(3).standard_normal((len(captions), 40))
    config = SpaceConfig(
        caption_representation=0, caption_relation=0, epochs=10, batch=64, learning_rate=1e-2
    )
    by_captions = fit_space(images, captions, owner, config, teachers=(None, noise))
    assert by_captions.history["start"]["fusion"] == 0.5 and by_captions.space.fusion < 0.4
    config = SpaceConfig(
        image_representation=0, image_relation=0, epochs=10, batch=64, learning_rate=1e-2
    )
    by_images = fit_space(images, captions, owner, config, teachers=(noise, None))
    assert by_images.space.fusion > 0.6


def test_a_teacher_equal_to_the_backbone_changes_nothing():
    images, captions, owner = planted_pairs(40)
    own = fit_space(images, captions, owner, QUICK)
    same = (3 * images.vectors, captions.vectors.astype(np.float64))
    taught = fit_space(images, captions, owner, QUICK, teachers=same)
    first, second = (f.history["epochs"][0]["validation"] for f in (own, taught))
    assert first["image_relation"] == pytest.approx(second["image_relation"], rel=0.1)
    assert first["loss"] == pytest.approx(second["loss"], rel=0.02)


def test_the_same_seed_gives_the_same_numbers_and_progress_is_told():
    images, captions, owner = planted_pairs(60)
    told, rows = [], []
    first, second = (
        fit_space(images, captions, owner, QUICK, lambda share, text: told.append(share),
                  on_epoch=rows.append)
        for _ in range(2)
    )  # fmt: skip
    assert first.history == second.history and told[-1] == 1.0
    assert len(rows) == 2 * len(first.history["epochs"]) > 0
    with pytest.raises(CancelledError):
        fit_space(images, captions, owner, QUICK, should_stop=lambda: True)


def test_share_goes_from_the_backbone_to_the_space():
    images, captions, owner = turned()
    space = fit_space(images, captions, owner, QUICK).space
    assert np.array_equal(space.project(images, 0.0).vectors, images.vectors)
    ends = images.vectors, space.project(images).vectors
    half = space.project(images, 0.5).vectors
    assert np.linalg.norm(half, axis=1) == pytest.approx(1.0, abs=1e-6)
    to_start, to_end = ((half * end).sum(1) for end in ends)
    assert to_start == pytest.approx(to_end, abs=1e-5) and to_start.mean() < 0.99999
    with pytest.raises(DataError, match=r"share is 1\.5; wanted is a number from 0 to 1"):
        space.project(images, 1.5)


def test_relation_matrices_are_the_cosines_in_one_order():
    images, captions, owner = planted_pairs(40)
    space = fit_space(images, captions, owner, QUICK).space
    found = relation_matrices(space, images, captions, owner, most=25, seed=2)
    assert np.array_equal(owner[found.columns], found.rows) and len(found.rows) == 25
    pictures, texts = images.vectors[found.rows], captions.vectors[found.columns]
    assert found.image_teacher == pytest.approx(pictures @ pictures.T, abs=1e-5)
    assert found.caption_teacher == pytest.approx(texts @ texts.T, abs=1e-5)
    mixed = space.fusion * found.caption_teacher + (1 - space.fusion) * found.image_teacher
    assert found.fused == pytest.approx(mixed, abs=1e-5)
    students = space.project(images).vectors[found.rows], space.project(captions).vectors
    assert found.student == pytest.approx(students[0] @ students[1][found.columns].T, abs=1e-5)
    assert found.clusters[0] == 0 and set(np.diff(found.clusters)) <= {0, 1}
    assert found.student.dtype == np.float32


def test_planted_groups_become_clusters():
    generator = np.random.default_rng(0)
    group = np.repeat(np.arange(3), 10)
    vectors = 3 * generator.standard_normal((3, 12))[group] + generator.standard_normal((30, 12))
    images, captions = (Features.from_vectors(vectors, kind) for kind in ("image", "caption"))
    found = relation_matrices(CommonSpace(12), images, captions, np.arange(30))
    assert (np.diff(group[found.rows]) != 0).sum() == 2  # each group stands together
    for label in range(found.clusters.max() + 1):
        assert len(set(group[found.rows[found.clusters == label]])) == 1


def problem(*given, **named) -> str:
    with pytest.raises(VacsrError) as error:
        fit_space(*given, **named)
    return str(error.value)


def test_bad_input_is_a_sentence(tmp_path):
    images, captions, owner = planted_pairs(20)
    assert "1 images with captions are too few" in problem(images[0], captions[:2], owner[:2])
    assert "0 images with captions" in problem(images, captions, np.full(40, -1))
    none = Features(np.zeros((0, DIMENSION), np.float32), "caption")
    assert "0 images with captions" in problem(images, none, np.zeros(0, int))
    equal = Features.from_vectors(np.ones((20, DIMENSION)), "image")
    assert "All 20 image features are the same" in problem(equal, captions, owner)
    with pytest.raises(ShapeError, match="NaN"):
        Features.from_vectors(np.full((20, DIMENSION), np.nan), "image")
    assert "39 caption rows" in problem(images, captions, owner[:39])
    assert "Images, then captions" in problem(captions, captions, np.zeros(40, int))
    wrong = (np.ones((19, 3)), None)
    said = problem(images, captions, owner, teachers=wrong)
    assert "image teacher has shape (19, 3); wanted is one row for each of the 20 images" in said
    broken = (None, np.full((40, 3), np.nan))
    assert "caption teacher: vectors hold NaN" in problem(images, captions, owner, teachers=broken)
    same = (None, np.ones((40, 3)))
    assert "All 40 caption teacher" in problem(images, captions, owner, teachers=same)
    with pytest.raises(ShapeError, match="7 columns and the common space was fitted for 24"):
        CommonSpace(DIMENSION).project(Features.from_vectors(np.eye(7), "image"))
    with pytest.raises(DataError, match="0 images have a caption"):
        relation_matrices(CommonSpace(DIMENSION), images, captions, np.full(40, -1))
    for wrong in ({"distillation": -1.0}, {"temperature": 0.0}, {"batch": 0}, {"hidden": 0},
                  {"validation_share": 1.0}, {"image_relation": float("nan")}):  # fmt: skip
        with pytest.raises(DataError, match=next(iter(wrong))):
            SpaceConfig(**wrong)


def test_teachers_come_from_a_file(tmp_path):
    path = tmp_path / "teacher.npz"
    np.savez(path, text_features=np.eye(3))
    image, caption = read_teachers(path)
    assert image is None and np.array_equal(caption, np.eye(3))
    np.savez(path, other=np.eye(3))
    with pytest.raises(DataError, match="holds none of image_features and text_features"):
        read_teachers(path)
    path.write_bytes(b"no archive")
    for broken in (path, tmp_path / "missing.npz"):
        with pytest.raises(DataError, match="cannot be used"):
            read_teachers(broken)
