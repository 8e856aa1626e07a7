"""The losses of the pair adapter: pure functions on tensors.

Source: VACSR, arXiv 2605.30968, section on training.
"""

from __future__ import annotations

import torch

_SMALLEST_SQUASHED_VARIANCE = 1e-4


def kl_to_standard_normal(
    mean: torch.Tensor, log_var: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Upper bound of KL[mixture || N(0, I)]: the components' own KLs, averaged by their weights.

    Args:
        mean, log_var: (..., K, L); log_var is the logarithm of the variance.
        weights: (K,), sums to 1.

    Returns:
        (...), in nats, >= the KL of the mixture by convexity; equal when all components agree.
    """
    each = 0.5 * (mean.square() + log_var.exp() - log_var - 1.0).sum(dim=-1)  # (..., K)
    return each @ weights


def straight_through_sigmoid(logit: torch.Tensor) -> torch.Tensor:
    """sigmoid(logit), whose gradient is passed on as if it were the logit itself."""
    return logit + (torch.sigmoid(logit) - logit).detach()


def reconstruction(target: torch.Tensor, logit: torch.Tensor) -> torch.Tensor:
    """Half the squared error of the decoded similarity, with d/dlogit = -(target - sigmoid).

    Args:
        target: label of the pair, in [0, 1].
        logit: same shape, the decoded sample before the sigmoid.

    Returns:
        Same shape.
    """
    return 0.5 * (target - straight_through_sigmoid(logit)).square()


def cross_entropy(target: torch.Tensor, logit: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of sigmoid(logit), in nats: the loss of the deterministic baseline.

    Args:
        target: in [0, 1]; logit: same shape, and so is what is returned.
    """
    return torch.nn.functional.binary_cross_entropy_with_logits(logit, target, reduction="none")


def uncertainty(
    error: torch.Tensor, log_var: torch.Tensor, weights: torch.Tensor, is_squashed: bool = True
) -> torch.Tensor:
    """Gaussian likelihood of the score's error, through which only the variance learns.

    e^2 / (2 s^2) + log s, least where s^2 = e^2. The variance is squashed to s^2 / (1 + s^2)
    first, because an error of a similarity is never above 1.

    Args:
        error: (...), target - score, in [-1, 1]; its gradient is stopped here.
        log_var: (..., K, L).
        weights: (K,), sums to 1.
        is_squashed: False leaves the variance as it is (an ablation of the paper).

    Returns:
        (...), averaged over latent dimensions and over components by their weights.
    """
    log_squashed = torch.nn.functional.logsigmoid(log_var) if is_squashed else log_var
    variance = log_squashed.exp().clamp_min(_SMALLEST_SQUASHED_VARIANCE)
    square = error.detach().square()[..., None, None]
    each = 0.5 * (square / variance + variance.log())
    return each.mean(dim=-1) @ weights.detach()


def hardest_negatives(
    score: torch.Tensor, is_negative: torch.Tensor, count: int = 1
) -> tuple[torch.Tensor, torch.Tensor]:
    """For every row the columns of its highest-scoring negatives.

    Args:
        score: (B, C), finite; is_negative: bool (B, C).
        count: so many of each row, or all where it has fewer.

    Returns:
        (row, column), int64 (P,) each, in the order of the rows; a row's highest comes first.
    """
    allowed = score.masked_fill(~is_negative, -torch.inf)
    highest, column = allowed.topk(min(count, score.shape[1]), dim=1)  # (B, count)
    row, place = torch.nonzero(highest > -torch.inf, as_tuple=True)
    return row, column[row, place]


def weighted_pairs(
    loss: torch.Tensor,
    is_positive: torch.Tensor,
    is_negative: torch.Tensor,
    positive_share: float | None,
) -> torch.Tensor:
    """Mean loss of the pairs of a batch; pairs that are neither positive nor negative are left out.

    Args:
        loss: (B, C); is_positive, is_negative: bool (B, C).
        positive_share: weight of the positives in the mean, in (0, 1); None weighs all pairs
            alike, as the paper does, and the similarity then tends to 1 / C for a caption that
            fits every image.

    Returns:
        A scalar.
    """
    if positive_share is None:
        return loss[is_positive | is_negative].mean()
    return (
        positive_share * loss[is_positive].mean() + (1 - positive_share) * loss[is_negative].mean()
    )


def multi_positive(
    logits: torch.Tensor, own: torch.Tensor, excluded: torch.Tensor | None = None
) -> torch.Tensor:
    """Contrastive loss in which a row or column may have several positives, or none.

    The mean over rows of the cross entropy to an equal share on each positive, the same over
    columns, and half of their sum. Rows and columns without a positive are negatives only.

    Args:
        logits: (B, C), scaled cosines.
        own: (B, C), 1 where the two belong together, else 0.
        excluded: bool (B, C), pairs that are neither positive nor negative.

    Source: arXiv 2103.00020 (CLIP), with several positives as in arXiv 2004.11362.
    """
    if excluded is not None:
        logits = logits.masked_fill(excluded, -1e4)

    def one_way(scores: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        has_own = target.sum(1) > 0
        share = target[has_own] / target[has_own].sum(1, keepdim=True)
        return torch.nn.functional.cross_entropy(scores[has_own], share)

    return 0.5 * (one_way(logits, own) + one_way(logits.T, own.T))
