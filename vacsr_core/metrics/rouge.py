"""How much two captions say the same: ROUGE-L, for many pairs at once."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from vacsr_core.errors import DataError

_WORD = re.compile(r"\w+")
_FIRST = 0x10000  # each word becomes one character from here on, so that a caption is a string


def rouge_l(texts: Sequence[str], others: Sequence[str] | None = None) -> np.ndarray:
    """F-measure of ROUGE-L of every pair: 2 LCS / (words of one + words of the other).

    LCS is the length of the longest common subsequence of words, in lower case, not stemmed.

    Args:
        texts: M captions; others: K captions, None for the same.

    Returns:
        float32 (M, K) in [0, 1]; 0 for a text without words.

    Raises:
        DataError: no texts.

    Source: Lin, "ROUGE: a package for automatic evaluation of summaries", ACL workshop 2004, with
        beta = 1 as the package rouge-score has it.
    """
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    if not len(texts) or (others is not None and not len(others)):
        raise DataError("ROUGE-L compares captions, and there are none; give at least one.")
    numbers: dict[str, int] = {}
    first = [_written(text, numbers) for text in texts]
    second = first if others is None else [_written(text, numbers) for text in others]
    # Insertions and deletions alone, normalised by both lengths, are ROUGE-L's F-measure.
    found = cdist(first, second, scorer=Indel.normalized_similarity, dtype=np.float32)
    found[[not text for text in first]] = 0.0
    found[:, [not text for text in second]] = 0.0
    return found


def _written(text: str, numbers: dict[str, int]) -> str:
    """A string with one character for each word."""
    words = _WORD.findall(text.lower())
    return "".join(chr(_FIRST + numbers.setdefault(word, len(numbers))) for word in words)
