"""PICO: which feature columns carry meaning, and which carry style."""

from vacsr_core.pico.columns import Round, SemanticColumns
from vacsr_core.pico.config import CONTROLS, PicoConfig
from vacsr_core.pico.construction import fit_pico
from vacsr_core.pico.interaction import column_contributions, heat, interaction
from vacsr_core.pico.views import StyleViews

__all__ = [
    "CONTROLS",
    "PicoConfig",
    "Round",
    "SemanticColumns",
    "StyleViews",
    "column_contributions",
    "fit_pico",
    "heat",
    "interaction",
]
