"""Image towers -> one vector per image and one per patch, both in the joint space.

One principle serves every architecture: a patch's vector is what the model's own pooling and
projection say of a picture that consists of this patch alone. For a class-token transformer
this is the final norm and projection at the patch's position; for attention pooling it is the
value path, since attention over one position has weight 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from torch import Tensor, nn

# pixels (B, 3, H, W) -> vectors (B, D), patches (B, P, D); neither is normalised.
PatchEncoder = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class ImageTower:
    """How to run an image tower.

    Args:
        encode: pixels (B, 3, H, W) -> vectors (B, D).
        encode_with_patches: pixels -> vectors (B, D) and patches (B, P, D) in row-major order;
            None where the architecture offers no patches.
        grid: (rows, columns) of the patches, rows * columns = P; None without patches.
        note: in plain words, why there are no patches; None where there are.
    """

    encode: Callable[[Tensor], Tensor]
    encode_with_patches: PatchEncoder | None
    grid: tuple[int, int] | None
    note: str | None


def image_tower(model: nn.Module, pixels: Tensor) -> ImageTower:
    """Choose the way to patch vectors that fits the architecture.

    Args:
        model: any open_clip model in eval mode.
        pixels: (1, 3, H, W), one preprocessed picture to try the way with.

    Returns:
        The tower; without patches, and with a note, where no way fits.
    """
    visual = model.visual
    with_patches, note = _patch_encoder(visual)
    if with_patches is None:
        return ImageTower(model.encode_image, None, None, note)
    encoder, grid = with_patches
    if grid is None:  # only a run tells
        try:
            with torch.inference_mode():
                grid = _timm_grid(visual.trunk, pixels, encoder(pixels)[1].shape[1])
        except (RuntimeError, TypeError, AttributeError, ValueError, AssertionError) as error:
            grid, reason = None, str(error).splitlines()[0] if str(error) else type(error).__name__
        else:
            reason = "its patches form no grid"
        if grid is None:
            name = type(visual.trunk).__name__
            note = f"The image tower ({name}) gives no patch vectors in the joint space: {reason}."
            return ImageTower(model.encode_image, None, None, note)
    return ImageTower(model.encode_image, encoder, grid, None)


def _patch_encoder(
    visual: nn.Module,
) -> tuple[tuple[PatchEncoder, tuple[int, int] | None] | None, str | None]:
    """Return the encoder with its grid (None: to be found by a run), or None and the reason."""
    if isinstance(visual, VisionTransformer):
        if visual.attn_pool is None:
            return (_class_token_transformer(visual), tuple(visual.grid_size)), None
        if visual.attn_pool_contrastive is None:
            return (_attention_pooled_transformer(visual), tuple(visual.grid_size)), None
        return None, "The image tower pools twice, so a patch has no place in the joint space."
    if isinstance(visual, ModifiedResNet):
        side = round((visual.attnpool.positional_embedding.shape[0] - 1) ** 0.5)
        return (_attention_pooled_resnet(visual), (side, side)), None
    if isinstance(visual, TimmModel):
        if hasattr(visual.head, "pool"):
            return None, "The image tower's attention pooling needs all patches at once."
        return (_timm_trunk(visual), None), None
    return None, f"The image tower ({type(visual).__name__}) offers no patch vectors."


def _class_token_transformer(visual: VisionTransformer) -> PatchEncoder:
    def encode(pixels: Tensor) -> tuple[Tensor, Tensor]:
        out = visual.forward_intermediates(
            pixels, indices=1, normalize_intermediates=True, output_fmt="NLC"
        )
        patches = out["image_intermediates"][-1]  # (B, P, width), after the final norm
        return out["image_features"], _project(patches, visual.proj)

    return encode


def _attention_pooled_transformer(visual: VisionTransformer) -> PatchEncoder:
    """CoCa: learned queries attend to the patches, the first answer becomes the vector."""

    def encode(pixels: Tensor) -> tuple[Tensor, Tensor]:
        out = visual.forward_intermediates(pixels, indices=1, output_fmt="NLC")
        pool = visual.attn_pool
        patches = pool.ln_k(out["image_intermediates"][-1])  # (B, P, width)
        count = patches.shape[0] * patches.shape[1]
        alone = patches.reshape(count, 1, -1)
        # With one position to attend to, the query has no say: one query of zeros will do.
        query = alone.new_zeros(count, 1, pool.query.shape[-1])
        answer = pool.attn(query, alone, alone, need_weights=False)[0]  # (B * P, 1, D)
        answer = _project(visual.ln_post(answer), visual.proj)
        return out["image_features"], answer.reshape(*patches.shape[:2], -1)

    return encode


def _attention_pooled_resnet(visual: ModifiedResNet) -> PatchEncoder:
    def encode(pixels: Tensor) -> tuple[Tensor, Tensor]:
        out = visual.forward_intermediates(pixels, indices=1)
        pool = visual.attnpool
        patches = out["image_intermediates"][-1].flatten(2).transpose(1, 2)  # (B, P, width)
        patches = patches + pool.positional_embedding[1:].to(patches.dtype)
        return out["image_features"], pool.c_proj(pool.v_proj(patches))

    return encode


def _timm_trunk(visual: TimmModel) -> PatchEncoder:
    trunk, head = visual.trunk, visual.head

    def encode(pixels: Tensor) -> tuple[Tensor, Tensor]:
        features = trunk.forward_features(pixels)
        vectors = head(trunk.forward_head(features))
        batch = features.shape[0]
        if features.ndim == 3:  # (B, prefix + P, width)
            prefix = getattr(trunk, "num_prefix_tokens", 0)
            patches = features[:, prefix:]
            # The patch also stands in for class tokens, so every kind of pooling sees it alone.
            alone = patches.reshape(-1, 1, patches.shape[-1]).expand(-1, prefix + 1, -1)
        elif getattr(trunk, "output_fmt", "NCHW") == "NHWC":
            alone = features.reshape(-1, 1, 1, features.shape[-1])
        else:  # (B, width, rows, columns)
            alone = features.permute(0, 2, 3, 1).reshape(-1, features.shape[1], 1, 1)
        patches = head(trunk.forward_head(alone))  # (B * P, D)
        if patches.shape[1:] != vectors.shape[1:]:
            raise ValueError(f"a patch gives {patches.shape[1:]}, an image {vectors.shape[1:]}")
        return vectors, patches.reshape(batch, -1, vectors.shape[-1])

    return encode


def _timm_grid(trunk: nn.Module, pixels: Tensor, count: int) -> tuple[int, int] | None:
    features = trunk.forward_features(pixels)
    if features.ndim == 4:
        is_last = getattr(trunk, "output_fmt", "NCHW") == "NHWC"
        return tuple(features.shape[1:3]) if is_last else tuple(features.shape[2:4])
    grid = tuple(getattr(getattr(trunk, "patch_embed", None), "grid_size", None) or (0, 0))
    return grid if grid[0] * grid[1] == count else None


def _project(x: Tensor, projection: Tensor | None) -> Tensor:
    return x if projection is None else x @ projection
