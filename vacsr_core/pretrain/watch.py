"""Figures by which a run is watched, on pictures that are neither learnt from nor reported on."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from vacsr_core.pretrain import augment
from vacsr_core.pretrain.config import BackboneConfig
from vacsr_core.pretrain.domains import Domains
from vacsr_core.pretrain.encoding import encode_images, encode_texts

FEWEST_TO_CHOOSE_BY = 200  # a handful of pictures would choose the epoch by luck
_AT_ONCE = 256


def watch(model: nn.Module, domains: Domains, config: BackboneConfig) -> dict[str, float]:
    """Measure a model, always at the final picture size.

    Returns:
        For each domain its figure in [0, 1]; "loss", 1 - the mean of those that are measured on at
        least 200 pictures, or of all where none is.
    """

    def images(pixels: Tensor) -> Tensor:
        parts = [
            encode_images(model, augment.resize(part, config.pixels), config)
            for part in pixels.split(_AT_ONCE)
        ]
        return functional.normalize(torch.cat(parts), dim=-1)

    def captions(ids: Tensor) -> Tensor:
        rows = domains.vocabulary.rows(ids.flatten(0, -2))
        parts = [encode_texts(model, part, config) for part in rows.split(_AT_ONCE)]
        return torch.cat(parts).view(*ids.shape[:-1], -1)

    found: dict[str, float] = {}
    counts: dict[str, int] = {}
    if domains.watched_photos is not None:
        photos, texts = images(domains.watched_photos.pixels), captions(domains.watched_photos.ids)
        rank = _ranks(texts.flatten(0, 1) @ photos.T, len(photos), texts.shape[1])
        found["photos R@10"] = float((rank <= 10).float().mean())
        counts["photos R@10"] = len(photos)
    for name, domain in domains.labelled.items():
        classes = functional.normalize(captions(domain.plain_ids).mean(1), dim=-1)
        guessed = (images(domain.watched.pixels) @ classes.T).argmax(1).cpu()
        found[f"{name} top-1"] = float((guessed == domain.watched.labels).float().mean())
        counts[f"{name} top-1"] = len(guessed)
    if domains.watched_scenes is not None:
        exact = captions(domains.watched_scenes.ids[:, 0])
        rank = _ranks(exact @ images(domains.watched_scenes.pixels).T, len(exact), 1)
        found["scenes R@1"] = float((rank <= 1).float().mean())
        counts["scenes R@1"] = len(exact)
    return {"loss": _loss(found, counts)} | found


def _loss(found: dict[str, float], counts: dict[str, int]) -> float:
    large = [value for name, value in found.items() if counts[name] >= FEWEST_TO_CHOOSE_BY]
    chosen = large or list(found.values())
    return 1 - sum(chosen) / len(chosen)


def _ranks(scores: Tensor, images: int, each: int) -> Tensor:
    """Rank of each caption's own image, from 1; `each` captions in a row belong to one image."""
    own = torch.arange(images, device=scores.device).repeat_interleave(each)
    return (scores >= scores.gather(1, own[:, None])).sum(1)
