"""The weights that are compared: PICO, with and without views, and every control."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vacsr_core.features import Features
from vacsr_core.pico import CONTROLS, PicoConfig, StyleViews, fit_pico
from vacsr_core.pico.views import deviations

NAMES = {
    "pico": "PICO",
    "none": "none (p = 1)",
    "sign": "p-hat only (sign)",
    "random": "random",
    "correlation": "correlation",
}
WITH_VIEWS, VIEWS_ALONE = "PICO, style views", "1 - variance within views"


@dataclass(frozen=True, eq=False)
class FitData:
    """What weights are fitted on.

    Args:
        images, captions, owner: as of `fit_pico`.
        views: sets of views of the images, each under a name that is added to the row's; "" first.
    """

    images: Features
    captions: Features
    owner: np.ndarray
    views: dict[str, StyleViews]

    def half(self, which: int) -> FitData:
        """Every other image, with its captions and views."""
        rows = np.arange(which, len(self.images), 2)
        columns = np.flatnonzero(np.isin(self.owner, rows))
        views = {}
        for name, view in self.views.items():
            kept = np.flatnonzero(np.isin(view.row, rows))
            views[name] = StyleViews(view.features[kept], np.searchsorted(rows, view.row[kept]))
        owner = np.searchsorted(rows, self.owner[columns])
        return replace(
            self,
            images=self.images[rows],
            captions=self.captions[columns],
            owner=owner,
            views=views,
        )


def all_weights(data: FitData, seed: int) -> dict[str, np.ndarray]:
    """p of every contender, float32 (D,), by the name of its row."""
    given = data.images, data.captions, data.owner
    found = {
        NAMES[control]: fit_pico(*given, PicoConfig(control=control, seed=seed)).probability
        for control in CONTROLS
    }
    for name, views in data.views.items():
        said = f", {name}" if name else ""
        fitted = fit_pico(*given, PicoConfig(seed=seed), views=views)
        found[WITH_VIEWS + said] = fitted.probability
        vectors = np.concatenate([data.images.vectors, views.features.vectors])
        group = np.concatenate([np.arange(len(data.images)), views.row])
        # The simplest rival that knows the same views: no prototypes, no feedback.
        found[VIEWS_ALONE + said] = (1.0 - deviations(vectors, group)[1]).astype(np.float32)
    return found
