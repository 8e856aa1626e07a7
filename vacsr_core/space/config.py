"""What a fit of the common space is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

from vacsr_core.errors import DataError

WEIGHTS = (
    "image_representation",
    "caption_representation",
    "fused_relation",
    "image_fusion",
    "caption_fusion",
    "image_relation",
    "caption_relation",
)


@dataclass(frozen=True)
class SpaceConfig:
    """Every choice of a fit. The loss is InfoNCE + distillation * (sum of weight * loss).

    Args:
        seed: of the split, the weights and the batches.
        distillation: what all distillation and relation losses are multiplied by; 0 leaves the
            cross-modal InfoNCE alone, 1 takes the weights as they are.
        image_representation, caption_representation: InfoNCE of the students to their teachers.
        fused_relation: |R_F - R_E|, the students' cross-modal cosines against the fused teachers'.
        image_fusion, caption_fusion: |R_I - R_E| and |R_T - R_E|; with frozen teachers these two
            move the fusion alone, and nothing where they weigh the same.
        image_relation, caption_relation: the cosines among student images against R_I, and among
            student captions against R_T. The paper has neither; 5 was chosen over 1 on validation
            images of the photos that the embedded backbone was not trained on.
        is_centred: compare the cosines across the modalities with R_E up to a constant. They lie
            lower, all of them alike: that is the gap between the modalities, and closing it would
            move every item. False as in the paper.
        is_one_hot: the representations' target is each item's own teacher alone, as in the paper.
            False takes what that teacher sees, so that the loss is least at the identity.
        temperature: of both InfoNCEs, in units of the cosine, and fixed while it fits. None takes
            the one under which the unadapted features' own pairs are most likely.
        hidden: width of the residual heads.
        epochs: at most so many.
        batch: pairs a step.
        learning_rate, weight_decay: of AdamW with a cosine schedule.
        validation_share: share of the images held out for early stopping, in (0, 1).
        patience: epochs without a better validation loss before the fit stops.
        device: "cpu", "cuda" or "mps".

    Raises:
        DataError: a weight below 0, a temperature that is not above 0, or a count below 1.

    Source: arXiv 2412.10761, the weights of its losses.
    """

    seed: int = 0
    distillation: float = 1.0
    image_representation: float = 1.0
    caption_representation: float = 2.0
    fused_relation: float = 2.0
    image_fusion: float = 1.0
    caption_fusion: float = 1.0
    image_relation: float = 5.0
    caption_relation: float = 5.0
    is_centred: bool = True
    is_one_hot: bool = False
    temperature: float | None = None
    hidden: int = 128
    epochs: int = 15
    batch: int = 256
    learning_rate: float = 3e-4
    weight_decay: float = 0.01
    validation_share: float = 0.2
    patience: int = 4
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in ("distillation", *WEIGHTS):
            if not getattr(self, name) >= 0:
                raise DataError(f"{name} is {getattr(self, name)}; a weight is 0 or more.")
        if self.temperature is not None and not self.temperature > 0:
            raise DataError(f"temperature is {self.temperature}; wanted is a number above 0.")
        for name in ("hidden", "batch"):
            if getattr(self, name) < 1:
                raise DataError(f"{name} is {getattr(self, name)}; wanted is at least 1.")
        if not 0 < self.validation_share < 1:
            raise DataError(
                f"validation_share is {self.validation_share}; wanted is one in (0, 1)."
            )


# The losses of arXiv 2412.10761 alone and as they stand there; give it as keywords.
AS_IN_THE_PAPER = {
    "image_relation": 0.0,
    "caption_relation": 0.0,
    "is_centred": False,
    "is_one_hot": True,
}
