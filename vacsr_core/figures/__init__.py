"""Figures: distributions of similarity as Plotly charts, each with its table and its words."""

from vacsr_core.figures.chart import CONFIG, Chart
from vacsr_core.figures.distribution import distribution_chart
from vacsr_core.figures.matrix import MEASURES, MOST_CELLS, Side, matrix_chart
from vacsr_core.figures.ranking import RankedItem, ranking_chart
from vacsr_core.figures.training import training_chart

__all__ = [
    "CONFIG",
    "MEASURES",
    "MOST_CELLS",
    "Chart",
    "RankedItem",
    "Side",
    "distribution_chart",
    "matrix_chart",
    "ranking_chart",
    "training_chart",
]
