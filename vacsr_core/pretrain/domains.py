"""All that one run learns from and is watched by: photos, labelled pictures, scenes, wordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from vacsr_core import class_names
from vacsr_core.encode.untrained import open_clip_tokenizer
from vacsr_core.errors import DataError
from vacsr_core.pretrain import sources, texts
from vacsr_core.pretrain.config import TEXT, BackboneConfig

WATCHED_SCENES = 500
WATCHED_SEED = 500_009  # added to the run's seed
# Side of the kept pictures, the names of their classes, and the wordings around these.
_LABELLED = {
    "labelled": (64, class_names.TINY_IMAGENET, class_names.TEMPLATES),
    "objects": (112, class_names.PACS, class_names.TEMPLATES),
    "cartoons": (112, class_names.PACS, class_names.CARTOON_TEMPLATES),
}


class LabelledDomain:
    """Pictures of one domain, and wordings of their classes and of what kinds those are.

    Args:
        train, watched: to learn from; to watch the run by.
        words: class -> (names, kinds).
        templates: sentences with a slot.
        tokenizer: texts -> int64 (M, L).
    """

    def __init__(
        self,
        train: sources.LabelledPixels,
        watched: sources.LabelledPixels,
        words: dict[str, texts.Words],
        templates: tuple[str, ...],
        tokenizer: Callable,
    ) -> None:
        self.train, self.watched = train, watched
        known = [words[name] for name in train.classes]
        self.prompts = texts.PromptSet(texts.class_wordings(known, templates), tokenizer)
        kinds = sorted({kind for _, own in known for kind in own})
        self.kind_prompts = texts.PromptSet(texts.kind_wordings(kinds, templates), tokenizer)
        self.kind_targets = texts.kind_targets(known, kinds)
        plain = class_names.evaluation_prompts(train.classes)
        self.plain_ids = tokenizer([text for one in plain for text in one])
        self.plain_ids = self.plain_ids.view(len(plain), len(plain[0]), -1)  # (C, T, L)


@dataclass(frozen=True, eq=False)
class Domains:
    """What a run reads; token ids are rows of `vocabulary`."""

    photos: sources.CaptionedPhotos | None
    watched_photos: sources.CaptionedPhotos | None
    labelled: dict[str, LabelledDomain]
    scenes: sources.DrawnScenes | None
    watched_scenes: sources.DrawnScenes | None
    vocabulary: texts.Vocabulary


def read_domains(
    config: BackboneConfig, folder: Path | None, progress: Callable | None = None
) -> Domains:
    """Read, decode and draw everything that a config asks for.

    Args:
        folder: with the data files; None where drawn scenes are the only domain.

    Raises:
        DataError: no folder for a domain that needs files, a file is missing, or no domain.
    """
    needs_files = set(config.domains) - {"scenes"}
    if needs_files and folder is None:
        raise DataError(
            f"The domains {', '.join(sorted(needs_files))} are read from files: name their folder "
            "with --data, or train with --domains scenes."
        )
    if not config.domains:
        raise DataError("There is no domain to learn from; name at least one with --domains.")
    tokenizer = open_clip_tokenizer(TEXT["context_length"])
    photos = watched_photos = scenes = watched_scenes = None
    if "photos" in config.domains:
        photos = sources.read_photos(folder / sources.CAPTIONED, tokenizer, True, progress)
        watched_photos = sources.read_photos(
            folder / sources.VALIDATION, tokenizer, False, progress
        )
    labelled = {}
    for domain, (side, words, templates) in _LABELLED.items():
        if domain in config.domains:
            read = sources.read_pictures(folder, domain, side, progress)
            labelled[domain] = LabelledDomain(*read, words, templates, tokenizer)
    if "scenes" in config.domains:
        scenes, watched_scenes = (
            sources.DrawnScenes(count, seed, tokenizer, config.pixels, progress)
            for count, seed in (
                (config.scenes, config.seed),
                (WATCHED_SCENES, config.seed + WATCHED_SEED),
            )
        )
    learnt: list[Tensor] = [part.ids for part in (photos, scenes) if part is not None]
    for domain in labelled.values():
        learnt += [domain.prompts.ids, domain.kind_prompts.ids]
    vocabulary = texts.Vocabulary(learnt, TEXT["vocab_size"])
    return Domains(photos, watched_photos, labelled, scenes, watched_scenes, vocabulary)
