"""Does doubt foretell error? Detection, risk-coverage and rank links, with intervals.

Doubt is any number per query or pair that is greater where one is less sure; only its order
counts. Error is 1 where the answer was wrong. Measures of how well doubt tells errors from right
answers are NaN where there is only one of the two kinds.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from vacsr_core.errors import DataError
from vacsr_core.metrics.columns import binary, columns
from vacsr_core.metrics.intervals import grouped_interval
from vacsr_core.metrics.rank_links import bin_pearson, partial_spearman, spearman_interval

__all__ = [
    "aurc",
    "auroc_difference",
    "auroc_gain_from_doubt",
    "bin_pearson",
    "coverage_at_risk",
    "error_auroc",
    "error_average_precision",
    "excess_aurc",
    "false_positive_rate_at_95",
    "normalised_aurc",
    "partial_spearman",
    "risk_at_coverage",
    "risk_coverage",
    "spearman_interval",
]

FOLDS = 5


def error_auroc(is_error: np.ndarray, doubt: np.ndarray) -> float:
    """Chance that an error is doubted more than a right answer; a tie counts half.

    Args:
        is_error: bool (Q,), or 0 and 1.
        doubt: float (Q,), greater is less sure.

    Returns: float in [0, 1], 0.5 for a doubt that says nothing; NaN with one kind of answer.

    Raises: ShapeError where the columns do not fit each other or hold NaN.
    """
    is_error, doubt = _checked(is_error, doubt)
    wrong = is_error.sum()
    if _is_one_kind(is_error):
        return float("nan")
    # From ranks, as Mann and Whitney do: a bootstrap asks this thousands of times.
    surplus = rankdata(doubt) @ is_error - wrong * (wrong + 1) / 2
    return float(surplus / (wrong * (len(is_error) - wrong)))


def error_average_precision(is_error: np.ndarray, doubt: np.ndarray) -> float:
    """Mean precision over the errors when the most doubted come first.

    Args, Raises: as of `error_auroc`.

    Returns: float in [0, 1]; about the share of errors for a doubt that says nothing, NaN with
        one kind of answer.
    """
    from sklearn.metrics import average_precision_score

    is_error, doubt = _checked(is_error, doubt)
    if _is_one_kind(is_error):
        return float("nan")
    return float(average_precision_score(is_error, doubt))


def false_positive_rate_at_95(is_error: np.ndarray, doubt: np.ndarray) -> float:
    """Share of right answers sent away by the strictest threshold that catches 95 % of errors.

    Args, Raises: as of `error_auroc`.

    Returns: float in [0, 1], less is better; NaN with one kind of answer.
    """
    from sklearn.metrics import roc_curve

    is_error, doubt = _checked(is_error, doubt)
    if _is_one_kind(is_error):
        return float("nan")
    false_alarms, caught, _ = roc_curve(is_error, doubt, drop_intermediate=False)
    return float(false_alarms[np.argmax(caught >= 0.95)])


def risk_coverage(is_error: np.ndarray, doubt: np.ndarray) -> np.ndarray:
    """Mean error of the k surest answers, for every k.

    Answers of the same doubt come in no order: each stands for the mean of its group, which is
    the expectation over all their orders.

    Args, Raises: as of `error_auroc`.

    Returns: float64 (Q,) in [0, 1]; row k - 1 is the risk of k answers, coverage k / Q.
    """
    is_error, doubt = _checked(is_error, doubt)
    _, group = np.unique(doubt, return_inverse=True)  # groups ascend in doubt
    mean_error = np.bincount(group, is_error) / np.bincount(group)
    return np.cumsum(mean_error[np.sort(group)]) / np.arange(1, len(group) + 1)


def aurc(is_error: np.ndarray, doubt: np.ndarray) -> float:
    """Area under the risk-coverage curve: the mean over k = 1..Q of the risk of the k surest.

    Libraries differ in what they average (k = 0, the last point, trapezia) and so in the number;
    this is Geifman and El-Yaniv's definition (arXiv 1805.08206), without a point at k = 0.

    Args, Raises: as of `error_auroc`.

    Returns: float in [0, 1], less is better; the share of errors for a doubt that says nothing.
    """
    return float(risk_coverage(is_error, doubt).mean())


def excess_aurc(is_error: np.ndarray, doubt: np.ndarray) -> float:
    """How far `aurc` lies above that of a doubt which puts every error last.

    For many queries with a share r of errors that best value is r + (1 - r) ln(1 - r)
    (arXiv 1805.08206); the exact one of these queries is taken, so that a perfect doubt has 0.

    Args, Raises: as of `error_auroc`.

    Returns: float >= 0; NaN with one kind of answer.
    """
    is_error, doubt = _checked(is_error, doubt)
    if _is_one_kind(is_error):
        return float("nan")
    return aurc(is_error, doubt) - aurc(is_error, is_error)


def normalised_aurc(is_error: np.ndarray, doubt: np.ndarray) -> float:
    """Where `aurc` lies between that of no knowledge, 0, and that of a perfect doubt, 1.

    Args, Raises: as of `error_auroc`.

    Returns: float <= 1, below 0 for a doubt that is worse than none; NaN with one kind of answer.
    """
    is_error, doubt = _checked(is_error, doubt)
    if _is_one_kind(is_error):
        return float("nan")
    unknowing = is_error.mean()
    return float((unknowing - aurc(is_error, doubt)) / (unknowing - aurc(is_error, is_error)))


def risk_at_coverage(is_error: np.ndarray, doubt: np.ndarray, coverage: float) -> float:
    """Share of errors among the surest answers, as many as the coverage asks for.

    Args:
        is_error, doubt: as of `error_auroc`.
        coverage: share of answers to keep, in (0, 1]; the count is rounded up.

    Raises: ShapeError as of `error_auroc`; DataError where the coverage is out of its range.
    """
    if not 0 < coverage <= 1:
        raise DataError(f"Coverage {coverage:g}; wanted is a share above 0 and up to 1.")
    risk = risk_coverage(is_error, doubt)
    kept = int(np.ceil(coverage * len(risk) - 1e-9))  # 0.07 * 100 is a little above 7
    return float(risk[max(kept, 1) - 1])


def coverage_at_risk(is_error: np.ndarray, doubt: np.ndarray, risk: float) -> float:
    """Greatest share of answers, surest first, of which no more than `risk` are wrong.

    Args:
        is_error, doubt: as of `error_auroc`.
        risk: share of errors that is allowed, in [0, 1].

    Returns: float in [0, 1]; 0 where not even the surest answer keeps to it.

    Raises: ShapeError as of `error_auroc`; DataError where the risk is out of its range.
    """
    if not 0 <= risk <= 1:
        raise DataError(f"Risk {risk:g}; wanted is a share from 0 to 1.")
    allowed = np.flatnonzero(risk_coverage(is_error, doubt) <= risk + 1e-12)
    return float(allowed[-1] + 1) / len(is_error) if len(allowed) else 0.0


def auroc_difference(
    is_error: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    seed: int,
    group: np.ndarray | None = None,
    resamples: int = 1_000,
) -> tuple[float, float, float]:
    """How much better the first doubt detects errors than the second, on the same queries.

    Args:
        is_error: bool (Q,); first, second: float (Q,), two doubts.
        seed, resamples: of the bootstrap, which draws a query with both of its doubts.
        group: int (Q,), queries that are drawn together; None where each stands for itself.

    Returns: (difference of `error_auroc`, and its 95 % interval's low and high end).

    Raises: ShapeError as of `error_auroc`; DataError with fewer than two groups.
    """
    group = np.arange(len(first)) if group is None else group
    is_error, first, second, group = columns(
        is_error=is_error, first=first, second=second, group=group
    )

    def difference(rows: np.ndarray | slice) -> float:
        wrong = is_error[rows]
        return error_auroc(wrong, first[rows]) - error_auroc(wrong, second[rows])

    return difference(slice(None)), *grouped_interval(group, difference, resamples, seed)


def auroc_gain_from_doubt(
    is_match: np.ndarray,
    mean: np.ndarray,
    doubt: np.ndarray,
    group: np.ndarray,
    seed: int,
    resamples: int = 1_000,
) -> dict[str, float]:
    """What doubt adds to the mean in telling matches: two logistic regressions, on unseen groups.

    Args:
        is_match: bool (P,); mean: float (P,), the similarity; doubt: float (P,).
        group: int (P,), pairs that are kept in one fold and drawn together: those of one image.
        seed, resamples: of the five folds and of the bootstrap.

    Returns:
        pairs, matches; auroc_mean, auroc_both and average_precision_mean, average_precision_both
        of the pooled predictions for the left-out folds; gain (of AUROC), gain_low, gain_high.
        All but the counts are NaN with one kind of pair.

    Raises: ShapeError where the columns do not fit each other; DataError where fewer than
        five groups have a match, or fewer than five a mismatch.
    """
    is_match, mean, doubt, group = columns(is_match=is_match, mean=mean, doubt=doubt, group=group)
    binary("is_match", is_match)
    found = {"pairs": len(is_match), "matches": int(is_match.sum())}
    if _is_one_kind(is_match):
        kinds = ("auroc_mean", "auroc_both", "average_precision_mean", "average_precision_both")
        return found | dict.fromkeys((*kinds, "gain", "gain_low", "gain_high"), float("nan"))
    chances = {
        "mean": _left_out_chances(mean[:, None], is_match, group, seed),
        "both": _left_out_chances(np.c_[mean, doubt], is_match, group, seed),
    }
    for name, chance in chances.items():
        found[f"auroc_{name}"] = error_auroc(is_match, chance)
        found[f"average_precision_{name}"] = error_average_precision(is_match, chance)
    gain, low, high = auroc_difference(
        is_match, chances["both"], chances["mean"], seed, group, resamples
    )
    return found | {"gain": gain, "gain_low": low, "gain_high": high}


def _left_out_chances(
    given: np.ndarray, is_match: np.ndarray, group: np.ndarray, seed: int
) -> np.ndarray:
    """Chance of a match (P,) by logistic regressions that have not seen the pair's group."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    places = np.unique(group, return_inverse=True)[1]
    with_match, with_mismatch = (len(np.unique(places[is_match == kind])) for kind in (1, 0))
    if min(with_match, with_mismatch) < FOLDS:
        raise DataError(
            f"{FOLDS} folds cannot be made: {with_match} of {places.max() + 1} images or groups "
            f"have a match, {with_mismatch} a mismatch; label pairs until {FOLDS} have each."
        )
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    found = cross_val_predict(
        model, given, is_match, groups=places, cv=folds, method="predict_proba"
    )
    return found[:, 1]


def _checked(is_error: np.ndarray, doubt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    is_error, doubt = columns(is_error=is_error, doubt=doubt)
    return binary("is_error", is_error), doubt


def _is_one_kind(labels: np.ndarray) -> bool:
    return bool(labels.min() == labels.max())
