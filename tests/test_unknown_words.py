"""Words that a model has never seen: those with a piece whose row in the token table is zero."""

import numpy as np
import open_clip
import pytest
from safetensors.torch import load_file, save_file

from tiny_backbones import write_backbone
from vacsr_core import scenes
from vacsr_core.encode import load_backbone

TABLES = {"vit": "token_embedding.weight", "timm_vit": "text.token_embedding.weight"}


def forgetful(folder, kind: str, words: str):
    """A tiny model whose token table has zeros for the pieces of some words."""
    write_backbone(folder, kind)
    path = folder / "open_clip_model.safetensors"
    weights = load_file(path)
    ids = open_clip.get_tokenizer(f"local-dir:{folder}").encode(words)
    weights[TABLES[kind]][ids] = 0.0
    save_file(weights, path)
    return load_backbone(f"local-dir:{folder}", "cpu"), ids


@pytest.mark.parametrize("kind", TABLES)
def test_words_with_a_zero_row_are_unknown(kind, tmp_path):
    backbone, ids = forgetful(tmp_path, kind, "xylophone quokka")
    assert backbone.unseen_pieces == set(ids)
    texts = ["A Xylophone, a dog!", "a dog", "quokka and quokka xylophone", "", "?!"]
    words, share = backbone.split_unknown(texts)
    assert words == [("xylophone",), (), ("quokka", "xylophone"), (), ()]
    np.testing.assert_allclose(share, [1 / 4, 0, 3 / 4, 0, 0])
    assert backbone.unknown_words(texts) == words


def test_many_captions_are_read_in_parts(tmp_path, monkeypatch):
    from vacsr_core.encode import words

    backbone, _ = forgetful(tmp_path, "vit", "xylophone")
    monkeypatch.setattr(words, "_CAPTIONS_AT_ONCE", 2)
    assert backbone.unknown_words(["xylophone", "dog", "cat", "a xylophone", "dog"]) == [
        ("xylophone",), (), (), ("xylophone",), (),
    ]  # fmt: skip


def test_a_model_with_a_full_table_knows_no_unknown_words(tmp_path):
    backbone = load_backbone(f"local-dir:{write_backbone(tmp_path, 'vit')}", "cpu")
    assert backbone.unseen_pieces == frozenset()
    assert backbone.unknown_words(["qzxv", "dog"]) == [(), ()]


def test_the_embedded_model_knows_the_words_of_drawn_scenes_and_not_all_others():
    backbone = load_backbone("embedded", "cpu")
    texts = [caption.text for caption in scenes.sample(40, seed=3).captions]
    assert not any(backbone.unknown_words(texts))
    rare = ["hexachlorophene", "zugzwang", "epistemology", "kubernetes"]
    assert any(backbone.unknown_words(rare))
