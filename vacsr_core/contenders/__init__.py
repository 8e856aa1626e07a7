"""Everything that can rank and doubt, behind one `Verdict`: VACSR and its rivals."""

from vacsr_core.contenders import cosine
from vacsr_core.contenders.config import RivalConfig
from vacsr_core.contenders.vacsr import from_similarity
from vacsr_core.contenders.verdict import Verdict

RIVALS = {
    cosine.NAME: cosine.fit,
}

__all__ = ["RIVALS", "RivalConfig", "Verdict", "from_similarity"]
