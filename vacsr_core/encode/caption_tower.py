"""Caption towers -> one vector per caption and one per byte-pair piece, in the joint space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from open_clip.hf_model import HFTextEncoder
from open_clip.transformer import TextTransformer
from torch import Tensor, nn

# token ids (B, L) -> vectors (B, D), pieces (B, L, D); neither is normalised.
PieceEncoder = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class CaptionTower:
    """How to run a caption tower.

    Args:
        encode: token ids (B, L) -> vectors (B, D).
        encode_with_pieces: token ids -> vectors (B, D) and pieces (B, L, D), one for each id up
            to the last end mark at least; None where the architecture offers none.
        note: in plain words, why there are no pieces; None where there are.
    """

    encode: Callable[[Tensor], Tensor]
    encode_with_pieces: PieceEncoder | None
    note: str | None


def caption_tower(model: nn.Module) -> CaptionTower:
    """Choose the way to piece vectors that fits the architecture.

    A piece's vector is the final norm and the text projection applied at its position, just as
    the model applies them at the position that stands for the whole caption.

    Args:
        model: any open_clip model in eval mode.

    Returns:
        The tower; without pieces, and with a note, where no way fits.
    """
    text = getattr(model, "text", None)
    if text is None and hasattr(model, "text_projection"):
        text, pooling, end = model, model.text_pool_type, model.text_eos_id
    elif isinstance(text, TextTransformer):
        pooling, end = text.pool_type, text.eos_id
    elif isinstance(text, HFTextEncoder):
        return CaptionTower(model.encode_text, _hugging_face(text), None)
    else:
        note = f"The caption tower ({type(text).__name__}) offers no word vectors."
        return CaptionTower(model.encode_text, None, note)
    if text.attn_mask is not None and getattr(text, "cls_emb", None) is None:
        if pooling == "argmax":  # the end mark is the highest id there is
            return _causal_tower(text, lambda ids: ids.argmax(dim=-1))
        if pooling == "eos":
            return _causal_tower(text, lambda ids: (ids == end).int().argmax(dim=-1))
    if text is model:
        return CaptionTower(model.encode_text, _whole_context(model), None)
    return CaptionTower(model.encode_text, _whole_context_of_tower(text), None)


def unseen_pieces(model: nn.Module) -> frozenset[int]:
    """Ids of the word pieces whose row in the token table is exactly zero.

    A model that was trained on a few words, and keeps a large tokenizer's whole table, leaves
    zeros for all others; a table with none was filled by training or by chance.

    Args:
        model: any open_clip model.

    Returns:
        The ids; empty where the model's token table cannot be found.
    """
    text = getattr(model, "text", None)
    if isinstance(text, HFTextEncoder):
        table = text.transformer.get_input_embeddings()
    else:
        table = getattr(model if text is None else text, "token_embedding", None)
    if not isinstance(table, nn.Embedding):
        return frozenset()
    return frozenset((table.weight == 0).all(dim=1).nonzero()[:, 0].tolist())


def _causal_tower(text: nn.Module, find_end: Callable[[Tensor], Tensor]) -> CaptionTower:
    """Run only up to the last end mark of the batch.

    In a causal tower nothing after a caption's end mark reaches its vector, and most captions
    fill a third of the context or less: the same numbers for a third of the work.
    """

    def hidden(ids: Tensor) -> tuple[Tensor, Tensor]:
        end = find_end(ids)  # (B,)
        length = int(end.max()) + 1
        dtype = text.transformer.get_cast_dtype()
        x = text.token_embedding(ids[:, :length]).to(dtype)  # (B, length, width)
        x = x + text.positional_embedding[:length].to(dtype)
        x = text.transformer(x, attn_mask=text.attn_mask[:length, :length])
        return text.ln_final(x), end

    def encode(ids: Tensor) -> Tensor:
        x, end = hidden(ids)
        return _project(x[torch.arange(len(x), device=x.device), end], text.text_projection)

    def encode_with_pieces(ids: Tensor) -> tuple[Tensor, Tensor]:
        x, end = hidden(ids)
        pieces = _project(x, text.text_projection)  # (B, length, D)
        return pieces[torch.arange(len(x), device=x.device), end], pieces

    return CaptionTower(encode, encode_with_pieces, None)


def _whole_context(model: nn.Module) -> PieceEncoder:
    def encode(ids: Tensor) -> tuple[Tensor, Tensor]:
        out = model.forward_intermediates(
            text=ids, text_indices=1, normalize=False, normalize_intermediates=True
        )
        return out["text_features"], _project(out["text_intermediates"][-1], model.text_projection)

    return encode


def _whole_context_of_tower(text: TextTransformer) -> PieceEncoder:
    def encode(ids: Tensor) -> tuple[Tensor, Tensor]:
        out = text.forward_intermediates(
            ids, indices=1, normalize_intermediates=True, output_fmt="NLC"
        )
        return out["text_features"], _project(out["text_intermediates"][-1], text.text_projection)

    return encode


def _hugging_face(text: HFTextEncoder) -> PieceEncoder:
    def encode(ids: Tensor) -> tuple[Tensor, Tensor]:
        mask = (ids != text.config.pad_token_id).long()
        out = text.transformer(input_ids=ids, attention_mask=mask)
        return text.proj(text.pooler(out, mask)), text.proj(out.last_hidden_state)

    return encode


def _project(x: Tensor, projection: nn.Module | Tensor | None) -> Tensor:
    if projection is None:
        return x
    return projection(x) if isinstance(projection, nn.Module) else x @ projection
