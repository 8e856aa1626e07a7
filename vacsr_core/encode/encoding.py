"""encode_images and encode_captions: items -> Features, each distinct item once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vacsr_core.encode.batches import shrinking_batches
from vacsr_core.encode.download import Progress
from vacsr_core.encode.loading import Backbone
from vacsr_core.encode.pictures import ImageItem, picture_digest, read_picture
from vacsr_core.encode.words import word_means
from vacsr_core.errors import DataError
from vacsr_core.feature_cache import FeatureCache, StoredFeature
from vacsr_core.features import Features

# Raise this when the way from an item to its stored feature changes: old entries are then
# never found again and go when the cache is full.
_RECIPE_VERSION = 1
_IMAGE_BATCH = {"cpu": 32, "mps": 64, "cuda": 256}
_CAPTION_BATCH = {"cpu": 128, "mps": 256, "cuda": 1024}
EncodeBatch = Callable[[list[int]], list[StoredFeature]]


def encode_images(
    backbone: Backbone,
    items: Sequence[ImageItem],
    progress: Progress | None = None,
    cache: FeatureCache | None = None,
    tokens: bool = True,
) -> Features:
    """Encode images.

    Args:
        backbone: a loaded model.
        items: N paths, bytes of image files, or PIL images.
        progress: called as progress(fraction in [0, 1], text) after each batch; may raise
            CancelledError, and what was encoded by then is in the cache.
        cache: where features are looked up and kept; None for nowhere.
        tokens: whether to add patch vectors where the backbone has them.

    Returns:
        Features of N images; patches of equal pictures are equal whether cached or fresh.

    Raises:
        DataError: an item cannot be read as an image.
        BackboneError: memory does not suffice for a single image.
    """
    items = list(items)
    with_patches = tokens and backbone.has_image_tokens
    keys = []
    for position, item in enumerate(items):
        if progress is not None and position % 64 == 0:
            progress(0.0, f"Reading images: {position} of {len(items)}")
        keys.append(_key(backbone, "image", picture_digest(item, position)))

    def encode_batch(positions: list[int]) -> list[StoredFeature]:
        pictures = [read_picture(items[position], position) for position in positions]
        pixels = torch.stack([backbone.preprocess(picture) for picture in pictures])
        with _running(backbone):
            pixels = pixels.to(backbone.device)  # (B, 3, H, W)
            if not with_patches:
                return _records(backbone.image_tower.encode(pixels))
            vectors, patches = backbone.image_tower.encode_with_patches(pixels)
            return _records(vectors, list(_half(patches)))

    size = _batch_size(_IMAGE_BATCH, backbone)
    records = _encode(keys, encode_batch, size, cache, with_patches, "images", progress)
    count = int(np.prod(backbone.image_tower.grid)) if with_patches else 0
    return Features(
        **_arrays(records, backbone, with_patches, count),
        modality="image",
        grid=backbone.image_tower.grid if with_patches else None,
        backbone_id=backbone.backbone_id,
    )


def encode_captions(
    backbone: Backbone,
    texts: Sequence[str],
    progress: Progress | None = None,
    cache: FeatureCache | None = None,
    tokens: bool = True,
) -> Features:
    """Encode captions.

    Args:
        backbone: a loaded model.
        texts: M captions of any length; one that the model does not read to its end is flagged
            in `is_truncated`.
        progress: called as progress(fraction in [0, 1], text) after each batch; may raise
            CancelledError, and what was encoded by then is in the cache.
        cache: where features are looked up and kept; None for nowhere.
        tokens: whether to add word vectors where the backbone has them.

    Returns:
        Features of M captions; T is the most words in any of them.

    Raises:
        DataError: an item is not a string.
        BackboneError: memory does not suffice for a single caption.
    """
    texts = [texts] if isinstance(texts, str) else list(texts)
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"Caption {position} is of type {type(text).__name__}; give a string.")
    with_words = tokens and backbone.has_caption_tokens
    keys = [
        _key(backbone, "caption", hashlib.sha256(text.encode("utf-8", "replace")).digest())
        for text in texts
    ]

    def encode_batch(positions: list[int]) -> list[StoredFeature]:
        with backbone.lock:
            chosen = [texts[position] for position in positions]
            read = backbone.caption_reader.read(chosen, with_words)
        with _running(backbone):
            ids = read.ids.to(backbone.device)  # (B, L)
            if not with_words:
                vectors = backbone.caption_tower.encode(ids)
                return _records(vectors, is_truncated=read.is_truncated)
            vectors, pieces = backbone.caption_tower.encode_with_pieces(ids)
            means = _half(word_means(pieces.float(), read.spans))  # (B, W, D)
        tokens = [means[row, : len(words)] for row, words in enumerate(read.spans)]
        words = [tuple(word.text for word in row) for row in read.spans]
        return _records(vectors, tokens, words, read.is_truncated)

    size = _batch_size(_CAPTION_BATCH, backbone)
    lengths = [len(text) for text in texts]  # alike in length, captions share little padding
    records = _encode(keys, encode_batch, size, cache, with_words, "captions", progress, lengths)
    return Features(
        **_arrays(records, backbone, with_words, 0),
        modality="caption",
        words=tuple(record.words for record in records) if with_words else None,
        is_truncated=np.array([record.is_truncated for record in records], dtype=bool),
        backbone_id=backbone.backbone_id,
    )


def _encode(
    keys: list[bytes],
    encode_batch: EncodeBatch,
    batch_size: int,
    cache: FeatureCache | None,
    with_tokens: bool,
    noun: str,
    progress: Progress | None,
    lengths: Sequence[int] = (),
) -> list[StoredFeature]:
    """Look every key up, encode what is missing, and return one record for each key.

    Where `lengths` are given, items of like length are encoded together.
    """
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    known = {} if cache is None else cache.get_many(list(first), with_tokens=with_tokens)
    missing = sorted(position for key, position in first.items() if key not in known)
    if lengths:
        missing.sort(key=lengths.__getitem__)
    report = progress or (lambda fraction, text: None)
    done = len(first) - len(missing)
    report(done / max(len(first), 1), f"Encoding {noun}: {done} of {len(first)}")
    for batch, records in shrinking_batches(
        len(missing), batch_size, lambda rows: encode_batch(missing[rows])
    ):
        fresh = {keys[position]: r for position, r in zip(missing[batch], records, strict=True)}
        if cache is not None:
            cache.put_many(fresh)
        known.update(fresh)
        done += len(fresh)
        report(done / len(first), f"Encoding {noun}: {done} of {len(first)}")
    return [known[key] for key in keys]


@contextmanager
def _running(backbone: Backbone) -> Iterator[None]:
    """Hold the model for one batch: its lock, no gradients, and bf16 on CUDA only."""
    is_half = backbone.precision == "bf16"
    cast = torch.autocast("cuda", dtype=torch.bfloat16) if is_half else nullcontext()
    with backbone.lock, torch.inference_mode(), cast:
        yield


def _key(backbone: Backbone, modality: str, digest: bytes) -> bytes:
    """Name a feature in the cache by everything its value depends on."""
    recipe = f"{_RECIPE_VERSION}|{backbone.backbone_id}|{backbone.precision}|{modality}|"
    return hashlib.sha256(recipe.encode() + digest).digest()


def _batch_size(sizes: dict[str, int], backbone: Backbone) -> int:
    return sizes[backbone.device.partition(":")[0]]


def _half(tokens: Tensor) -> Tensor:
    """Unit rows in half precision: half the memory and disk, and fresh equals cached."""
    return functional.normalize(tokens.float(), dim=-1).half().cpu()


def _records(
    vectors: Tensor,
    tokens: list[Tensor] | None = None,
    words: list[tuple[str, ...]] | None = None,
    is_truncated: list[bool] | None = None,
) -> list[StoredFeature]:
    """Split a batch into one record per item; `vectors` (B, D) become unit rows."""
    unit = functional.normalize(vectors.float(), dim=-1).cpu().numpy()
    return [
        StoredFeature(
            vector=unit[row].copy(),
            tokens=None if tokens is None else tokens[row].numpy().copy(),
            words=None if words is None else words[row],
            is_truncated=False if is_truncated is None else bool(is_truncated[row]),
        )
        for row in range(len(unit))
    ]


def _arrays(
    records: list[StoredFeature], backbone: Backbone, with_tokens: bool, count: int
) -> dict[str, np.ndarray | None]:
    """Stack records; T = `count`, or the longest record where `count` is 0."""
    dimension = backbone.dimension
    vectors = np.zeros((len(records), dimension), dtype=np.float32)
    for row, record in enumerate(records):
        vectors[row] = record.vector
    if not with_tokens:
        return {"vectors": vectors, "tokens": None, "token_mask": None}
    longest = count or max((len(record.tokens) for record in records), default=0)
    tokens = np.zeros((len(records), longest, dimension), dtype=np.float32)
    mask = np.zeros((len(records), longest), dtype=bool)
    for row, record in enumerate(records):
        own = record.tokens.astype(np.float32)
        length = np.linalg.norm(own, axis=-1, keepdims=True)
        tokens[row, : len(own)] = own / np.maximum(length, 1e-12)
        mask[row, : len(own)] = True
    return {"vectors": vectors, "tokens": tokens, "token_mask": mask}
