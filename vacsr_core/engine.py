"""The facade: encode once, ask many times. Pages call this and the figures alone."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import platformdirs

from vacsr_core import scenes
from vacsr_core.adapters import STAGES, Adapters
from vacsr_core.backbones import EMBEDDED, EMBEDDED_FOLDER, LOCAL_PREFIX
from vacsr_core.encode import Backbone, encode_captions, encode_images, load_backbone
from vacsr_core.errors import DataError
from vacsr_core.familiarity import Familiarity, Reading, is_stored
from vacsr_core.feature_cache import FeatureCache
from vacsr_core.features import Features
from vacsr_core.similarity import Similarity
from vacsr_core.vacsr_fit import FitConfig, fit_adapters

SCENES_TO_FIT = 600
SCENE_PIXELS = 224
# Chosen on 200 validation scenes. An unlabelled pair aims at half of the share of facts that hold:
# even where all hold, nobody has said that the two belong together.
UNLABELLED_SHARE = 0.5
SCENES_CONFIG = FitConfig(positive_share=0.08)
POSITIVE_LEVELS = tuple(level for level in scenes.LEVELS if level != "wrong")


class Engine:
    """One backbone with its adapters.

    Args:
        backbone: a loaded model; `Engine.load` gets one by its name.
        adapters: fitted ones, or None for what is stored for this backbone.
        cache: features on disk; None keeps nothing.

    Example:
        >>> engine = Engine.load()
        >>> images = engine.encode_images(["cat.jpg"])        # doctest: +SKIP
        >>> captions = engine.encode_captions(["a sleeping cat"])   # doctest: +SKIP
        >>> engine.similarity(images, captions).mean          # doctest: +SKIP
    """

    def __init__(
        self,
        backbone: Backbone,
        adapters: Adapters | None = None,
        cache: FeatureCache | None = None,
    ) -> None:
        self.backbone = backbone
        self.cache = cache
        self.adapters = adapters or _stored_adapters(backbone)
        self.familiarity = _stored_familiarity(backbone)

    @classmethod
    def load(
        cls, backbone: str = "embedded", device: str = "auto", progress: Callable | None = None
    ) -> Engine:
        """Load a backbone and the adapters that are stored for it.

        Args:
            backbone: "embedded", "ARCH:PRETRAINED" as open_clip lists them, "hf-hub:ORG/REPO", or
                "local-dir:PATH".
            device: "auto" (cuda, else mps, else cpu), "cpu", "cuda" or "mps".
            progress: called with (share done, text) while weights are downloaded.

        Raises:
            BackboneError: the weights cannot be had; the message says where they were looked for.
        """
        return cls(load_backbone(backbone, device, progress), cache=FeatureCache())

    def encode_images(
        self, items: Sequence, progress: Callable | None = None, tokens: bool = True
    ) -> Features:
        """Features of N images: paths, bytes or PIL images. See `encode.encode_images`."""
        return encode_images(self.backbone, items, progress, cache=self.cache, tokens=tokens)

    def encode_captions(
        self, texts: Sequence[str], progress: Callable | None = None, tokens: bool = True
    ) -> Features:
        """Features of M captions. See `encode.encode_captions`."""
        return encode_captions(self.backbone, texts, progress, cache=self.cache, tokens=tokens)

    def familiarity_of_images(self, images: Features) -> Reading | None:
        """Whether the model has seen anything like N images; None where that cannot be told."""
        return None if self.familiarity is None else self.familiarity.read(images)

    def familiarity_of_captions(self, captions: Features, texts: Sequence[str]) -> Reading | None:
        """The same of M captions, with the words that the model has never seen.

        Args:
            captions: features of the texts.
            texts: M strings, in the same order.
        """
        if self.familiarity is None:
            return None
        return self.familiarity.read(captions, *self.backbone.split_unknown(texts))

    def similarity(
        self,
        images: Features,
        captions: Features,
        stages: Sequence[str] = STAGES,
        progress: Callable | None = None,
    ) -> Similarity:
        """Distributions of similarity over all (N, M) pairs. See `Adapters.similarity`."""
        return self.adapters.similarity(images, captions, stages, progress)

    def fit_on_scenes(
        self,
        config: FitConfig | None = None,
        progress: Callable | None = None,
        should_stop: Callable[[], bool] | None = None,
        is_kept: bool = True,
    ) -> Adapters:
        """Fit the adapters on freshly drawn scenes: the first fit of any backbone.

        The scenes' facts are known, so the reconstruction has graded aims for unlabelled pairs.

        Args:
            config: None for the one that was chosen for scenes; the device is the backbone's.
            progress: called with (share done, text); may raise CancelledError.
            is_kept: store the adapters in the user's folder, for the next `Engine.load`.

        Returns:
            The fitted adapters, which are now in use.
        """

        def part(start: float, end: float) -> Callable | None:
            if progress is None:
                return None
            return lambda share, text: progress(start + share * (end - start), text)

        config = replace(config or SCENES_CONFIG, device=self.backbone.device)
        drawn = scenes.sample(SCENES_TO_FIT, seed=config.seed + 1_000_003, levels=POSITIVE_LEVELS)
        pictures = []
        for index, scene in enumerate(drawn.scenes):
            pictures.append(scenes.draw(scene, SCENE_PIXELS))
            if progress is not None:
                progress(0.1 * (index + 1) / len(drawn.scenes), "drawing scenes")
        images = self.encode_images(pictures, part(0.1, 0.5), tokens=False)
        texts = [caption.text for caption in drawn.captions]
        captions = self.encode_captions(texts, part(0.5, 0.6), tokens=False)
        adapters = fit_adapters(
            images,
            captions,
            drawn.caption_image,
            config,
            part(0.6, 1.0),
            should_stop,
            fitted_on=f"{len(images)} drawn scenes with {len(captions)} captions, "
            f"seed {config.seed}",
            unlabelled=UNLABELLED_SHARE * scenes.truth(drawn.scenes, drawn.captions),
        )
        if is_kept:
            adapters.save(adapters_folder(self.backbone.backbone_id))
        self.adapters = adapters
        return adapters


def adapters_folder(backbone_id: str) -> Path:
    """Where a user's own fits of a backbone are kept; VACSR_DATA overrides the user's folder."""
    base = os.environ.get("VACSR_DATA") or platformdirs.user_data_dir("vacsr-explorer", False)
    return Path(base) / "adapters" / hashlib.sha256(backbone_id.encode()).hexdigest()[:16]


def _stored_adapters(backbone: Backbone) -> Adapters:
    """The user's own fit, else the one that ships beside the weights, else an unfitted one."""
    folders = [adapters_folder(backbone.backbone_id)]
    own = _own_folder(backbone)
    if own is not None:
        folders.append(own / "adapters")
    for folder in folders:
        if (folder / "adapters.json").exists():
            adapters = Adapters.load(folder)
            if adapters.vacsr.dimension != backbone.dimension:
                raise DataError(
                    f"The adapters in {folder} are for {adapters.vacsr.dimension} columns and "
                    f"{backbone.name} gives {backbone.dimension}; delete that folder and fit again."
                )
            return adapters.to(backbone.device)
    return Adapters.unfitted(backbone.dimension, backbone.backbone_id).to(backbone.device)


def _stored_familiarity(backbone: Backbone) -> Familiarity | None:
    """The gauge that lies beside a model's weights, if it was built for these very weights."""
    own = _own_folder(backbone)
    if own is None or not is_stored(own / "familiarity"):
        return None
    found = Familiarity.load(own / "familiarity")
    if found.backbone_id.partition("@")[2] != backbone.backbone_id.partition("@")[2]:
        logging.getLogger(__name__).warning(
            "The summary in %s was built for %s, and %s is in use: it is left out. Build it anew "
            "with the command build-familiarity.",
            own / "familiarity",
            found.backbone_id,
            backbone.backbone_id,
        )
        return None
    return found


def _own_folder(backbone: Backbone) -> Path | None:
    """The folder that a model was loaded from; None for one out of a shared cache."""
    if backbone.name == EMBEDDED:
        return EMBEDDED_FOLDER
    if backbone.name.startswith(LOCAL_PREFIX):
        return Path(backbone.name.removeprefix(LOCAL_PREFIX)).expanduser()
    return None
