"""Fitting the stages before VACSR, and behind each of them what follows in the chain.

Every stage can be switched off, so there is a pair adapter for each rest of the chain: behind
PICO's weights, behind the common space, and behind both, where the space is that of the weighted
columns. How the pair adapters are fitted is up to `first_fit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from vacsr_core import rank_figures
from vacsr_core.adapters import BEFORE, STAGES, Adapters
from vacsr_core.errors import DataError
from vacsr_core.first_fit import fit_sets, own_images
from vacsr_core.fit_config import FitConfig, split_by_image
from vacsr_core.pair_sets import PairSet, join, part_of

FIGURES = "stages"  # in a fit's history: how each choice of stages ranks left-out pairs
CHOICES = ((), ("pico",), ("space",), BEFORE)


def add_stages(
    adapters: Adapters,
    sets: Sequence[PairSet],
    stages: Sequence[str] = BEFORE,
    how: str = "conservative",
    config: FitConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Adapters:
    """Fit stages before VACSR; one that is there already and is not named stays as it is.

    Args:
        adapters: their own pair adapter, for the plain features, stays as it is.
        sets: pairs of the same backbone; "pico" looks at their tokens where all have some.
        stages: "pico", "space" or both.
        how, config: of the pair adapters behind, see `first_fit.fit_sets`.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked between steps; True stops.

    Returns:
        Adapters with these stages. `history["stages"]` holds how the cosine behind each choice of
        stages ranks own pairs that were left out, and `default_stages` those that rank no worse
        than the plain features.

    Raises:
        DataError: an unknown stage, or too few images with captions.
        CancelledError: stopped on request.
    """
    if not stages or set(stages) - set(BEFORE):
        raise DataError(f"stages to fit are {tuple(stages)}; choose from {', '.join(BEFORE)}.")
    config = config or FitConfig()
    known = {name: getattr(adapters, name) for name in BEFORE if name not in stages}
    known = {name: stage for name, stage in known.items() if stage is not None}
    wanted = tuple(name for name in BEFORE if name in stages or name in known)
    fit = partial(fit_sets, how=how, config=config, should_stop=should_stop)
    made = partial(_stage, config=config, should_stop=should_stop)
    found = _chained(adapters, sets, wanted, known, fit, made, progress)
    figures = ranking_figures(found, sets, config)
    history = found.history | {FIGURES: figures}
    return replace(found, default_stages=_no_worse(figures), history=history)


def _chained(
    adapters: Adapters,
    sets: Sequence[PairSet],
    wanted: tuple[str, ...],
    known: Mapping[str, object],
    fit: Callable,
    made: Callable,
    progress: Callable | None,
) -> Adapters:
    """Adapters with the wanted stages on these features, and behind each what follows it."""
    stages, behind, records = {}, {}, {}
    for place, name in enumerate(wanted):
        part = part_of(progress, place / len(wanted), (place + 1) / len(wanted))
        stage = known.get(name)
        if stage is None:
            stage, records[name] = made(name, sets, progress=part_of(part, 0.0, 0.4))
        changed, rest = [_changed(each, name, stage) for each in sets], wanted[place + 1 :]
        end = 0.7 if rest else 1.0
        after = fit(changed, progress=part_of(part, 0.4, end))
        if rest:  # what was fitted on the plain features is not what follows here
            after = _chained(after, changed, rest, {}, fit, made, part_of(part, end, 1.0))
        stages[name], behind[name] = stage, after
    return replace(adapters, **stages, behind=behind, history=adapters.history | records)


def _stage(
    name: str,
    sets: Sequence[PairSet],
    config: FitConfig,
    progress: Callable | None,
    should_stop: Callable[[], bool] | None,
):
    """Fit one stage on all pairs together; returns it and what its fit was like."""
    joined = join(sets)
    rows = (joined.images, joined.captions, joined.caption_image)
    control = {"progress": progress, "should_stop": should_stop}
    if name == "pico":
        from vacsr_core.pico import PicoConfig, fit_pico

        columns = fit_pico(*rows, PicoConfig(seed=config.seed), **control, views=joined.views)
        return columns, {"rounds": len(columns.history)}
    from vacsr_core.space import SpaceConfig, fit_space

    fitted = fit_space(*rows, SpaceConfig(seed=config.seed, device=config.device), **control)
    return fitted.space, fitted.history


def _changed(part: PairSet, name: str, stage) -> PairSet:
    change = stage.weigh if name == "pico" else stage.project
    return replace(part, images=change(part.images), captions=change(part.captions))


def ranking_figures(
    adapters: Adapters, sets: Sequence[PairSet], config: FitConfig
) -> dict[str, dict[str, float]]:
    """How the cosine behind each choice of stages ranks the own images that a fit left out.

    Returns:
        By the stages, joined by "+" ("" for none): two_alternative and recall_at_1, the mean of
        both directions, in [0, 1]. Nothing where fewer than two own images were left out.
    """
    joined = join(sets)
    _, held_out = split_by_image(joined.caption_image, config.validation_share, config.seed)
    is_own = own_images(sets)
    chosen = held_out[is_own[held_out]] if is_own.any() else held_out
    if len(chosen) < 2:
        return {}
    part, found = joined.of_images(chosen), {}
    for stages in CHOICES:
        if adapters.stages_before(stages) != stages:
            continue
        images = adapters.common_space(part.images, stages)
        captions = adapters.common_space(part.captions, stages)
        scores, labels = images @ captions.T, (part.caption_image, part.marked)
        recall = rank_figures.recall_at(scores, labels[0], 1, labels[1])
        found["+".join(stages)] = {
            "two_alternative": rank_figures.two_alternative(scores, *labels),
            "recall_at_1": float(np.mean(recall)),
        }
    return found


def _no_worse(figures: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    """The choice of most stages that ranks no worse than none of them, and VACSR."""
    plain = figures.get("", {})
    good = [
        stages
        for stages in CHOICES
        if "+".join(stages) in figures
        and all(figures["+".join(stages)][name] >= value for name, value in plain.items())
    ]
    best = max(good, key=lambda stages: (len(stages), figures["+".join(stages)]["recall_at_1"]),
               default=())  # fmt: skip
    return tuple(name for name in STAGES if name in (*best, "vacsr"))
