"""A data folder of tiny pictures with planted truth, and an engine that knows all of it."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas
from PIL import Image

from vacsr_core import scenes
from vacsr_core.backbone_measures import SCENE_SEED
from vacsr_core.class_names import (
    CARTOON_EVALUATION_TEMPLATES,
    EVALUATION_TEMPLATES,
    PACS,
    TINY_IMAGENET,
    prompts,
)
from vacsr_core.engine import SCENE_PIXELS
from vacsr_core.hold_out import held_out_rows, image_key

PHOTOS, SCENES, DIMENSION = 12, 8, 32
CLASSES = (
    "n01443537",
    "n02099601",
    "n02480855",
    "n07753592",
    "n12267677",
)  # the third is one of the two extra classes
WRONG = "n07753592"  # held-out pictures of this class look like a goldfish to the engine


def _unit(generator: np.random.Generator, *shape: int) -> np.ndarray:
    drawn = generator.normal(size=shape)
    return drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)


def _picture(number: int) -> bytes:
    written = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


class KnowingEngine:
    """Encodes exactly what it was told of; a picture that was not held out is a KeyError."""

    def __init__(self) -> None:
        self.backbone = SimpleNamespace(backbone_id="knowing")
        self.images: dict[bytes, np.ndarray] = {}
        self.texts: dict[str, np.ndarray] = {}

    def encode_images(self, items, progress=None, tokens=True) -> SimpleNamespace:
        assert not tokens
        keys = [item if isinstance(item, bytes) else item.tobytes() for item in items]
        return SimpleNamespace(vectors=np.stack([self.images[key] for key in keys]))

    def encode_captions(self, texts, progress=None, tokens=True) -> SimpleNamespace:
        assert not tokens
        return SimpleNamespace(vectors=np.stack([self.texts[text] for text in texts]))


def write_folder(folder: Path) -> KnowingEngine:
    """Write all files of a data folder; the engine that comes back knows them."""
    engine = KnowingEngine()
    generator = np.random.default_rng(0)
    _write_photos(folder, engine, generator)
    for name, words, templates in (
        ("tiny-imagenet-200", TINY_IMAGENET, EVALUATION_TEMPLATES),
        ("pacs-photo", PACS, EVALUATION_TEMPLATES),
        ("pacs-cartoon", PACS, CARTOON_EVALUATION_TEMPLATES),
    ):
        column = "wnid" if words is TINY_IMAGENET else "label"
        _write_labelled(folder / f"{name}.parquet", column, words, templates, engine)
    drawn = scenes.sample(SCENES, SCENE_SEED, levels=("exact",))
    for scene, caption in zip(drawn.scenes, drawn.captions, strict=True):
        vector = _unit(generator, DIMENSION)
        engine.images[scenes.draw(scene, SCENE_PIXELS).tobytes()] = vector
        engine.texts[caption.text] = vector
    return engine


def _write_photos(folder: Path, engine: KnowingEngine, generator: np.random.Generator) -> None:
    """Photos beside their captions; the crowd judges by the engine's cosine, experts by steps.

    The judgements of own captions are the lowest there are, so that counting them would show.
    """
    ids = [f"{number}.jpg" for number in range(PHOTOS)]
    pictures = [_picture(number) for number in range(PHOTOS)]
    captions = [[f"photo {number} once", f"photo {number} again"] for number in range(PHOTOS)]
    vectors = _unit(generator, PHOTOS, DIMENSION)
    for picture, texts, vector in zip(pictures, captions, vectors, strict=True):
        engine.images[picture] = vector
        for text in texts:
            near = vector + 0.5 * _unit(generator, DIMENSION)
            engine.texts[text] = near / np.linalg.norm(near)
    table = {"image_id": ids, "image": pictures, "captions": captions}
    pandas.DataFrame(table).to_parquet(folder / "flickr8k-graded.parquet")
    rows = []
    for image in range(PHOTOS):
        for other in range(PHOTOS):
            cosine = float(vectors[image] @ engine.texts[captions[other][0]])
            is_own = image == other
            step = 1 if is_own else 1 + int(cosine > 0) + int(cosine > 0.2)
            rows.append(
                {
                    "image_id": ids[image],
                    "caption_id": f"{ids[other]}#0",
                    "caption": captions[other][0],
                    **{"judge1": step, "judge2": step, "judge3": min(step + 1, 4)},
                    "yes_fraction": -1.0 if is_own else cosine,
                }
            )
    rows.append({**rows[-2], "image_id": "elsewhere.jpg"})
    for name in ("expert", "crowd"):
        pandas.DataFrame(rows).to_csv(folder / f"flickr8k-{name}.csv", index=False)


def _write_labelled(path: Path, column: str, words, templates, engine: KnowingEngine) -> None:
    basis = dict(zip(sorted(words), _unit(np.random.default_rng(1), len(words), 64), strict=True))
    for key, vector in basis.items():
        for text in prompts(words[key][0][0], templates):
            engine.texts[text] = vector
    labels = [*CLASSES, *CLASSES] * 12 if column == "wnid" else [*PACS] * 12
    start = 1_000 * len(path.name)
    pictures = [_picture(start + number) for number in range(len(labels))]
    is_held_out = held_out_rows([image_key(picture) for picture in pictures])
    for picture, label, is_kept in zip(pictures, labels, is_held_out, strict=True):
        if is_kept:
            engine.images[picture] = basis["n01443537" if label == WRONG else label]
    pandas.DataFrame({"image": pictures, column: labels}).to_parquet(path)
