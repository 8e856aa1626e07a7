"""The facade: encode once, ask many times. Pages call this and the figures alone."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vacsr_core import stored_adapters
from vacsr_core.adapters import Adapters
from vacsr_core.chain import add_stages
from vacsr_core.encode import Backbone, encode_captions, encode_images, load_backbone
from vacsr_core.familiarity import Familiarity, Reading, is_stored
from vacsr_core.feature_cache import FeatureCache
from vacsr_core.features import Features
from vacsr_core.first_fit import fit_sets
from vacsr_core.fit_config import SCENES_CONFIG, FitConfig
from vacsr_core.pair_sets import SCENE_PIXELS, PairSet, part_of, scene_pairs
from vacsr_core.similarity import Similarity
from vacsr_core.stored_adapters import adapters_folder

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SCENES_CONFIG", "SCENE_PIXELS", "Engine", "adapters_folder"]

SCENES_TO_FIT = 600
SCENES_TO_START = 240  # of a first fit: about a minute with a large model on a CPU


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
        self.adapters = adapters or stored_adapters.find(backbone)
        self.familiarity = _stored_familiarity(backbone)

    @classmethod
    def load(
        cls, backbone: str = "embedded", device: str = "auto", progress: Callable | None = None
    ) -> Engine:
        """Load a backbone and the adapters that are stored for it.

        Args:
            backbone: "embedded", "ARCH:PRETRAINED" as open_clip lists them, "ARCH:CHECKPOINT" with
                the path of a weight file of one's own, "hf-hub:ORG/REPO", or
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
        stages: Sequence[str] | None = None,
        progress: Callable | None = None,
        gallery: int | None = None,
    ) -> Similarity:
        """Distributions of similarity over all (N, M) pairs. See `Adapters.similarity`."""
        return self.adapters.similarity(images, captions, stages, progress, gallery)

    def common_space(self, features: Features, stages: Sequence[str] | None = None) -> np.ndarray:
        """Where items lie in the common space: float32 (N, C). See `Adapters.common_space`."""
        return self.adapters.common_space(features, stages)

    @property
    def semantic_probability(self) -> np.ndarray:
        """p of every feature column, float32 (D,) in [0, 1]; ones where PICO was not fitted."""
        return self.adapters.semantic_probability

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
        config = replace(config or SCENES_CONFIG, device=self.backbone.device)
        drawn = scene_pairs(self, SCENES_TO_FIT, config.seed, part_of(progress, 0.0, 0.6))
        adapters = fit_sets([drawn], "full", config, part_of(progress, 0.6, 1.0), should_stop)
        if is_kept:
            stored_adapters.store(adapters, self.backbone.backbone_id)
        self.adapters = adapters
        return adapters

    def first_fit(
        self,
        own: PairSet | None = None,
        how: str = "auto",
        seed: int = 0,
        progress: Callable | None = None,
        should_stop: Callable[[], bool] | None = None,
        has_scenes: bool = True,
        epochs: int | None = None,
        members: int = 1,
        on_epoch: Callable[[dict], None] | None = None,
    ) -> Adapters:
        """Fit adapters for this backbone on drawn scenes and a person's own labelled pairs.

        Nothing is stored and the adapters in use stay: what learnt from somebody's pairs is for
        that person to use. See `with_adapters` and `stored_adapters.store`.

        Args:
            own: the person's pairs; None for scenes alone.
            how: "full", "conservative", or "auto" for the rule of `first_fit`.
            progress: called with (share done, text); may raise CancelledError.
            has_scenes: False for the person's own pairs alone.
            epochs: at most so many; None for the default of the kind of fit.
            members: fits side by side, see `FitConfig`.
            on_epoch: called with the figures of every epoch that ends.

        Returns:
            The fitted adapters; their `history` says how they were fitted, on what and how well.
        """
        sets, start = [] if own is None or own.labelled_images < 2 else [own], 0.0
        if has_scenes:
            start = 0.7
            sets.append(scene_pairs(self, SCENES_TO_START, seed, part_of(progress, 0.0, start)))
        config = SCENES_CONFIG if has_scenes else FitConfig()
        return fit_sets(
            sets,
            how,
            replace(config, seed=seed, members=members, device=self.backbone.device),
            part_of(progress, start, 1.0),
            should_stop,
            epochs=epochs,
            on_epoch=on_epoch,
        )

    def fit_stages(
        self,
        stages: Sequence[str],
        own: PairSet | None = None,
        seed: int = 0,
        progress: Callable | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Adapters:
        """Fit stages before VACSR on drawn scenes and a person's own labelled pairs.

        Nothing is stored and the adapters in use stay, see `first_fit`.

        Args:
            stages: "pico", "space" or both.
            own: the person's pairs, with tokens for "pico"; None for scenes alone.
            seed: of the scenes, the split, the weights and the batches.
            progress: called with (share done, text); may raise CancelledError.
            should_stop: asked between steps; True stops.

        Returns:
            The adapters in use with these stages and conservative pair adapters behind them.
        """
        sets = [] if own is None or own.labelled_images < 2 else [own]
        drawn = part_of(progress, 0.0, 0.4)
        sets.append(scene_pairs(self, SCENES_TO_START, seed, drawn, "pico" in stages))
        return add_stages(
            self.adapters,
            sets,
            stages,
            config=replace(SCENES_CONFIG, seed=seed, device=self.backbone.device),
            progress=part_of(progress, 0.4, 1.0),
            should_stop=should_stop,
        )

    def with_adapters(self, adapters: Adapters) -> Engine:
        """The same loaded backbone and cache with other adapters; this engine keeps its own."""
        view = copy.copy(self)
        view.adapters = adapters
        return view


def _stored_familiarity(backbone: Backbone) -> Familiarity | None:
    """The gauge that lies beside a model's weights, if it was built for these very weights."""
    own = stored_adapters.own_folder(backbone)
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
