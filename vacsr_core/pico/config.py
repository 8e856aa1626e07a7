"""What a fit of PICO, or of one of its controls, is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

from vacsr_core.errors import DataError

CONTROLS = ("pico", "none", "sign", "random", "correlation")
FEWEST_PAIRS = 8  # matched pairs; below, not even a sign can be told from chance


@dataclass(frozen=True)
class PicoConfig:
    """Every choice of a fit of column weights.

    Args:
        control: "pico", or what it is compared with: "none" (every p is 1), "sign" (p is the
            pseudo-semantic probability alone), "random" (uniform p), "correlation" (p is the
            correlation of a column over matched pairs, negative ones 0).
        prototypes: style prototypes of each modality; fewer where there are fewer columns.
        rounds: at most so many candidates are tried.
        bank: tokens of each modality that a column is described by.
        seed: of the split, the bank and the candidates.
        validation_share: share of the labelled images whose retrieval gives the feedback.
        gain_scale: standard errors of the validation figure that a gain counts in.
        tolerance: mean change of p at which the construction is stable and stops.

    Raises:
        DataError: an unknown control, or a number out of its range.
    """

    control: str = "pico"
    prototypes: int = 8
    rounds: int = 10
    bank: int = 2_000
    seed: int = 0
    validation_share: float = 0.2
    gain_scale: float = 0.25
    tolerance: float = 2e-3

    def __post_init__(self) -> None:
        if self.control not in CONTROLS:
            raise DataError(f"control is {self.control!r}; choose one of {', '.join(CONTROLS)}.")
        for name in ("prototypes", "rounds"):
            if getattr(self, name) < 1:
                raise DataError(f"{name} is {getattr(self, name)}; wanted is at least 1.")
        if self.bank < 2:
            raise DataError(f"bank is {self.bank}; wanted are at least 2 tokens.")
        if not 0.0 < self.validation_share < 1.0:
            raise DataError(
                f"validation_share is {self.validation_share}; wanted is a share between 0 and 1."
            )
        if self.gain_scale <= 0.0 or self.tolerance < 0.0:
            raise DataError(
                f"gain_scale is {self.gain_scale} and tolerance {self.tolerance}; wanted are a "
                "number above 0 and one not below 0."
            )
