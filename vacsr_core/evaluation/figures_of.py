"""From queries and pairs to numbers: retrieval, error detection, calibration."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from vacsr_core.evaluation.queries import Queries, Shortlist
from vacsr_core.evaluation.trial import key
from vacsr_core.metrics import calibration, uncertainty
from vacsr_core.metrics.retrieval import rsum

DEPTHS = (1, 5, 10)
COVERAGE, RISK = 0.8, 0.05


def retrieval_figures(queries: dict[str, Queries], table: str = "retrieval") -> dict[str, float]:
    """R@1, 5, 10, mAP@R and R-precision of both directions, and RSUM in %."""
    found = {}
    for direction, asked in queries.items():
        for depth in DEPTHS:
            found[key(table, f"R@{depth}", direction)] = float((asked.rank <= depth).mean())
        found[key(table, "n", direction)] = float(len(asked.rank))
        found[key(table, "mAP@R", direction)] = float(asked.map_at_r.mean())
        found[key(table, "R-P", direction)] = float(asked.r_precision.mean())
    return found | {key(table, "RSUM"): rsum(*(asked.rank for asked in queries.values()))}


def doubt_figures(queries: dict[str, Queries], table: str = "doubt") -> dict[str, float]:
    """How well every doubt finds wrong first choices, each direction for itself."""
    found = {}
    for direction, asked in queries.items():
        is_error = asked.is_error
        found[key(table, "n", direction)] = float(len(is_error))
        found[key(table, "wrong first choices", direction)] = float(is_error.mean())
        for name, doubt in asked.doubt.items():
            values = error_detection(is_error, doubt)
            if asked.positives.min() < asked.positives.max():
                values["Spearman with R"] = _spearman(doubt, asked.positives)
            found |= {key(table, k, direction, name): value for k, value in values.items()}
    return found


def error_detection(is_error: np.ndarray, doubt: np.ndarray) -> dict[str, float]:
    """All measures of one doubt (Q,) about answers of which `is_error` (Q,) are wrong."""
    return {
        "AUROC": uncertainty.error_auroc(is_error, doubt),
        "AP": uncertainty.error_average_precision(is_error, doubt),
        "FPR95": uncertainty.false_positive_rate_at_95(is_error, doubt),
        "AURC": uncertainty.aurc(is_error, doubt),
        "E-AURC": uncertainty.excess_aurc(is_error, doubt),
        "normalised AURC": uncertainty.normalised_aurc(is_error, doubt),
        "risk at 80 % coverage": uncertainty.risk_at_coverage(is_error, doubt, COVERAGE),
        "coverage at 5 % risk": uncertainty.coverage_at_risk(is_error, doubt, RISK),
        "Spearman with error": _spearman(doubt, is_error),
    }


def calibration_figures(pairs: Shortlist, table: str = "calibration") -> dict[str, float]:
    """Whether P(match) is what it says, on the shortlists; nothing where there is no chance."""
    if pairs.chance is None:
        return {}
    named = {"prevalence": "prevalence", "ece": "ECE, equal mass", "ece_width": "ECE, equal width",
             "brier_skill": "Brier skill", "log_loss": "NLL"}  # fmt: skip
    found = calibration.figures(pairs.chance, pairs.label)
    figures = {key(table, label): float(found[name]) for name, label in named.items()}
    return figures | {key(table, "n"): float(len(pairs.label))}


def reliability_arrays(pairs: Shortlist) -> dict[str, np.ndarray]:
    """The reliability diagram in 15 bins of equal mass: chance, share, low, high, count."""
    if pairs.chance is None:
        return {}
    found = calibration.reliability(pairs.chance, pairs.label)
    names = ("chance", "share", "low", "high", "count")
    return {f"reliability/{name}": np.asarray(getattr(found, name)) for name in names}


def query_arrays(queries: dict[str, Queries], image_keys: np.ndarray) -> dict[str, np.ndarray]:
    """What intervals over queries and risk-coverage curves are made of.

    Args:
        image_keys: int64 (N,), a number for every image that is the same in every draw of images.
    """
    found: dict[str, np.ndarray] = {}
    for direction, asked in queries.items():
        for name in ("query", "rank", "map_at_r", "r_precision"):
            found[f"{direction}/{name}"] = getattr(asked, name)
        found[f"{direction}/image"] = image_keys[asked.image]
        found |= {f"{direction}/doubt/{name}": doubt for name, doubt in asked.doubt.items()}
    return found


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    if x.min() == x.max() or y.min() == y.max():
        return float("nan")
    return float(spearmanr(x, y).statistic)
