"""A point score made comparable: its temperature, its P(match), and the doubts of a softmax.

Every rival gives one number a pair. Divided by a temperature it is the logarithm of a softmax
weight, and the softmax over a query's candidates says how sure its first choice is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import entr, expit, logsumexp, softmax

from vacsr_core.calibration import fit_match, gallery_pairs
from vacsr_core.contenders.verdict import Verdict, at_first_choices
from vacsr_core.similarity import Similarity
from vacsr_core.temperature import fit_temperature

TOP = 50
_QUERIES_AT_ONCE = 1_024
_NO_VARIANCE = 1e-6  # of a logit that is a single number


@dataclass(frozen=True)
class Softmax:
    """What turns a rival's score into chances.

    Args:
        temperature: > 0, in units of the score.
        centre: of score / temperature; the logit of a pair is what lies above it.
        match: scale and offset of P(match) on that logit where there are two images.
    """

    temperature: float
    centre: float
    match: tuple[float, float]

    def logit(self, score: np.ndarray) -> np.ndarray:
        """score / temperature - centre, float64, same shape."""
        return score.astype(np.float64) / self.temperature - self.centre

    def chance(self, score: np.ndarray, gallery: int | None = None) -> np.ndarray:
        """P(match), float32 (N, M): the caption was written for this image of the gallery.

        Args:
            gallery: how many images there are to choose from; None for N.
        """
        scale, offset = self.match
        prior = np.log(max(1, (gallery or len(score)) - 1))
        return expit(scale * self.logit(score) + offset - prior).astype(np.float32)

    def verdict(
        self,
        name: str,
        score: np.ndarray,
        gallery: int | None = None,
        pair_doubt: dict[str, np.ndarray] | None = None,
        image_doubt: dict[str, np.ndarray] | None = None,
        caption_doubt: dict[str, np.ndarray] | None = None,
    ) -> Verdict:
        """Verdict with the doubts of `softmax_doubts`, "1 - P(match)", and a rival's own ones.

        Args:
            pair_doubt: (N, M) each; at first choices they become doubts of the queries too.
            image_doubt, caption_doubt: further ones, (N,) and (M,) each.
        """
        chance, pair_doubt = self.chance(score, gallery), pair_doubt or {}
        images = softmax_doubts(score, self.temperature) | (image_doubt or {})
        captions = softmax_doubts(score.T, self.temperature) | (caption_doubt or {})
        for doubt, values in ({"1 - P(match)": 1.0 - chance} | pair_doubt).items():
            images[doubt], captions[doubt] = at_first_choices(values, score)
        return Verdict(name, score, chance, pair_doubt, images, captions)


def fit_softmax(score: np.ndarray, owner: np.ndarray, seed: int) -> Softmax:
    """Temperature, then P(match), of a score on pairs that it was not fitted on.

    Args:
        score: (N, M); owner: (M,), row of the image of each caption; -1 for none.
    """
    temperature = fit_temperature(score, owner)
    scaled = score.astype(np.float64) / temperature
    # With this centre a softmax over the images is a P(match) of scale 1 and offset 0.
    centre = float(np.mean(logsumexp(scaled, axis=0)) - np.log(len(scaled)))
    logit = (scaled - centre).astype(np.float32)[..., None]
    sim = Similarity(score, logit, np.full_like(logit, _NO_VARIANCE))
    return Softmax(temperature, centre, fit_match(sim, gallery_pairs(sim, owner, seed)))


def softmax_doubts(score: np.ndarray, temperature: float, top: int = TOP) -> dict[str, np.ndarray]:
    """Doubts about each query's first choice.

    Args:
        score: (Q, C), one row a query.
        temperature: > 0, in units of the score.
        top: candidates that the softmax is over; fewer where there are fewer.

    Returns:
        float64 (Q,) each: "margin", the second score minus the first, <= 0 (0 where there is one
        candidate); "entropy" of the softmax, in nats; "1 - softmax of the first".
    """
    parts = []
    for start in range(0, len(score), _QUERIES_AT_ONCE):
        block = score[start : start + _QUERIES_AT_ONCE]
        top = min(top, block.shape[1])
        best = np.partition(block, block.shape[1] - top, axis=1)[:, -top:].astype(np.float64)
        best = -np.sort(-best, axis=1)
        share = softmax(best / temperature, axis=1)
        second = best[:, min(1, top - 1)]
        parts.append((second - best[:, 0], entr(share).sum(axis=1), 1.0 - share[:, 0]))
    margin, entropy, rest = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {"margin": margin, "entropy": entropy, "1 - softmax of the first": rest}
