"""Everything that can rank and doubt, behind one `Verdict`: VACSR and its rivals."""

from vacsr_core.contenders import cosine, gaussians, pau, residual
from vacsr_core.contenders.config import RivalConfig
from vacsr_core.contenders.vacsr import from_similarity
from vacsr_core.contenders.verdict import Verdict

# Each is called as fit(images, captions, caption_image, config, progress, should_stop) and answers
# with an object that has judge(images, captions, gallery=None) -> Verdict and parameters: int.
RIVALS = {
    cosine.NAME: cosine.fit,
    residual.NAME: residual.fit,
    pau.NAME: pau.fit,
    gaussians.NAME: gaussians.fit,
}

__all__ = ["RIVALS", "RivalConfig", "Verdict", "from_similarity"]
