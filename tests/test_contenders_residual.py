"""Residual heads begin as the identity, learn what was planted, and give the same numbers twice."""

import numpy as np
import pytest
import torch

from planted import DIMENSION, planted_pairs
from vacsr_core import Features
from vacsr_core.contenders import RivalConfig, residual
from vacsr_core.contenders.learning import RivalTask, size
from vacsr_core.contenders.residual import ResidualAdapter
from vacsr_core.errors import CancelledError
from vacsr_core.heads import Head, applied
from vacsr_core.rank_figures import recall_at

QUICK = RivalConfig(epochs=8, batch=32, hidden=16)
# How far a cosine may move where another library, or another processor, adds in another order.
ROUNDING = DIMENSION * float(np.finfo(np.float32).eps)


def turned(images=160, seed=0):
    """Planted pairs whose captions lie in a space turned by some 50 degrees."""
    pictures, texts, owner = planted_pairs(images, seed)
    turn = np.linalg.qr(np.random.default_rng(7).standard_normal((DIMENSION, DIMENSION)))[0]
    vectors = 0.65 * texts.vectors + 0.75 * texts.vectors @ turn
    return pictures, Features.from_vectors(vectors, "caption"), owner


def test_an_unfitted_adapter_ranks_as_the_cosine():
    images, captions, owner = planted_pairs(60)
    model = ResidualAdapter(DIMENSION, 16, temperature=0.1, seed=0)
    cosine = images.vectors @ captions.vectors.T
    assert model.cosine(images, captions) == pytest.approx(cosine, abs=ROUNDING)
    verdict = residual.fit(images, captions, owner, RivalConfig(epochs=0)).judge(images, captions)
    for axis in (0, 1):
        in_order = np.take_along_axis(cosine, verdict.score.argsort(axis=axis), axis)
        assert np.diff(in_order, axis=axis).min() > -2 * ROUNDING


def test_a_head_starts_at_its_constant_and_blocks_change_nothing(monkeypatch):
    head = Head(DIMENSION, 16, 3, torch.Generator().manual_seed(0), start=-2.0)
    images, _, _ = planted_pairs(20)
    assert torch.equal(applied(head, images), torch.full((20, 3), -2.0))
    torch.nn.init.ones_(head.last.weight)
    whole = applied(head, images)
    monkeypatch.setattr("vacsr_core.heads._ROWS_AT_ONCE", 7)
    # Blocks of another size may be added up in another order. An answer is a sum of 16 products
    # of sums of 24, each of at most the length of two rows, so it moves by less than this.
    largest = 2 + 16 * DIMENSION**0.5 * head.first.weight.norm(dim=1).max().item()
    bound = (DIMENSION + 16) * torch.finfo(torch.float32).eps * largest
    assert (applied(head, images) - whole).abs().max() <= bound < whole.std() / 1_000


def test_a_planted_turn_is_learnt():
    fitted = residual.fit(*turned(), RivalConfig(epochs=30, batch=64))
    images, captions, owner = turned(100, seed=1)
    exact = np.arange(0, 200, 2)
    verdict = fitted.judge(images, captions[exact])
    cosine = images.vectors @ captions.vectors[exact].T
    before, after = (recall_at(s, owner[exact], 1)[1] for s in (cosine, verdict.score))
    assert after > before + 0.15
    losses = [row["validation"]["loss"] for row in fitted.history]
    assert min(losses) < losses[0]


def test_the_same_seed_gives_the_same_numbers():
    data = planted_pairs(60)
    one, same = (residual.fit(*data, QUICK).judge(*data[:2]) for _ in range(2))
    other = residual.fit(*data, RivalConfig(seed=1, epochs=8, batch=32, hidden=16))
    assert np.array_equal(one.score, same.score) and np.array_equal(one.chance, same.chance)
    assert not np.array_equal(one.score, other.judge(*data[:2]).score)


def test_where_nothing_is_gained_the_start_is_kept():
    data = planted_pairs(60)
    hopeless = RivalConfig(epochs=2, batch=32, learning_rate=5.0)
    verdict = residual.fit(*data, hopeless).judge(*data[:2])
    assert verdict.score == pytest.approx(data[0].vectors @ data[1].vectors.T, abs=ROUNDING)


def test_a_batch_holds_every_image_once_with_its_own_captions():
    seen = []

    class Watching(ResidualAdapter):
        def losses(self, images, captions, own):
            seen.append((images, captions, own))
            return super().losses(images, captions, own)

    images, captions, owner = planted_pairs(12)
    pairs = residual.Pairs(images, captions, owner)
    task = RivalTask(Watching(DIMENSION, 4, 0.1, 0), pairs, pairs, RivalConfig(batch=20))
    task.step(0.0)
    pictures, texts, own = (part.numpy() for part in seen[0])
    assert len(np.unique(pictures, axis=0)) == len(pictures) and len(texts) == 20
    rows = [np.flatnonzero((images.vectors == picture).all(axis=1))[0] for picture in pictures]
    columns = [np.flatnonzero((captions.vectors == text).all(axis=1))[0] for text in texts]
    assert np.array_equal(own == 1, np.array(rows)[:, None] == owner[columns][None, :])


def test_it_reports_and_stops_on_request():
    data, told = planted_pairs(30), []
    residual.fit(*data, QUICK, progress=lambda share, text: told.append(share))
    assert told[-1] == 1.0 and told == sorted(told)
    with pytest.raises(CancelledError, match="epoch 1 of 8"):
        residual.fit(*data, QUICK, should_stop=lambda: True)


def test_parameters_are_counted():
    model = ResidualAdapter(DIMENSION, 16, 0.1, 0)
    assert size(model) == 2 * (DIMENSION * 16 + 16 + 16 * DIMENSION + DIMENSION) + 1
    assert residual.fit(*planted_pairs(30), QUICK).parameters == size(model) + 3
