"""Where does it go wrong? Answers, doubts, chances and doubtful labels of a labelled library."""

from vacsr_core.error_analysis.analysis import Analysis, analyse
from vacsr_core.error_analysis.answers import DOUBTS, KINDS, Answers, ask, recall
from vacsr_core.error_analysis.doubt import Kept, doubt_auroc, keep_surest
from vacsr_core.error_analysis.enough import Share, TooFew
from vacsr_core.error_analysis.lists import LISTS, PairList, listed
from vacsr_core.error_analysis.shortlist import Calibration, Shortlist, judge, shortlist
from vacsr_core.error_analysis.slices import Slice, slices
from vacsr_core.error_analysis.truth import Truth, judged

__all__ = [
    "DOUBTS",
    "KINDS",
    "LISTS",
    "Analysis",
    "Answers",
    "Calibration",
    "Kept",
    "PairList",
    "Share",
    "Shortlist",
    "Slice",
    "TooFew",
    "Truth",
    "analyse",
    "ask",
    "doubt_auroc",
    "judge",
    "judged",
    "keep_surest",
    "listed",
    "recall",
    "shortlist",
    "slices",
]
