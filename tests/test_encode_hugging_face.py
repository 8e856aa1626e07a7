"""Caption towers and tokenizers from Hugging Face; skipped where transformers is not installed."""

from __future__ import annotations

import json

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import save_file

from vacsr_core.encode import encode_captions, load_backbone

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")
CAPTIONS = ["A dog, dogs!", "the dog", ""]
PIECES = ["a", "the", "dog", "##s", ",", "!"]


@pytest.fixture(scope="module", params=["linear", "mlp"])
def folder(tmp_path_factory, request):
    """A tiny BERT caption tower with mean pooling and a word-piece tokenizer."""
    folder = tmp_path_factory.mktemp(f"bert-{request.param}")
    vocabulary = {piece: n for n, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *PIECES])}
    inner = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.normalizer = tokenizers.normalizers.Lowercase()
    inner.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    inner.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(folder)
    transformers.BertConfig(
        vocab_size=10,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
    ).save_pretrained(folder)
    config = {
        "embed_dim": 24,
        "vision_cfg": {
            "image_size": 32,
            "patch_size": 16,
            "width": 32,
            "layers": 1,
            "head_width": 16,
        },
        "text_cfg": {
            "hf_model_name": str(folder),
            "hf_tokenizer_name": str(folder),
            "hf_proj_type": request.param,
            "hf_pooler_type": "mean_pooler",
            "hf_model_pretrained": False,
            "context_length": 8,
        },
    }
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    torch.manual_seed(0)
    model = open_clip.CustomTextCLIP(**config)
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder


def test_vectors_words_and_truncation(folder):
    name = f"local-dir:{folder}"
    backbone = load_backbone(name, device="cpu")
    model, _ = open_clip.create_model_from_pretrained(name)
    features = encode_captions(backbone, [*CAPTIONS, "dog " * 20])
    with torch.inference_mode():
        ids = open_clip.get_tokenizer(name)([*CAPTIONS, "dog " * 20])
        expected = model.eval().encode_text(ids, normalize=True).numpy()
    np.testing.assert_allclose(features.vectors, expected, atol=1e-5)
    assert features.words == (("A", "dog", ",", "dogs", "!"), ("the", "dog"), (), ("dog",) * 6)
    assert features.is_truncated.tolist() == [False, False, False, True]
    assert backbone.has_caption_tokens and backbone.context_length == 8


def test_piece_vectors_are_projected_like_the_pooled_one(folder):
    name = f"local-dir:{folder}"
    backbone = load_backbone(name, device="cpu")
    ids = backbone.caption_reader.read(["a dog"]).ids
    model = open_clip.create_model(name, require_pretrained=True).eval()
    with torch.inference_mode():
        vectors, pieces = backbone.caption_tower.encode_with_pieces(ids)
        hidden = model.text.transformer(input_ids=ids, attention_mask=(ids != 0).long())
        expected = model.text.proj(hidden.last_hidden_state)
        torch.testing.assert_close(pieces, expected, atol=1e-5, rtol=1e-4)
        if isinstance(model.text.proj, torch.nn.Linear):  # linear maps and means commute
            pooled = pieces[:, :4].mean(dim=1)
            torch.testing.assert_close(pooled, vectors, atol=1e-5, rtol=1e-4)
