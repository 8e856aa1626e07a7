"""load_backbone: a name -> a model that is ready to encode, or an error that says what to do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import open_clip
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vacsr_core.backbones import EMBEDDED
from vacsr_core.encode.caption_tower import CaptionTower, caption_tower, unseen_pieces
from vacsr_core.encode.download import Progress
from vacsr_core.encode.image_tower import ImageTower, image_tower
from vacsr_core.encode.source import Source, find_source
from vacsr_core.encode.words import CaptionReader
from vacsr_core.errors import BackboneError


@dataclass(frozen=True, eq=False)
class Backbone:
    """A loaded model with all that belongs to it.

    Args:
        backbone_id: stable name; for local weights with a hash of their content, such as
            "embedded@1a2b3c4d".
        name: the name it was loaded by.
        device: "cpu", "cuda" or "mps".
        dimension: D, the length of its vectors.
        context_length: L, how many token positions of a caption it reads.
        logit_scale: the factor on the cosine in its training loss, above 0.
        image_tower, caption_tower: how to run its two towers.
        caption_reader: its tokenizer.
        preprocess: its evaluation transform, RGB picture -> (3, H, W).
        unseen_pieces: ids of the word pieces that its training never met; empty where unknown.
        lock: held while the model runs, so that several threads may share it.
    """

    backbone_id: str
    name: str
    device: str
    dimension: int
    context_length: int
    logit_scale: float
    image_tower: ImageTower = field(repr=False)
    caption_tower: CaptionTower = field(repr=False)
    caption_reader: CaptionReader = field(repr=False)
    preprocess: Callable[[Image.Image], Tensor] = field(repr=False)
    unseen_pieces: frozenset[int] = field(repr=False, default=frozenset())
    lock: threading.Lock = field(repr=False, default_factory=threading.Lock)

    @property
    def has_image_tokens(self) -> bool:
        """Whether images get patch vectors."""
        return self.image_tower.encode_with_patches is not None

    @property
    def has_caption_tokens(self) -> bool:
        """Whether captions get word vectors."""
        return self.caption_tower.encode_with_pieces is not None and self.caption_reader.has_words

    @property
    def tokens_note(self) -> str | None:
        """In plain words, why patches or words are missing; None where both are there."""
        notes = [self.image_tower.note, self.caption_tower.note]
        if self.caption_tower.note is None and not self.caption_reader.has_words:
            notes.append("The model's tokenizer does not tell which pieces form a word.")
        return " ".join(note for note in notes if note) or None

    def unknown_words(self, captions: Sequence[str]) -> list[tuple[str, ...]]:
        """The words of each of M captions that the model has never seen, in reading order."""
        return self.split_unknown(captions)[0]

    def split_unknown(self, captions: Sequence[str]) -> tuple[list[tuple[str, ...]], np.ndarray]:
        """The same, and their share among each caption's words; see `CaptionReader`."""
        with self.lock:
            return self.caption_reader.split_unknown(captions, self.unseen_pieces)

    @property
    def precision(self) -> str:
        """The number format the model computes in: "bf16" on CUDA, else "fp32"."""
        return "bf16" if self.device.startswith("cuda") else "fp32"


def load_backbone(
    name: str = EMBEDDED, device: str = "auto", progress: Progress | None = None
) -> Backbone:
    """Load any open_clip model.

    Args:
        name: "embedded", "ARCH:PRETRAINED" as open_clip lists them, "ARCH:CHECKPOINT" with
            the path of a weight file of one's own, "hf-hub:ORG/REPO", or
            "local-dir:PATH" with a folder that holds open_clip_config.json and weights.
        device: "auto" (cuda, else mps, else cpu), or one of these by name.
        progress: called as progress(fraction in [0, 1], text); may raise CancelledError.

    Returns:
        The backbone in evaluation mode.

    Raises:
        BackboneError: no such model or device, or its weights cannot be had or do not fit.

    Example:
        >>> load_backbone("ViT-B-32:no_such_weights")
        Traceback (most recent call last):
        ...
        vacsr_core.errors.BackboneError: There is no backbone 'ViT-B-32:no_such_weights'. ...
    """
    report = progress or (lambda fraction, text: None)
    chosen_device = choose_device(device)
    report(0.0, f"Looking for {name}")
    source = find_source(name, lambda fraction, text: report(0.9 * fraction, text))
    report(0.9, f"Loading {name}")
    try:
        model = _build_model(source, chosen_device)
        tokenizer = open_clip.get_tokenizer(source.tokenizer)
        backbone = _assemble(source, name, chosen_device, model, tokenizer)
    except ImportError as error:
        raise BackboneError(
            f"Backbone '{name}' needs a package that is not installed: {error}. "
            "Try: python -m pip install transformers"
        ) from error
    except Exception as error:  # every file format and model library fails in its own way
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise BackboneError(
            f"Backbone '{name}' cannot be built from {source.weights or source.model}: {reason}. "
            "Its configuration and its weights must belong together; download or copy it again."
        ) from error
    report(1.0, f"{name} is ready")
    return backbone


def choose_device(device: str = "auto") -> str:
    """Pick the device to compute on.

    Args:
        device: "auto" (cuda, else mps, else cpu), "cuda", "mps" or "cpu".

    Returns:
        "cuda", "mps" or "cpu".

    Raises:
        BackboneError: the device is unknown or this computer has none.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next((kind for kind, is_here in present.items() if is_here), "cpu")
    if device == "cpu" or present.get(device.partition(":")[0], False):
        return device
    usable = [kind for kind, is_here in present.items() if is_here]
    raise BackboneError(
        f"Device '{device}' is not available here; choose one of {['auto', *usable, 'cpu']}."
    )


class _WithoutRandomStart(TorchFunctionMode):
    """Skips `torch.nn.init`: every weight is overwritten by the file a moment later.

    Drawing random numbers for 150 million parameters takes ten times as long as reading them.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def _build_model(source: Source, device: str) -> nn.Module:
    with _WithoutRandomStart():
        model = open_clip.create_model(
            source.model,
            pretrained=None if source.weights is None else str(source.weights),
            device=device,
            force_quick_gelu=source.needs_quick_gelu,
            force_preprocess_cfg=source.preprocess,
            require_pretrained=True,
        )
    return model.eval().requires_grad_(False)


def _assemble(
    source: Source, name: str, device: str, model: nn.Module, tokenizer: Callable
) -> Backbone:
    preprocess = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
    reader = CaptionReader(tokenizer, tokenizer.context_length)
    with torch.inference_mode():
        dimension = model.encode_text(reader.read([""]).ids.to(device)).shape[-1]
    grey = preprocess(Image.new("RGB", (32, 32), "grey")).unsqueeze(0)
    return Backbone(
        backbone_id=source.backbone_id,
        name=name,
        device=device,
        dimension=dimension,
        context_length=reader.context_length,
        logit_scale=float(model.logit_scale.exp().mean()),
        image_tower=image_tower(model, grey.to(device)),
        caption_tower=caption_tower(model),
        caption_reader=reader,
        preprocess=preprocess,
        unseen_pieces=unseen_pieces(model),
    )
