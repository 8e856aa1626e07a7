"""How similar an image and a caption are, and how sure anyone can be of it.

The names below are the public interface. Each is imported when it is first used, because some
bring PyTorch with them and a page that shows pictures should not wait for that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.engine import Engine
    from vacsr_core.errors import VacsrError
    from vacsr_core.features import Features
    from vacsr_core.fit_config import FitConfig
    from vacsr_core.library import Library
    from vacsr_core.similarity import Similarity
    from vacsr_core.vacsr_fit import fit_adapters

_HOME = {
    "Adapters": "adapters",
    "Engine": "engine",
    "Features": "features",
    "FitConfig": "fit_config",
    "Library": "library",
    "Similarity": "similarity",
    "VacsrError": "errors",
    "fit_adapters": "vacsr_fit",
}

__all__ = [
    "Adapters",
    "Engine",
    "Features",
    "FitConfig",
    "Library",
    "Similarity",
    "VacsrError",
    "fit_adapters",
]
__version__ = "0.1.0"


def __getattr__(name: str):
    if name in _HOME:
        return getattr(import_module(f"vacsr_core.{_HOME[name]}"), name)
    raise AttributeError(f"module 'vacsr_core' has no attribute {name!r}")
