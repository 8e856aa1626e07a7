"""The structure-preserved common space: both modalities matched, each with its own neighbours kept.

Source: structure-aware distillation, arXiv 2412.10761 (IEEE TIP 2024).
"""

from vacsr_core.space.config import SpaceConfig
from vacsr_core.space.fit import FittedSpace, fit_space
from vacsr_core.space.relations import Relations, relation_matrices
from vacsr_core.space.students import CommonSpace
from vacsr_core.space.teachers import read_teachers

__all__ = [
    "CommonSpace",
    "FittedSpace",
    "Relations",
    "SpaceConfig",
    "fit_space",
    "read_teachers",
    "relation_matrices",
]
