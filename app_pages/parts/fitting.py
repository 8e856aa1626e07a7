"""The fit of this session's model: started by itself where there is none, or on request; for whom.

A fit on drawn scenes holds nothing of anybody: it is stored and shared by all sessions. A fit that
learnt from a person's labelled pairs stays in that person's session; on disk it lies under a hash
of those pairs, so that only who brings the same pairs again finds it. What a person asked for is
offered first, and used and stored once it is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import engines, jobs, library_state, offers
from app_pages.parts.own_pairs import OwnPairs, encoded, own_pairs
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.engine import Engine
    from vacsr_core.trial_fit import FitChoices, Trial

_DECLINED, _LOOKED, _EPOCHS = "_fit_declined", "_fit_looked_for", "_fit_epochs"
_one_on_scenes = threading.Lock()  # thirty sessions that choose one model fit it once


def start() -> None:
    """Fit the session's model in the background, on scenes and the session's own pairs.

    The result is used at once: this is for a model that has no adapter yet.
    """
    choice = engines.choice()
    if engines.shelf().ready(choice) is not None:
        st.session_state.setdefault(_DECLINED, set()).discard(choice)
        _start(own_pairs(), None, None)


def start_trial(choices: FitChoices) -> None:
    """Fit on the session's own pairs as a person chose; the result is offered, not used yet."""
    engine = engines.engine_if_loaded()
    if engine is not None:
        offers.forget_note()
        _start(own_pairs(), choices, engine.adapters)


def _start(pairs: OwnPairs | None, choices: FitChoices | None, before: Adapters | None) -> None:
    choice = engines.choice()
    shared, epochs = engines.shelf().ready(choice), []
    st.session_state[_EPOCHS] = epochs
    jobs.start(
        "fit",
        (choice, pairs.key if pairs else "", choices is not None),
        "Fitting the adapter",
        lambda progress: _fit(shared, pairs, choices, before, progress, epochs.append),
    )


def epochs() -> list[dict]:
    """The epochs of the last fit of this session that have ended so far."""
    return list(st.session_state.get(_EPOCHS, ()))


def _fit(
    shared: Engine,
    pairs: OwnPairs | None,
    choices: FitChoices | None,
    before: Adapters | None,
    progress: Callable,
    on_epoch: Callable,
) -> Trial:
    """In the job's thread: never touches Streamlit."""
    from vacsr_core import stored_adapters
    from vacsr_core.pair_sets import part_of
    from vacsr_core.trial_fit import Trial, try_fit

    if pairs is None:
        while not _one_on_scenes.acquire(timeout=0.2):
            progress(0.0, "waiting for another fit on drawn scenes")
        try:
            if not shared.adapters.is_fitted:
                fitted = try_fit(shared, None, progress=progress, on_epoch=on_epoch).adapters
                stored_adapters.store(fitted, shared.backbone.backbone_id)
                shared.adapters = fitted
            return Trial(shared.adapters)
        finally:
            _one_on_scenes.release()
    own = encoded(shared, pairs, part_of(progress, 0.0, 0.2))
    rest = part_of(progress, 0.2, 1.0)
    trial = try_fit(shared, own, pairs.image_keys, choices, before, rest, on_epoch)
    if choices is None:
        stored_adapters.store(trial.adapters, shared.backbone.backbone_id, pairs.key)
    return trial


def collect() -> None:
    """Take over what an ended fit brought, and start a first one where the model has none."""
    job = jobs.finished("fit")
    if job is not None:
        choice, key, is_asked_for = job.key
        if job.error is not None:
            library_state.add_banner("fit", str(job.error))
        if job.result is None:  # stopped or failed: ask before trying again
            st.session_state.setdefault(_DECLINED, set()).add(choice)
            if job.is_cancelled and is_asked_for:
                offers.note_stop(len(epochs()))
        elif is_asked_for:
            offers.put(choice, job.result, key)
        elif key:
            engines.set_own_adapters(choice, job.result.adapters, key)
    begin_if_needed()


def begin_if_needed() -> None:
    """Bring back the fit on the same pairs, or begin a first one where there is no adapter."""
    choice = engines.choice()
    shared = engines.shelf().ready(choice)
    if shared is None or engines.own_adapters() is not None or offers.offer() is not None:
        return
    pairs, job = own_pairs(), jobs.find("fit")
    if pairs is not None and _bring_back(shared, choice, pairs):
        return
    is_declined = choice in st.session_state.get(_DECLINED, set())
    is_running = job is not None and job.key[0] == choice
    if not (shared.adapters.is_fitted or is_declined or is_running):
        start()


def keep() -> None:
    """Use the fit on offer from now on, in this session, and store it for the same pairs."""
    found = offers.offer()
    if found is not None:
        _do_not_bring_back(found.key)
        offers.keep()


def undo() -> None:
    """Go back to the adapters that were in use before the last fit that was kept."""
    st.session_state.setdefault(_DECLINED, set()).add(engines.choice())
    offers.undo()


def go_back() -> None:
    """Use the shared adapters again in this session; the fit on these pairs is not brought back."""
    pairs = own_pairs()
    if pairs is not None:
        _do_not_bring_back(pairs.key)
    offers.forget_undo()
    engines.set_own_adapters(engines.choice(), None)


def _do_not_bring_back(key: str) -> None:
    st.session_state.setdefault(_LOOKED, set()).add((engines.choice(), key))


def _bring_back(shared: Engine, choice: engines.Choice, pairs: OwnPairs) -> bool:
    """Use the stored fit on exactly these pairs, looked for once a session."""
    if (choice, pairs.key) in st.session_state.setdefault(_LOOKED, set()):
        return False
    _do_not_bring_back(pairs.key)
    from vacsr_core import stored_adapters

    try:
        found = stored_adapters.find_own(shared.backbone, pairs.key)
    except VacsrError:  # damaged: a new fit takes its place
        return False
    if found is not None:
        engines.set_own_adapters(choice, found, pairs.key)
    return found is not None
