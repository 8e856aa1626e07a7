"""What is meaning, what is style? Pairs as sums, style changes, prototypes, retrieval."""

from vacsr_core.feature_analysis.pair_sum import PairSum, deciding, pair_sum
from vacsr_core.feature_analysis.prototype_items import (
    extremes,
    prototype_loadings,
    prototype_scores,
)
from vacsr_core.feature_analysis.retrieval_effect import (
    CAPTIONS_ASK,
    IMAGES_ASK,
    Effect,
    effects,
)
from vacsr_core.feature_analysis.standing import Spread, spread_of
from vacsr_core.feature_analysis.style_shift import StyleShift, style_shift
from vacsr_core.feature_analysis.unseen_pairs import CrossFit, cross_fit
from vacsr_core.feature_analysis.weighted_scores import (
    LEVELS,
    TOKENS,
    WHOLE,
    has_tokens,
    scores,
    token_sum,
    word_heat,
)
from vacsr_core.leaning import BETWEEN, MEANING, STYLE, leaning

__all__ = [
    "BETWEEN",
    "CAPTIONS_ASK",
    "IMAGES_ASK",
    "LEVELS",
    "MEANING",
    "STYLE",
    "TOKENS",
    "WHOLE",
    "CrossFit",
    "Effect",
    "PairSum",
    "Spread",
    "StyleShift",
    "cross_fit",
    "deciding",
    "effects",
    "extremes",
    "has_tokens",
    "leaning",
    "pair_sum",
    "prototype_loadings",
    "prototype_scores",
    "scores",
    "spread_of",
    "style_shift",
    "token_sum",
    "word_heat",
]
