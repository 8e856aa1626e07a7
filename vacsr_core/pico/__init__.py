"""PICO: which feature columns carry meaning, and which carry style."""

from vacsr_core.pico.columns import Round, SemanticColumns
from vacsr_core.pico.config import CONTROLS, PicoConfig
from vacsr_core.pico.construction import fit_pico
from vacsr_core.pico.interaction import column_contributions, heat, interaction

__all__ = [
    "CONTROLS",
    "PicoConfig",
    "Round",
    "SemanticColumns",
    "column_contributions",
    "fit_pico",
    "heat",
    "interaction",
]
