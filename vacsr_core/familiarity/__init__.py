"""Has this model seen anything like it? The gauge, how it is built, and how it is measured."""

from vacsr_core.familiarity.gauge import Familiarity, Reading, is_stored

__all__ = ["Familiarity", "Reading", "is_stored"]
