"""encode_images and encode_captions: the same numbers in any batch, order and cache state."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from tiny_backbones import MODEL_CONFIGS, write_backbone
from vacsr_core.encode import encode_captions, encode_images, encoding, load_backbone
from vacsr_core.errors import BackboneError, CancelledError, DataError
from vacsr_core.feature_cache import FeatureCache

CAPTIONS = ["a red dog", "two cats on a mat, asleep", "", "a red dog", "boats at night"]


def picture(seed: int, size: tuple[int, int] = (40, 30)) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("backbones")
    return {kind: write_backbone(root / kind, kind) for kind in MODEL_CONFIGS}


@pytest.fixture(scope="module")
def backbone(folders):
    return load_backbone(f"local-dir:{folders['vit']}", device="cpu")


def counted(backbone, counts: list[int], fail_above: int | None = None):
    """The same backbone, noting the batch sizes its image tower meets; too large ones fail."""

    def note(encode):
        def run(pixels):
            if fail_above is not None and len(pixels) > fail_above:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory: out of memory")
            counts.append(len(pixels))
            return encode(pixels)

        return run

    tower = backbone.image_tower
    tower = replace(
        tower,
        encode=note(tower.encode),
        encode_with_patches=note(tower.encode_with_patches),
    )
    return replace(backbone, image_tower=tower)


@pytest.mark.parametrize("kind", MODEL_CONFIGS)
def test_vectors_are_open_clips_own(folders, kind):
    name = f"local-dir:{folders[kind]}"
    ours = load_backbone(name, device="cpu")
    model, preprocess = open_clip.create_model_from_pretrained(name)
    model.eval()
    pictures = [picture(seed) for seed in range(3)]
    with torch.inference_mode():
        pixels = torch.stack([preprocess(image) for image in pictures])
        image_vectors = model.encode_image(pixels, normalize=True).numpy()
        ids = open_clip.get_tokenizer(name)(CAPTIONS)
        caption_vectors = model.encode_text(ids, normalize=True).numpy()
    assert ours.dimension == image_vectors.shape[1]
    assert ours.logit_scale == pytest.approx(model.logit_scale.exp().item())
    for tokens in (False, True):
        images = encode_images(ours, pictures, tokens=tokens)
        captions = encode_captions(ours, CAPTIONS, tokens=tokens)
        np.testing.assert_allclose(images.vectors, image_vectors, atol=1e-5)
        np.testing.assert_allclose(captions.vectors, caption_vectors, atol=1e-5)
        assert images.backbone_id == captions.backbone_id == ours.backbone_id


def test_paths_bytes_and_pictures_give_the_same_vector(backbone, tmp_path):
    image = picture(1)
    (tmp_path / "a.png").write_bytes(png(image))
    features = encode_images(
        backbone, [str(tmp_path / "a.png"), tmp_path / "a.png", png(image), image]
    )
    for row in range(1, 4):
        np.testing.assert_allclose(features.vectors[row], features.vectors[0], atol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_any_batch_size_gives_the_same(backbone, monkeypatch, batch_size):
    pictures = [picture(seed) for seed in range(5)]
    images = encode_images(backbone, pictures)
    captions = encode_captions(backbone, CAPTIONS)
    monkeypatch.setitem(encoding._IMAGE_BATCH, "cpu", batch_size)
    monkeypatch.setitem(encoding._CAPTION_BATCH, "cpu", batch_size)
    images_again = encode_images(backbone, pictures)
    captions_again = encode_captions(backbone, CAPTIONS)
    np.testing.assert_allclose(images_again.vectors, images.vectors, atol=1e-5)
    np.testing.assert_allclose(images_again.tokens, images.tokens, atol=2e-3)
    np.testing.assert_allclose(captions_again.vectors, captions.vectors, atol=1e-5)
    np.testing.assert_allclose(captions_again.tokens, captions.tokens, atol=2e-3)
    assert captions_again.words == captions.words


def test_order_and_repeats_change_nothing_and_repeats_are_encoded_once(backbone):
    counts: list[int] = []
    watched = counted(backbone, counts)
    one, two, three = (picture(seed) for seed in range(3))
    plain = encode_images(watched, [one, two, three])
    mixed = encode_images(watched, [three, one, one.copy(), two, three])
    assert counts == [3, 3]
    for row, source in enumerate([2, 0, 0, 1, 2]):
        np.testing.assert_allclose(mixed.vectors[row], plain.vectors[source], atol=1e-5)
    captions = encode_captions(backbone, CAPTIONS)
    np.testing.assert_array_equal(captions.vectors[0], captions.vectors[3])


def test_cached_equals_fresh_and_the_model_is_not_asked(backbone, tmp_path):
    cache, counts = FeatureCache(tmp_path), []
    watched = counted(backbone, counts)
    pictures = [picture(seed) for seed in range(4)]
    fresh = encode_images(watched, pictures, cache=cache)
    cached = encode_images(watched, pictures, cache=cache)
    assert counts == [4]
    np.testing.assert_array_equal(cached.vectors, fresh.vectors)
    np.testing.assert_array_equal(cached.tokens, fresh.tokens)
    without_cache = encode_images(backbone, pictures)
    np.testing.assert_array_equal(without_cache.tokens, cached.tokens)
    captions = encode_captions(backbone, CAPTIONS, cache=cache)
    tower_that_fails = replace(backbone.caption_tower, encode=None, encode_with_pieces=bool)
    without_model = replace(backbone, caption_tower=tower_that_fails)
    again = encode_captions(without_model, CAPTIONS, cache=cache)
    np.testing.assert_array_equal(again.vectors, captions.vectors)
    np.testing.assert_array_equal(again.tokens, captions.tokens)
    np.testing.assert_array_equal(again.is_truncated, captions.is_truncated)
    assert again.words == captions.words


def test_long_token_vectors_survive_half_precision(backbone):
    def long_patches(pixels):
        vectors, patches = backbone.image_tower.encode_with_patches(pixels)
        return vectors, patches * 1e7  # past the largest half-precision number

    tower = replace(backbone.image_tower, encode_with_patches=long_patches)
    features = encode_images(replace(backbone, image_tower=tower), [picture(1)])
    expected = encode_images(backbone, [picture(1)]).tokens
    np.testing.assert_allclose(features.tokens, expected, atol=2e-3)


def test_an_entry_without_tokens_does_not_serve_a_request_with_tokens(backbone, tmp_path):
    cache, counts = FeatureCache(tmp_path), []
    watched = counted(backbone, counts)
    assert encode_images(watched, [picture(1)], cache=cache, tokens=False).tokens is None
    assert encode_images(watched, [picture(1)], cache=cache).tokens.shape == (1, 16, 24)
    assert encode_images(watched, [picture(1)], cache=cache, tokens=False).tokens is None
    assert counts == [1, 1]


def test_two_backbones_do_not_share_entries(backbone, tmp_path):
    cache = FeatureCache(tmp_path / "cache")
    other_folder = write_backbone(tmp_path / "other", "vit", seed=1)
    other = load_backbone(f"local-dir:{other_folder}", device="cpu")
    first = encode_images(backbone, [picture(1)], cache=cache)
    second = encode_images(other, [picture(1)], cache=cache)
    assert not np.allclose(first.vectors, second.vectors, atol=1e-2)


def test_out_of_memory_halves_the_batch_and_goes_on(backbone):
    counts: list[int] = []
    pictures = [picture(seed) for seed in range(7)]
    features = encode_images(counted(backbone, counts, fail_above=2), pictures)
    assert counts == [1] * 7  # 7 -> 3 -> 1: both larger sizes fail
    np.testing.assert_allclose(
        features.vectors, encode_images(backbone, pictures).vectors, atol=1e-5
    )
    counts.clear()
    encode_images(counted(backbone, counts, fail_above=3), pictures)
    assert counts == [3, 3, 1]


def test_out_of_memory_with_one_image_says_so(backbone):
    with pytest.raises(BackboneError, match=r"single item.*choose a smaller backbone"):
        encode_images(counted(backbone, [], fail_above=0), [picture(1)])


def test_other_errors_of_the_model_are_not_taken_for_a_lack_of_memory(backbone):
    def broken(pixels):
        raise RuntimeError("shapes do not fit")

    tower = replace(backbone.image_tower, encode_with_patches=broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        encode_images(replace(backbone, image_tower=tower), [picture(1)])


def test_cancelling_keeps_what_is_finished(backbone, tmp_path, monkeypatch):
    monkeypatch.setitem(encoding._IMAGE_BATCH, "cpu", 2)
    cache, counts, fractions = FeatureCache(tmp_path), [], []
    watched = counted(backbone, counts)
    pictures = [picture(seed) for seed in range(6)]

    def stop_after_two_batches(fraction, text):
        fractions.append(fraction)
        if text == "Encoding images: 4 of 6":
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        encode_images(watched, pictures, stop_after_two_batches, cache)
    assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(4 / 6)
    assert counts == [2, 2]
    encode_images(watched, pictures, cache=cache)
    assert counts == [2, 2, 2]


def test_progress_ends_at_one(backbone):
    reports = []
    encode_captions(backbone, CAPTIONS, lambda fraction, text: reports.append((fraction, text)))
    assert reports[-1] == (1.0, "Encoding captions: 4 of 4")  # the repeated caption counts once


def test_long_captions_are_flagged(backbone):
    fits = " ".join(["dog"] * 14)  # 14 words, start and end fill the context of 16
    texts = [fits, fits + " dog", "dog", "dog " * 5000, "x" * 10_000, "a <end_of_text> dog"]
    features = encode_captions(backbone, texts)
    assert features.is_truncated.tolist() == [False, True, False, True, True, True]
    np.testing.assert_array_equal(features.words[1], ["dog"] * 14)
    assert features.words[5] == ("a",)


def test_empty_lists_give_empty_features(backbone):
    images, captions = encode_images(backbone, []), encode_captions(backbone, [])
    assert images.vectors.shape == captions.vectors.shape == (0, 24)
    assert images.tokens.shape == (0, 16, 24) and images.grid == (4, 4)
    assert captions.words == () and captions.is_truncated.shape == (0,)


def test_bad_items_are_named(backbone, tmp_path):
    with pytest.raises(DataError, match=r"Image 1 \(bytes\) cannot be read as an image"):
        encode_images(backbone, [picture(1), b"not an image"])
    with pytest.raises(DataError, match=r"Image 0 .*missing\.png.* cannot be opened"):
        encode_images(backbone, [tmp_path / "missing.png"])
    with pytest.raises(DataError, match="Image 2 is of type int"):
        encode_images(backbone, [picture(1), picture(2), 3])
    with pytest.raises(DataError, match="Caption 1 is of type NoneType"):
        encode_captions(backbone, ["a", None])
