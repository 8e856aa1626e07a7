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

__all__ = [
    "CAPTIONS_ASK",
    "IMAGES_ASK",
    "Effect",
    "PairSum",
    "Spread",
    "StyleShift",
    "deciding",
    "effects",
    "extremes",
    "pair_sum",
    "prototype_loadings",
    "prototype_scores",
    "spread_of",
    "style_shift",
]
