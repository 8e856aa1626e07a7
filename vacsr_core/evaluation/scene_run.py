"""Drawn scenes and the adapters as they are: what `evaluate` measures when nothing is named."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

from vacsr_core.evaluation import roster, sources
from vacsr_core.evaluation.commands import load_engine
from vacsr_core.evaluation.plan import fixed
from vacsr_core.evaluation.report import Report
from vacsr_core.evaluation.run import run
from vacsr_core.evaluation.scene_facts import TABLE, as_trial, evaluate_on_scenes
from vacsr_core.evaluation.summary import summarise


def run_scenes(given: argparse.Namespace, progress: Callable) -> Report:
    """The facts of every draw, and the protocol on the drawn scenes' full descriptions."""
    from vacsr_core.engine import SCENES_CONFIG

    engine = load_engine(given, progress)
    trials = []
    for seed in dict.fromkeys(given.seeds):
        if given.refit:
            engine.fit_on_scenes(replace(SCENES_CONFIG, seed=seed), progress, is_kept=False)
        drawn = sources.from_scenes(engine, given.scenes, seed, progress)
        plan = fixed(None, (drawn,), (seed,))
        entry = roster.shipped(engine.adapters)
        (measured,) = run(plan, [entry], (), given.checkpoint, progress)
        facts = as_trial(
            evaluate_on_scenes(engine, seed, given.scenes, progress), drawn.name, entry.name
        )
        trials.append(replace(measured, numbers=measured.numbers | facts.numbers))
    kinds = {roster.SHIPPED: "ours"}
    split = f"nothing fitted here; adapters of {engine.adapters.fitted_on}"
    report = summarise(trials, kinds, drawn.name, split, given.command, roster.BASELINE)
    print(f"backbone {engine.backbone.backbone_id}; adapters: {engine.adapters.fitted_on}")
    print(f"held-out scenes; {given.scenes} images a seed; seeds {given.seeds}; mean ± std")
    for figure in report.find(table=TABLE):
        spread = float("nan") if figure.spread is None else figure.spread
        print(f"{figure.measure:28} {figure.value:.3f} ± {spread:.3f}")
    return report
