"""Who is measured: the rivals, VACSR as it is, and VACSR with one switch of the fit changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from vacsr_core.adapters import Adapters
from vacsr_core.contenders import RIVALS, RivalConfig, Verdict, from_similarity
from vacsr_core.contenders.softmax import Softmax, fit_softmax
from vacsr_core.errors import DataError
from vacsr_core.evaluation.data_set import DataSet
from vacsr_core.evaluation.queries import Judge
from vacsr_core.features import Features
from vacsr_core.fit_config import CONSERVATIVE, FitConfig, split_by_image
from vacsr_core.similarity import Similarity

BASELINE = "cosine"
OURS, MEAN_ONLY, RANKING_KEPT, SHIPPED = (
    "VACSR",
    "VACSR, mean only",
    "VACSR, cosine's ranking kept",
    "VACSR as shipped",
)
FULL = FitConfig()
# What the paper's ablation and ours change, one switch at a time.
ABLATION: Mapping[str, FitConfig] = {
    "not shrunk": replace(FULL, is_shrunk=False),
    "no KL": replace(FULL, kl_weight=0.0),
    "no squash in L_σ": replace(FULL, is_squashed=False),
    "no L_σ": replace(FULL, sigma_weight=0.0),
    "K = 1": replace(FULL, components=1),
    "K = 4": replace(FULL, components=4),
    "4 hard negatives": replace(FULL, hard_negatives=4),
    "same-image captions not masked": replace(FULL, mask_same_image=False),
    "positives weigh one half, not shrunk": replace(FULL, positive_share=0.5, is_shrunk=False),
    "deterministic, sigmoid loss": replace(FULL, is_deterministic=True),
    "as the paper: not shrunk, nothing masked": replace(
        FULL, is_shrunk=False, mask_same_image=False
    ),
}


@dataclass(frozen=True)
class Entry:
    """One fit, and the contenders that come of it.

    Args:
        name: of the entry; also that of its first contender.
        kind: "rival", "ours" or "ablation".
        settings: what the fit is asked to do, as JSON holds it.
        fit: (data, seed, progress, should_stop) -> name of contender -> judge.
    """

    name: str
    kind: str
    settings: dict
    fit: Callable[..., dict[str, Judge]]


@dataclass(frozen=True, eq=False)
class FittedVacsr:
    """Adapters as a judge."""

    name: str
    adapters: Adapters

    @property
    def parameters(self) -> int:
        """Weights that were learnt, of all members."""
        networks = getattr(self.adapters, "networks", (self.adapters.vacsr,))
        return sum(value.numel() for network in networks for value in network.parameters())

    def similarity(self, images: Features, captions: Features, gallery: int | None) -> Similarity:
        return self.adapters.similarity(images, captions, gallery=gallery)

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        """Rank by the mean similarity, doubt by the distribution."""
        return from_similarity(self.similarity(images, captions, gallery), self.name)


@dataclass(frozen=True, eq=False)
class MeanOnly:
    """VACSR's decoded posterior mean as a point score, with the doubts that any score has."""

    fitted: FittedVacsr
    softmax: Softmax

    @property
    def parameters(self) -> int:
        return self.fitted.parameters

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        """Rank and doubt by the mean alone."""
        score = mean_logit(self.fitted.similarity(images, captions, gallery))
        return self.softmax.verdict(MEAN_ONLY, score, gallery=gallery)


def mean_logit(sim: Similarity) -> np.ndarray:
    """The posterior mean decoded to a logit, float32 (N, M), without its spread."""
    return (sim.logit_means @ sim.weights).astype(np.float32)


def entries(
    names: tuple[str, ...] = (), ablation: bool = False, device: str = "cpu"
) -> list[Entry]:
    """All fits that are wanted.

    Args:
        names: of contenders; none for the rivals and VACSR in both ways.
        ablation: the ablation's fits too.
        device: of the fits.

    Raises:
        DataError: an unknown name.
    """
    found = [_rival(name, device) for name in RIVALS]
    found += [
        _vacsr(OURS, "ours", FULL, device),
        _vacsr(RANKING_KEPT, "ours", CONSERVATIVE, device),
    ]
    if ablation:
        found += [_vacsr(name, "ablation", config, device) for name, config in ABLATION.items()]
    known = [entry.name for entry in found]
    if unknown := [name for name in names if name not in known]:
        raise DataError(f"Unknown contender {unknown[0]!r}; choose of: {'; '.join(known)}.")
    wanted = {*names, BASELINE} if names else set(known)
    return [entry for entry in found if entry.name in wanted or entry.kind == "ablation"]


def kinds(entries: Sequence[Entry]) -> dict[str, str]:
    """Contender -> "rival", "ours" or "ablation"."""
    found = {entry.name: entry.kind for entry in entries}
    return found | ({MEAN_ONLY: "ours"} if OURS in found else {})


def shipped(adapters: Adapters) -> Entry:
    """Adapters as they are; nothing is fitted."""
    settings = {"fitted_on": adapters.fitted_on, "history": adapters.history.get("how", "")}
    settings |= {"weights": _weights(adapters)}
    return Entry(SHIPPED, "ours", settings, lambda *_: {SHIPPED: FittedVacsr(SHIPPED, adapters)})


def _weights(adapters: Adapters) -> float:
    """One number that tells other weights."""
    return float(sum(value.double().abs().sum() for value in adapters.vacsr.state_dict().values()))


def _rival(name: str, device: str) -> Entry:
    config = RivalConfig(device=device)

    def fit(data: DataSet, seed: int, progress=None, should_stop=None) -> dict[str, Judge]:
        chosen = replace(config, seed=seed)
        given = (data.images, data.captions, data.owner, chosen, progress, should_stop)
        return {name: RIVALS[name](*given)}

    return Entry(name, "rival", asdict(config), fit)


def _vacsr(name: str, kind: str, config: FitConfig, device: str) -> Entry:
    config = replace(config, device=device)

    def fit(data: DataSet, seed: int, progress=None, should_stop=None) -> dict[str, Judge]:
        from vacsr_core.vacsr_fit import fit_adapters

        chosen = replace(config, seed=seed)
        given = (data.images, data.captions, data.owner, chosen, progress, should_stop)
        fitted = FittedVacsr(name, fit_adapters(*given))
        found: dict[str, Judge] = {name: fitted}
        if name == OURS:
            held_out = validation_part(data, seed)
            score = mean_logit(
                fitted.similarity(held_out.images, held_out.captions, len(held_out.images))
            )
            found[MEAN_ONLY] = MeanOnly(fitted, fit_softmax(score, held_out.owner, seed))
        return found

    return Entry(name, kind, asdict(config), fit)


def validation_part(data: DataSet, seed: int) -> DataSet:
    """The images that every fit under this seed keeps for its own choices."""
    _, held_out = split_by_image(data.owner, FULL.validation_share, seed)
    return data.take(held_out, f"{data.name}, validation part")
