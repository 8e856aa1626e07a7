"""The single measurements of a backbone: graded photos, classes in words, drawn scenes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vacsr_core import class_names, scenes
from vacsr_core.data import read
from vacsr_core.engine import SCENE_PIXELS, Engine
from vacsr_core.errors import DataError
from vacsr_core.judgements import read_judgements
from vacsr_core.labelled_data import read_labelled
from vacsr_core.metrics import agreement, intervals, retrieval, zero_shot

SCENE_SEED = 7_000_003  # training, fitting and `evaluate` draw from others
SCENES = 500


@dataclass(frozen=True)
class Figure:
    """One figure of merit.

    Args:
        value: a share in [0, 1], or a rank correlation in [-1, 1].
        low, high: ends of the 95 % bootstrap interval.
        count: queries, pairs or judgements behind it.
        rivals: among how many the right one had to be found; None where that has no meaning.
    """

    value: float
    low: float
    high: float
    count: int
    rivals: int | None = None


@dataclass(frozen=True)
class Run:
    """What every part of the measurement needs."""

    engine: Engine
    folder: Path
    seed: int
    limit: int | None
    share: float
    progress: Callable | None
    notes: list[str]

    def images(self, items: Sequence) -> np.ndarray:
        return self.engine.encode_images(items, self.progress, tokens=False).vectors

    def captions(self, texts: Sequence[str]) -> np.ndarray:
        return self.engine.encode_captions(texts, self.progress, tokens=False).vectors


def _flickr(run: Run) -> dict[str, Figure]:
    """Choice and retrieval among the graded photos, and agreement with people's judgements."""
    pairs = read(run.folder / "flickr8k-graded.parquet")
    if run.limit is not None:
        pairs = pairs.select(np.arange(min(run.limit, len(pairs.images))))
    images, captions = run.images(pairs.images), run.captions(pairs.captions)
    given = (images, captions, pairs.caption_image)
    wins = retrieval.choice_wins(*given, draws=10, seed=run.seed)
    figures = {"two_alternative_choice": _share(wins, run.seed, 2, pairs.caption_image)}
    ranks = retrieval.caption_to_image_ranks(*given)
    for k in (1, 5, 10):
        hits, key = ranks <= k, f"caption_to_image_r{k}"
        figures[key] = _share(hits, run.seed, len(images), pairs.caption_image)
    ranks = retrieval.image_to_caption_ranks(*given)
    for k in (1, 5, 10):
        figures[f"image_to_caption_r{k}"] = _share(ranks <= k, run.seed, len(captions))
    return figures | _judged(run, images, pairs.image_ids)


def _judged(run: Run, images: np.ndarray, image_ids: Sequence[str]) -> dict[str, Figure]:
    judges = ["judge1", "judge2", "judge3"]
    expert = read_judgements(run.folder / "flickr8k-expert.csv", judges, image_ids)
    crowd = read_judgements(run.folder / "flickr8k-crowd.csv", ["yes_fraction"], image_ids)
    figures = {}
    for who, judged in (("experts", expert), ("crowd", crowd)):
        scores = (images[judged.image] * run.captions(judged.captions)[judged.caption]).sum(axis=1)
        values, mean = judged.values, judged.values.mean(axis=1)
        if who == "experts":
            figures["expert_tau_c"] = _tau(scores, values, judged.image, "c", run.seed)
            figures["expert_mean_tau_c"] = _tau(scores, mean, judged.image, "c", run.seed)
        else:
            figures["crowd_tau_b"] = _tau(scores, mean, judged.image, "b", run.seed)
        run.notes.append(
            f"{who}: {len(scores)} pairs; left out: {judged.own} of an image with its own caption, "
            f"{judged.unknown} of other images"
        )
    return figures


def _tiny_imagenet(run: Run) -> dict[str, Figure]:
    everything = sorted(class_names.TINY_IMAGENET)
    proper = [key for key in everything if key not in class_names.EXTRA_CLASSES]
    chosen = {"tiny_imagenet_200": proper, "tiny_imagenet_202": everything}
    return _zero_shot(run, "tiny-imagenet-200.parquet", "wnid", chosen)


def _pacs(run: Run) -> dict[str, Figure]:
    classes = sorted(class_names.PACS)
    figures = _zero_shot(run, "pacs-photo.parquet", "label", {"pacs_photo": classes})
    return figures | _zero_shot(
        run,
        "pacs-cartoon.parquet",
        "label",
        {"pacs_cartoon": classes},
        class_names.CARTOON_EVALUATION_TEMPLATES,
    )


def _zero_shot(
    run: Run,
    file: str,
    label: str,
    chosen: dict[str, list[str]],
    templates: Sequence[str] = class_names.EVALUATION_TEMPLATES,
) -> dict[str, Figure]:
    """Top-1 accuracy on the held-out pictures of a file, for each list of classes."""
    pictures = read_labelled(
        run.folder / file, label, share=run.share, limit=run.limit, seed=run.seed
    )
    vectors, labels = run.images(pictures.images), np.array(pictures.labels)
    known = max(chosen.values(), key=len)
    if strange := sorted(set(labels.tolist()) - set(known)):
        raise DataError(f"{file} holds the class {strange[0]}, which has no words in class_names.")
    prompts = class_names.evaluation_prompts(known, templates)
    flat = run.captions([text for of_class in prompts for text in of_class])
    named = zero_shot.class_vectors(flat.reshape(len(known), len(templates), -1))
    figures = {}
    for key, classes in chosen.items():
        place = {name: row for row, name in enumerate(classes)}
        is_asked = np.isin(labels, classes)
        wanted = np.array([place[name] for name in labels[is_asked]], np.int64)
        rows = [known.index(name) for name in classes]
        hits = zero_shot.zero_shot_hits(vectors[is_asked], wanted, named[rows])
        figures[key] = _share(hits, run.seed, len(classes))
    return figures


def _scenes(run: Run) -> dict[str, Figure]:
    count = SCENES if run.limit is None else min(run.limit, SCENES)
    drawn = scenes.sample(count, SCENE_SEED, levels=("exact",))
    pictures = [scenes.draw(scene, SCENE_PIXELS) for scene in drawn.scenes]
    ranks = retrieval.caption_to_image_ranks(
        run.images(pictures),
        run.captions([caption.text for caption in drawn.captions]),
        drawn.caption_image,
    )
    return {"scenes_r1": _share(ranks == 1, run.seed, count)}


# name -> (files it needs, what measures it)
PARTS = {
    "flickr": (("flickr8k-graded.parquet", "flickr8k-expert.csv", "flickr8k-crowd.csv"), _flickr),
    "tiny-imagenet": (("tiny-imagenet-200.parquet",), _tiny_imagenet),
    "pacs": (("pacs-photo.parquet", "pacs-cartoon.parquet"), _pacs),
    "scenes": ((), _scenes),
}


def _share(hits: np.ndarray, seed: int, rivals: int, group: np.ndarray | None = None) -> Figure:
    low, high = intervals.share_interval(hits, group, seed=seed)
    return Figure(float(np.mean(hits)), low, high, len(hits), rivals)


def _tau(
    scores: np.ndarray, values: np.ndarray, image: np.ndarray, variant: str, seed: int
) -> Figure:
    value = agreement.judgement_tau(scores, values, variant)
    low = high = math.nan
    if not math.isnan(value):  # all scores the same have no order, and no interval either
        low, high = agreement.tau_interval(scores, values, image, variant, seed=seed)
    return Figure(value, low, high, values.size)
