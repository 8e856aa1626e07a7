"""What a batch of the backbone's training is made of: changed pictures, wordings, known truth."""

import numpy as np
import pytest
import torch

from vacsr_core import class_names, losses, scenes
from vacsr_core.encode.untrained import open_clip_tokenizer
from vacsr_core.pretrain import augment, sources, texts
from vacsr_core.pretrain.augment import Augmentation

STILL = Augmentation(1.0, 1.0, flips=False, light=0.0, greys=0.0, covers=0.0)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def pixels():
    return torch.randint(0, 256, (64, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator())


def test_an_augmentation_without_strength_changes_nothing(pixels, generator):
    same = augment.change(pixels, 16, STILL, generator)
    assert torch.allclose(same, pixels / 255.0, atol=1e-5)
    assert torch.equal(augment.resize(pixels, 16), pixels.float() / 255.0)


def test_each_strength_does_what_it_says(pixels, generator):
    plain = pixels / 255.0
    flips = augment.change(pixels, 16, Augmentation(1.0, 1.0, True, 0, 0, 0), generator)
    mirrored = (flips - plain.flip(3)).abs().amax((1, 2, 3)) < 1e-4
    upright = (flips - plain).abs().amax((1, 2, 3)) < 1e-4
    assert (mirrored ^ upright).all() and 16 < mirrored.sum() < 48
    grey = augment.change(pixels, 16, Augmentation(1.0, 1.0, False, 0, 1.0, 0), generator)
    assert (grey.amax(1) - grey.amin(1)).max() < 1e-4
    covered = augment.change(pixels, 16, Augmentation(1.0, 1.0, False, 0, 0, 1.0), generator)
    share = ((covered - 0.5).abs().amax(1) == 0).float().mean((1, 2))
    assert share.min() > 0.0 and share.max() < 0.25


def test_scenes_keep_their_sides():
    ramp = torch.arange(0, 256, 8, dtype=torch.uint8).expand(200, 3, 32, 32).contiguous()
    generator = torch.Generator().manual_seed(1)
    rising = augment.change(ramp, 16, augment.SCENES, generator).mean((1, 2)).diff(dim=1).sum(1)
    assert (rising > 0).all()
    falling = augment.change(ramp, 16, Augmentation(), generator).mean((1, 2)).diff(dim=1).sum(1)
    assert (falling < 0).any()


def test_cut_mix_reports_the_area_it_left(pixels, generator):
    x = torch.arange(64.0)[:, None, None, None].expand(64, 3, 16, 16).clone()
    for _ in range(20):
        mixed, order, own_share = augment.cut_mix(x, generator)
        kept = (mixed == x).float().mean((1, 2, 3))
        moved = order != torch.arange(64)
        assert torch.allclose(kept[moved], torch.tensor(own_share), atol=1e-6)
        other = (mixed == x[order]).float().mean((1, 2, 3))
        assert torch.allclose(other[moved], torch.tensor(1 - own_share), atol=1e-6)


def test_the_vocabulary_keeps_marks_and_blanks_words(generator):
    tokenizer = open_clip_tokenizer(16)
    ids = tokenizer(["a red boat on the sea", "two cats"])
    vocabulary = texts.Vocabulary([ids], 49408)
    rows = vocabulary.rows(ids)
    assert torch.equal(rows.argmax(1), ids.argmax(1))  # the end mark is still the greatest
    unseen = vocabulary.rows(tokenizer(["a zebra"]))[0]
    assert unseen[2] == texts.UNKNOWN and unseen[1] == rows[0, 1]
    blanked = vocabulary.blank(rows, 1.0, generator)
    is_word = (ids != 49406) & (ids != 49407) & (ids != 0)
    assert (blanked[is_word] == texts.UNKNOWN).all()
    assert torch.equal(blanked[~is_word], rows[~is_word])
    half = vocabulary.blank(rows.repeat(500, 1), 0.3, generator)[is_word.repeat(500, 1)]
    assert (half == texts.UNKNOWN).float().mean() == pytest.approx(0.3, abs=0.03)


def test_a_wording_is_drawn_for_every_class(generator):
    known = [class_names.PACS["dog"], class_names.PACS["person"]]
    wordings = texts.class_wordings(known, ("a photo of a {}", "{}"))
    assert "a photo of people" in wordings[1] and "puppy" in wordings[0]
    prompts = texts.PromptSet(wordings, open_clip_tokenizer(16))
    drawn = torch.stack([prompts.draw(generator) for _ in range(300)])
    assert set(drawn[:, 0].tolist()) == set(range(len(wordings[0])))
    first = len(wordings[0])
    assert set(drawn[:, 1].tolist()) == set(range(first, first + len(wordings[1])))


def test_kinds_and_words_are_shares():
    known = [class_names.PACS["dog"], class_names.PACS["guitar"]]
    kinds = ["animal", "musical instrument", "pet"]
    assert texts.kind_targets(known, kinds).tolist() == [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]
    words = [f"{'abcdefghijklmnopqrstuvwxyz'[n]}" for n in range(24)]
    ids = open_clip_tokenizer(64)([" ".join(words), " ".join(words), "zebra zebra boat", "boat"])
    said = texts.word_targets(ids.view(2, 2, 64), most=8)
    assert said[1].sum() == pytest.approx(1.0) and said[1].max() == pytest.approx(0.5)


def test_several_positives_share_the_target(generator):
    logits = torch.randn(5, 5, generator=generator, requires_grad=True)
    rows = torch.arange(5)
    wanted = 0.5 * (
        torch.nn.functional.cross_entropy(logits, rows)
        + torch.nn.functional.cross_entropy(logits.T, rows)
    )
    assert torch.allclose(losses.multi_positive(logits, torch.eye(5)), wanted)
    own = torch.zeros(5, 5)
    own[0, :2] = own[1, 2] = 1.0
    excluded = torch.zeros(5, 5, dtype=torch.bool)
    excluded[0, 4] = excluded[1, 3] = True
    losses.multi_positive(logits, own, excluded).backward()
    assert (logits.grad[excluded] == 0).all() and (logits.grad[0, :2] < 0).any()
    log_share = torch.log_softmax(logits.detach().masked_fill(excluded, -1e4), dim=1)
    by_row = -(log_share[0, :2].mean() + log_share[1, 2]) / 2
    back = torch.log_softmax(logits.detach().masked_fill(excluded, -1e4).T, dim=1)
    by_column = -(back[0, 0] + back[1, 0] + back[2, 1]) / 3
    found = losses.multi_positive(logits.detach(), own, excluded)
    assert found.item() == pytest.approx(float(by_row + by_column) / 2, abs=1e-6)


def test_captions_that_hold_are_found_by_their_facts():
    drawn_here = sources.DrawnScenes(12, 3, open_clip_tokenizer(64), 32)
    drawn = scenes.sample(12, 3, levels=(*sources.SCENE_LEVELS, "wrong"))
    per_scene = len(sources.SCENE_LEVELS) + 1
    rows = torch.arange(12)
    for level in (0, 4, per_scene - 1):  # exact, generic, wrong
        captions = drawn.captions[level::per_scene]
        wanted = scenes.truth(drawn.scenes, captions) == 1.0
        assert np.array_equal(drawn_here.is_true(rows, rows, torch.tensor(level)).numpy(), wanted)
    assert not drawn_here.is_true(rows, rows, torch.tensor(-1)).diagonal().any()
