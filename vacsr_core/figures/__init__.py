"""Figures: distributions of similarity as Plotly charts, each with its table and its words."""

from vacsr_core.figures.chart import CONFIG, Chart
from vacsr_core.figures.contributions import contributions_chart
from vacsr_core.figures.distribution import distribution_chart
from vacsr_core.figures.effects import effects_chart
from vacsr_core.figures.matrix import MEASURES, MOST_CELLS, Side, matrix_chart
from vacsr_core.figures.miniature import miniature
from vacsr_core.figures.ranking import RankedItem, ranking_chart
from vacsr_core.figures.reliability import reliability_chart
from vacsr_core.figures.replay import replay_chart, rounds_chart
from vacsr_core.figures.risk_coverage import risk_coverage_chart
from vacsr_core.figures.spectrum import spectrum_chart
from vacsr_core.figures.style_shift import style_shift_chart
from vacsr_core.figures.training import training_chart
from vacsr_core.figures.word_heat import word_heat_chart

__all__ = [
    "CONFIG",
    "MEASURES",
    "MOST_CELLS",
    "Chart",
    "RankedItem",
    "Side",
    "contributions_chart",
    "distribution_chart",
    "effects_chart",
    "matrix_chart",
    "miniature",
    "ranking_chart",
    "reliability_chart",
    "replay_chart",
    "risk_coverage_chart",
    "rounds_chart",
    "spectrum_chart",
    "style_shift_chart",
    "training_chart",
    "word_heat_chart",
]
