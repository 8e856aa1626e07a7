"""Patch and word vectors: the identities that tie them to the model's own vectors."""

from __future__ import annotations

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from tiny_backbones import write_backbone
from vacsr_core.encode import encode_captions, encode_images, load_backbone
from vacsr_core.encode.image_tower import image_tower

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """kind -> (our backbone, open_clip's model, its pixels of PICTURE); each built once."""
    root, built = tmp_path_factory.mktemp("backbones"), {}

    def load(kind):
        if kind not in built:
            name = f"local-dir:{write_backbone(root / kind, kind)}"
            model, preprocess = open_clip.create_model_from_pretrained(name)
            pixels = preprocess(PICTURE).unsqueeze(0)
            built[kind] = load_backbone(name, device="cpu"), model.eval(), pixels
        return built[kind]

    return load


def output_of(module: torch.nn.Module, run) -> torch.Tensor:
    """What `module` put out while `run()` ran."""
    seen = []
    handle = module.register_forward_hook(lambda m, inputs, output: seen.append(output))
    with torch.inference_mode():
        run()
    handle.remove()
    return seen[-1]


def unit(rows) -> np.ndarray:
    rows = np.asarray(rows)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@pytest.mark.parametrize("kind", ["vit", "resnet", "coca", "timm_vit", "timm_map", "timm_resnet"])
def test_tokens_are_unit_rows_under_a_full_mask(loaded, kind):
    backbone, _, _ = loaded(kind)
    images = encode_images(backbone, [PICTURE, PICTURE.rotate(90)])
    captions = encode_captions(backbone, ["a dog", "two cats, asleep"])
    assert images.token_mask.all() and images.tokens.shape[1] == np.prod(images.grid)
    assert captions.token_mask.tolist() == [[True, True, False, False], [True] * 4]
    np.testing.assert_allclose(np.linalg.norm(images.tokens, axis=-1), 1, atol=1e-5)
    lengths = np.linalg.norm(captions.tokens, axis=-1)
    np.testing.assert_allclose(lengths, captions.token_mask, atol=1e-5)
    assert backbone.tokens_note is None


def test_class_token_projected_is_the_image_vector_and_patches_take_the_same_way(loaded):
    backbone, model, pixels = loaded("vit")
    hidden = output_of(model.visual.ln_post, lambda: model.visual(pixels))  # (1, 1 + P, width)
    projected = unit(hidden[0].numpy() @ model.visual.proj.detach().numpy())
    features = encode_images(backbone, [PICTURE])
    np.testing.assert_allclose(projected[0], features.vectors[0], atol=1e-5)
    np.testing.assert_allclose(projected[1:], features.tokens[0], atol=1e-3)


def test_resnet_patches_average_to_the_image_vector_when_attention_is_even(loaded):
    _, model, pixels = loaded("resnet")
    pool = model.visual.attnpool
    with torch.inference_mode():
        pool.q_proj.weight.zero_()
        pool.q_proj.bias.zero_()
        vectors, patches = image_tower(model, pixels).encode_with_patches(pixels)
        # Attention also covers the mean position; its share follows from the same two maps.
        spatial = model.visual.forward_intermediates(pixels, indices=1)["image_intermediates"][0]
        mean = spatial.mean(dim=(2, 3)) + pool.positional_embedding[0]
        mean = pool.c_proj(pool.v_proj(mean))
    everything = torch.cat([mean[:, None], patches], dim=1).mean(dim=1)
    torch.testing.assert_close(everything, vectors, atol=1e-5, rtol=1e-4)


def test_coca_patches_are_what_the_pool_answers_to_one_patch_alone(loaded):
    _, model, pixels = loaded("coca")
    visual = model.visual
    with torch.inference_mode():
        _, patches = image_tower(model, pixels).encode_with_patches(pixels)
        out = visual.forward_intermediates(pixels, indices=1, output_fmt="NLC")
        hidden = out["image_intermediates"][0]  # (1, P, width)
        for index in (0, 7, 15):
            answers = visual.ln_post(visual.attn_pool(hidden[:, index : index + 1]))
            wanted = answers[:, 0] @ visual.proj
            torch.testing.assert_close(patches[:, index], wanted, atol=1e-5, rtol=1e-4)


def test_patches_average_to_the_image_vector_under_average_pooling(loaded):
    _, model, pixels = loaded("vit_last")
    with torch.inference_mode():
        vectors, patches = image_tower(model, pixels).encode_with_patches(pixels)
    torch.testing.assert_close(patches.mean(dim=1), vectors, atol=1e-5, rtol=1e-4)


def test_timm_patches_average_to_the_image_vector_under_average_pooling(loaded):
    _, model, pixels = loaded("timm_resnet")
    with torch.inference_mode():
        vectors, patches = image_tower(model, pixels).encode_with_patches(pixels)
    torch.testing.assert_close(patches.mean(dim=1), vectors, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["timm_vit", "timm_map", "timm_resnet"])
def test_a_picture_of_equal_patches_gives_each_patch_the_vector_of_the_picture(
    loaded, kind, monkeypatch
):
    _, model, pixels = loaded(kind)
    tower = image_tower(model, pixels)
    with torch.inference_mode():
        features = model.visual.trunk.forward_features(pixels)
        one = features[:, :1] if features.ndim == 3 else features[:, :, :1, :1]
        same = one.expand_as(features).contiguous()
        monkeypatch.setattr(model.visual.trunk, "forward_features", lambda x: same)
        vectors, patches = tower.encode_with_patches(pixels)
    torch.testing.assert_close(patches, vectors[:, None].expand_as(patches), atol=1e-4, rtol=1e-4)


def test_timm_class_token_trunk_projects_patches_like_the_class_token(loaded):
    backbone, model, pixels = loaded("timm_vit")
    with torch.inference_mode():
        features = model.visual.trunk.forward_features(pixels)  # (1, 1 + P, width)
    projection = model.visual.head.proj.weight.detach().numpy().T
    projected = unit(features[0].numpy() @ projection)
    ours = encode_images(backbone, [PICTURE])
    np.testing.assert_allclose(projected[0], ours.vectors[0], atol=1e-5)
    np.testing.assert_allclose(projected[1:], ours.tokens[0], atol=1e-3)


def test_an_attention_pool_over_the_whole_grid_has_no_patches_and_says_so(loaded):
    backbone, _, _ = loaded("timm_rotary_pool")
    features = encode_images(backbone, [PICTURE])
    assert features.tokens is None and features.grid is None
    assert not backbone.has_image_tokens and backbone.has_caption_tokens
    assert backbone.tokens_note == "The image tower's attention pooling needs all patches at once."


def project(text, hidden):
    projection = text.text_projection
    return projection(hidden) if isinstance(projection, torch.nn.Module) else hidden @ projection


@pytest.mark.parametrize("kind", ["vit", "vit_last", "coca", "timm_map", "timm_vit"])
def test_words_take_the_same_way_as_the_position_that_stands_for_the_caption(loaded, kind):
    backbone, model, _ = loaded(kind)
    text = getattr(model, "text", model)
    caption = "a photographable dog"  # the middle word has several pieces
    ids = backbone.caption_reader.tokenizer([caption])
    count = int((ids != 0).sum())
    if kind == "coca":  # its final norm runs after pooling, so take the transformer's output
        hidden = output_of(text.transformer, lambda: model.encode_text(ids))
        with torch.inference_mode():
            hidden = text.ln_final(hidden)
    else:
        hidden = output_of(text.ln_final, lambda: model.encode_text(ids))
    with torch.inference_mode():
        pieces = project(text, hidden)[0].numpy()  # (L, D); one position more in CoCa
    features = encode_captions(backbone, [caption])
    stands_for_all = -1 if kind in ("coca", "timm_vit", "vit_last") else count - 1
    np.testing.assert_allclose(unit(pieces[stands_for_all]), features.vectors[0], atol=1e-5)
    assert features.words == (("a", "photographable", "dog"),) and count > 5
    middle = pieces[2 : count - 2].mean(axis=0)
    expected = unit([pieces[1], middle, pieces[count - 2]])
    np.testing.assert_allclose(features.tokens[0], expected, atol=1e-3)


def test_word_strings(loaded):
    backbone, _, _ = loaded("vit")
    texts = ["A dog's ball, 12!", "un🐶deux", "zxqjv", "Straße &amp; Übung", "  ", "日本"]
    features = encode_captions(backbone, texts)
    assert features.words == (
        ("a", "dog", "'s", "ball", ",", "1", "2", "!"),
        ("un", "🐶", "deux"),
        ("zxqjv",),
        ("straße", "&", "übung"),
        (),
        ("日本",),
    )
    counts = [len(words) for words in features.words]
    assert features.token_mask.sum(axis=1).tolist() == counts
    assert features.tokens.shape[1] == max(counts)  # not the context length


def test_half_of_a_surrogate_pair_is_no_obstacle(loaded):
    backbone, _, _ = loaded("vit")
    assert encode_captions(backbone, ["a \ud83d dog"]).words == (("a", "?", "dog"),)
