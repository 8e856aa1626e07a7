"""Captions -> token ids, and which pieces of them form which word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from open_clip import SimpleTokenizer
from open_clip.tokenizer import HFTokenizer
from torch import Tensor

# No byte-pair piece spans more characters than this, so a longer text cannot fit anyway; cutting
# it first keeps a 10,000-letter "word" from costing seconds of byte-pair merging.
_CHARACTERS_PER_PIECE = 40
_CAPTIONS_AT_ONCE = 1_024
_WORD_END = "</w>"
_WORD = re.compile(r"\w+|[^\w\s]+")


@dataclass(frozen=True)
class WordSpan:
    """One word of a caption: its text and the positions [start, stop) of its pieces."""

    text: str
    start: int
    stop: int


@dataclass(frozen=True)
class ReadCaptions:
    """B captions as a model reads them.

    Args:
        ids: int64 (B, L), token ids with start, end and padding.
        is_truncated: for each caption, whether its end was left out.
        spans: the words of each caption in reading order; None where they were not asked for.
    """

    ids: Tensor
    is_truncated: list[bool]
    spans: list[list[WordSpan]] | None


class CaptionReader:
    """Turns captions into what a model reads, and tells which pieces form a word.

    Args:
        tokenizer: what `open_clip.get_tokenizer` returned for the model.
        context_length: L, the number of token positions that the model reads.
    """

    def __init__(self, tokenizer, context_length: int) -> None:
        self.tokenizer = tokenizer
        self.context_length = context_length
        self._is_byte_pair = isinstance(tokenizer, SimpleTokenizer)
        self._is_hub = isinstance(tokenizer, HFTokenizer) and not tokenizer.tokenizer_mode
        has_offsets = self._is_hub and getattr(tokenizer.tokenizer, "is_fast", False)
        self.has_words = self._is_byte_pair or has_offsets

    def read(self, captions: Sequence[str], with_words: bool = False) -> ReadCaptions:
        """Tokenise captions.

        Words are spelled as the model reads them (cleaned, for most models in lower case);
        start, end and padding are left out. A word that the context cuts off appears as far as
        the model reads it.

        Args:
            captions: B strings of any length.
            with_words: whether to find the words; needs `has_words`.

        Returns:
            Token ids, truncation flags and words.
        """
        limit = _CHARACTERS_PER_PIECE * self.context_length
        single_spaced = [" ".join(_valid(caption).split()) for caption in captions]
        texts = [text[:limit] for text in single_spaced]
        ids = self.tokenizer(texts, context_length=self.context_length)
        is_truncated = [
            len(whole) > limit or self._is_longer(text, row)
            for whole, text, row in zip(single_spaced, texts, ids, strict=True)
        ]
        if not with_words:
            return ReadCaptions(ids, is_truncated, None)
        if self._is_byte_pair:
            return ReadCaptions(ids, is_truncated, [self._spans(row) for row in ids.tolist()])
        return ReadCaptions(ids, is_truncated, [self._hub_spans(text) for text in texts])

    def split_unknown(
        self, captions: Sequence[str], unseen: frozenset[int]
    ) -> tuple[list[tuple[str, ...]], np.ndarray]:
        """Find the words that a model cannot know: those with a piece that training never met.

        A word without letter or digit is none here. A word whose pieces all occurred may still be
        new as a whole; that cannot be told from the pieces.

        Args:
            captions: M strings.
            unseen: ids of the pieces that training never met.

        Returns:
            For each caption its unknown words, each once, in reading order and as the model
            spells them; the share of unknown words among all of a caption, float32 (M,) in
            [0, 1]. Both are empty and 0 where `unseen` is empty or the tokenizer tells no words.
        """
        unknown: list[tuple[str, ...]] = [()] * len(captions)
        share = np.zeros(len(captions), np.float32)
        if not unseen or not self.has_words:
            return unknown, share
        for start in range(0, len(captions), _CAPTIONS_AT_ONCE):
            chunk = captions[start : start + _CAPTIONS_AT_ONCE]
            read = self.read(chunk, with_words=True)
            for row, (ids, spans) in enumerate(zip(read.ids.tolist(), read.spans, strict=True)):
                words = [w for w in spans if any(letter.isalnum() for letter in w.text)]
                new = [w.text for w in words if not unseen.isdisjoint(ids[w.start : w.stop])]
                unknown[start + row] = tuple(dict.fromkeys(new))
                share[start + row] = len(new) / max(len(words), 1)
        return unknown, share

    def _is_longer(self, text: str, row: Tensor) -> bool:
        """Tell whether a text needs more positions than there are; full rows only are re-read."""
        if self._is_byte_pair:
            end = self.tokenizer.eot_token_id
            if int((row == end).sum()) > 1:  # a typed end mark: what follows it is not read
                return True
            return int(row[-1]) == end and len(self.tokenizer.encode(text)) + 2 > len(row)
        if not self._is_hub:
            return False
        text = self.tokenizer.clean_fn(text)
        return len(self.tokenizer.tokenizer(text, truncation=False)["input_ids"]) > len(row)

    def _spans(self, ids: list[int]) -> list[WordSpan]:
        """Join byte-pair pieces to words: each word's last piece is marked in the vocabulary."""
        tokenizer = self.tokenizer
        stop = ids.index(tokenizer.eot_token_id) if tokenizer.eot_token_id in ids else len(ids)
        spans, letters, start = [], "", None
        for position in range(stop):
            if ids[position] in tokenizer.all_special_ids:
                continue
            start = position if start is None else start
            piece = tokenizer.decoder[ids[position]]
            letters += piece.removesuffix(_WORD_END)
            if piece.endswith(_WORD_END) or position == stop - 1:
                content = bytes(tokenizer.byte_decoder[letter] for letter in letters)
                text = content.decode("utf-8", errors="replace")
                spans.append(WordSpan(text, start, position + 1))
                letters, start = "", None
        return spans

    def _hub_spans(self, text: str) -> list[WordSpan]:
        """Find words by the character range that a Hugging Face tokenizer states per piece."""
        text = self.tokenizer.clean_fn(text)
        read = self.tokenizer.tokenizer(
            text,
            max_length=self.context_length,
            padding="max_length",
            truncation=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        words = [match.span() for match in _WORD.finditer(text)]
        owner = {at: index for index, (a, b) in enumerate(words) for at in range(a, b)}
        spans: list[WordSpan] = []
        last = None
        marks = zip(read["offset_mapping"], read["special_tokens_mask"], strict=True)
        for position, ((_, stop), is_special) in enumerate(marks):
            # A piece may begin with the space before its word; its last character decides.
            index = None if is_special else owner.get(stop - 1)
            if index is None:
                continue
            start = spans.pop().start if index == last else position
            begin = words[index][0]
            spans.append(WordSpan(text[begin:stop], start, position + 1))
            last = index
        return spans


def word_means(pieces: Tensor, spans: Sequence[Sequence[WordSpan]]) -> Tensor:
    """Average the pieces of each word.

    Args:
        pieces: float32 (B, L, D).
        spans: the words of each of the B captions.

    Returns:
        float32 (B, W, D), W = the most words in one caption; rows past a caption's words are 0.
    """
    most = max((len(words) for words in spans), default=0)
    weights = torch.zeros(len(spans), most, pieces.shape[1])
    for caption, words in enumerate(spans):
        for index, word in enumerate(words):
            weights[caption, index, word.start : word.stop] = 1 / (word.stop - word.start)
    return weights.to(pieces) @ pieces


def _valid(caption: str) -> str:
    """Replace halves of surrogate pairs, which no tokenizer can encode."""
    return caption.encode("utf-8", "replace").decode("utf-8")
