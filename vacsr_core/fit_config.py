"""What a fit of the adapters is asked to do, and which images it may learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError

FEWEST_IMAGES = 8


@dataclass(frozen=True)
class FitConfig:
    """Every choice of a fit. The loss is a L_KL + L_recon + b (L_sigma+ + c L_sigma-).

    Args:
        seed: of the split, the weights, the batches and the samples.
        components, latent, hidden: K, L and H of the pair adapter.
        kl_weight, sigma_weight, negative_sigma_weight: a, b and c of the loss.
        is_squashed: squash the variance to s^2 / (1 + s^2) inside L_sigma.
        hard_negatives: n, so many of the highest-scoring negatives of every row go into L_sigma-.
        is_deterministic: the baseline without a distribution. The same network, nothing sampled;
            binary cross-entropy on the sigmoid of the posterior mean's logit is the whole loss,
            and the variance stays as it started.
        positive_share: weight of the positives in L_recon, None for the paper's plain mean over
            all pairs: the similarity is then the chance of a match in a batch, near 1 / batch for
            a caption that fits every image, and its spread is greatest where people differ most,
            between what is clearly unrelated and what clearly fits. With one half, pairs that
            are hard to tell lie above 0.5, where a spread falls again. Of a conservative fit: the
            share of matches among its pairs, of which half are near misses.
        mask_same_image: leave out the pairs of an image with other captions of its own.
        batch, learning_rate, weight_decay, epochs: of AdamW with a cosine schedule.
        validation_share: share of the images held out for early stopping and calibration.
        patience: epochs without a better validation loss before the fit stops.
        device: "cpu", "cuda" or "mps".
        is_ranking_kept: the conservative fit. The mean similarity is a logistic function of the
            cosine, fitted on all labelled pairs, and therefore ranks exactly as the cosine; only
            the spread is learnt, by L_sigma, and kept only where it beats one constant spread on
            held-out comparisons.
        is_shrunk: of a full fit, shrink what was learnt to the shares that held-out comparisons
            ask for, see `shrink`; False takes the fit as it is, as the paper does.
        members: fits with different weights and batches but the same held-out images, which
            stand side by side as one larger mixture and count alike. What they disagree on is
            what the model has not seen enough of.

    Raises:
        DataError: a count below 1, or two switches that exclude each other.

    The ablation of the paper: kl_weight 0, sigma_weight 0, is_squashed False, components 1, 2 or
    4, hard_negatives 1, 2, 4 ..., and is_deterministic.
    """

    seed: int = 0
    components: int = 2
    latent: int = 16
    hidden: int = 64
    kl_weight: float = 5e-4
    sigma_weight: float = 1.0
    negative_sigma_weight: float = 1.0
    is_squashed: bool = True
    hard_negatives: int = 1
    is_deterministic: bool = False
    positive_share: float | None = None
    mask_same_image: bool = True
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    epochs: int = 16
    validation_share: float = 0.2
    patience: int = 6
    device: str = "cpu"
    is_ranking_kept: bool = False
    is_shrunk: bool = True
    members: int = 1

    def __post_init__(self) -> None:
        for name in ("components", "latent", "hidden", "hard_negatives", "batch", "members"):
            if getattr(self, name) < 1:
                raise DataError(f"{name} is {getattr(self, name)}; wanted is at least 1.")
        if self.is_deterministic and self.is_ranking_kept:
            raise DataError(
                "is_deterministic learns the mean alone and is_ranking_kept the spread alone; "
                "choose one of them."
            )

    def seed_of(self, member: int) -> int:
        """Seed of one member's weights, batches and samples; that of the first is `seed`."""
        if member == 0:
            return self.seed
        return int(np.random.SeedSequence([self.seed, member]).generate_state(1)[0])


# The share was chosen on 200 validation scenes. Comparisons of held-out queries know nothing of the
# graded truth that scenes have, so they do not decide how much of it is kept.
SCENES_CONFIG = FitConfig(positive_share=0.08, is_shrunk=False)
# Small on purpose: it has to learn one width per pair, from as little as forty captions.
CONSERVATIVE = FitConfig(
    positive_share=1 / 6,  # five others a match, half near misses: what 128 images hold of both
    is_ranking_kept=True,
    components=1,
    latent=1,
    hidden=16,
    learning_rate=1e-2,
    epochs=60,
    patience=15,
)


def split_by_image(
    caption_image: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of training and of validation images; an image's captions go where it goes.

    Args:
        caption_image: (M,), image row of each caption or -1; only images with a caption count.
        share: of the images that are held out, in (0, 1).

    Raises:
        DataError: fewer than 8 images with captions.
    """
    labelled = np.unique(caption_image[caption_image >= 0])
    if len(labelled) < FEWEST_IMAGES:
        raise DataError(
            f"{len(labelled)} images with captions are too few to fit and to check a fit; give at "
            f"least {FEWEST_IMAGES}."
        )
    shuffled = np.random.default_rng(seed).permutation(labelled)
    held_out = min(max(2, round(share * len(labelled))), len(labelled) - 2)
    return np.sort(shuffled[held_out:]), np.sort(shuffled[:held_out])
