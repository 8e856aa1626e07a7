"""Pictures of a batch, changed at random on their own device: crop, flip, light, cover, mix."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

GREY = (0.299, 0.587, 0.114)  # what each channel adds to the brightness


@dataclass(frozen=True)
class Augmentation:
    """How strongly the pictures of one domain are changed.

    Args:
        smallest_area: the least share of the picture that a crop keeps.
        stretch: widest ratio between the two sides of a crop, at least 1.
        flips: mirror half of the pictures.
        light: largest relative change of brightness, contrast and saturation.
        greys: share of the pictures that lose their colour.
        covers: share of the pictures of which a rectangle is covered.
    """

    smallest_area: float = 0.45
    stretch: float = 1.25
    flips: bool = True
    light: float = 0.35
    greys: float = 0.05
    covers: float = 0.25


# Captions of scenes say left, right and how many, so scenes are hardly cropped and never mirrored.
SCENES = Augmentation(0.85, 1.05, flips=False, light=0.2, greys=0.0, covers=0.0)


def change(pixels: Tensor, side: int, how: Augmentation, generator: torch.Generator) -> Tensor:
    """Crop, resize and change a batch.

    Args:
        pixels: uint8 (B, 3, H, W).
        side: S, of the square that comes out.

    Returns:
        float32 (B, 3, S, S) in [0, 1].
    """
    x = pixels.float().div_(255.0)
    x = functional.grid_sample(
        x,
        functional.affine_grid(
            _boxes(len(x), how, generator, x.device), [len(x), 3, side, side], align_corners=False
        ),
        padding_mode="reflection",
        align_corners=False,
    )
    return _cover(_relight(x, how, generator), how.covers, generator).clamp_(0.0, 1.0)


def resize(pixels: Tensor, side: int) -> Tensor:
    """The whole pictures as float32 (B, 3, S, S) in [0, 1], as the evaluation sees them."""
    x = pixels.float().div_(255.0)
    if x.shape[-1] == side:
        return x
    return functional.interpolate(x, (side, side), mode="bicubic", antialias=True).clamp_(0.0, 1.0)


def cut_mix(x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, float]:
    """Put a rectangle of another picture of the batch into each.

    Source: CutMix, arXiv 1905.04899.

    Args:
        x: (B, 3, S, S).

    Returns:
        The mixed pictures; int64 (B,), the row of each one's other picture; the share of the
        area that is still the picture's own.
    """
    side, device = x.shape[-1], x.device
    order = torch.randperm(len(x), generator=generator, device=device)
    area, row, column = torch.rand(3, generator=generator, device=device).tolist()
    size = round(side * (1 - area) ** 0.5)
    top, left = round(row * (side - size)), round(column * (side - size))
    mixed = x.clone()
    mixed[:, :, top : top + size, left : left + size] = x[
        order, :, top : top + size, left : left + size
    ]
    return mixed, order, 1 - size**2 / side**2


def _random(shape: tuple, generator: torch.Generator, device: torch.device) -> Tensor:
    return torch.rand(shape, generator=generator, device=device)


def _boxes(count: int, how: Augmentation, generator: torch.Generator, device) -> Tensor:
    """Affine maps (B, 2, 3) from the crop to the picture, in coordinates from -1 to 1."""
    area = how.smallest_area + (1 - how.smallest_area) * _random((count,), generator, device)
    ratio = torch.exp(
        torch.log(torch.tensor(how.stretch)) * (2 * _random((count,), generator, device) - 1)
    )
    wide = (area * ratio).sqrt().clamp_max(1.0)
    high = (area / ratio).sqrt().clamp_max(1.0)
    shift = 2 * _random((count, 2), generator, device) - 1
    maps = torch.zeros(count, 2, 3, device=device)
    maps[:, 0, 0], maps[:, 1, 1] = wide, high
    maps[:, 0, 2], maps[:, 1, 2] = shift[:, 0] * (1 - wide), shift[:, 1] * (1 - high)
    if how.flips:
        maps[:, 0, 0] *= torch.where(_random((count,), generator, device) < 0.5, -1.0, 1.0)
    return maps


def _relight(x: Tensor, how: Augmentation, generator: torch.Generator) -> Tensor:
    shape = (len(x), 1, 1, 1)
    bright, contrast, colour = (
        1 + how.light * (2 * _random(shape, generator, x.device) - 1) for _ in range(3)
    )
    colour = torch.where(_random(shape, generator, x.device) < how.greys, 0.0, colour)
    weights = torch.tensor(GREY, device=x.device)[:, None, None]
    grey = (x * weights).sum(1, keepdim=True)
    x = grey + (x - grey) * colour
    middle = grey.mean((2, 3), keepdim=True)
    return (middle + (x - middle) * contrast) * bright


def _cover(x: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Fill a rectangle of a fifth of the area at most with grey."""
    if share == 0:
        return x
    count, side = len(x), x.shape[-1]
    size = side * (0.15 + 0.3 * _random((count, 2), generator, x.device))
    start = _random((count, 2), generator, x.device) * (side - size)
    ticks = torch.arange(side, device=x.device)
    inside = (ticks >= start[:, :, None]) & (ticks < (start + size)[:, :, None])  # (B, 2, S)
    is_covered = inside[:, 0, :, None] & inside[:, 1, None, :]
    is_covered &= (_random((count,), generator, x.device) < share)[:, None, None]
    return torch.where(is_covered[:, None], 0.5, x)
