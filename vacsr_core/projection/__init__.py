"""Maps: many columns brought to two or three, at once by PCA, then by UMAP; and what that keeps.

A page shows coordinates and neighbour lists; both come from the same exact neighbours.
"""

from vacsr_core.projection.align import aligned
from vacsr_core.projection.pca import check_spread, pca
from vacsr_core.projection.placing import place
from vacsr_core.projection.space_map import SpaceMap, first_map, refined_map

__all__ = ["SpaceMap", "aligned", "check_spread", "first_map", "pca", "place", "refined_map"]
