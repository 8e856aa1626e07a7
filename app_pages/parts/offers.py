"""What becomes of a fit that a person asked for: kept or discarded, and a keep can be undone.

All of it lies in the session, by model: no other session sees an offer or what was kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import engines, library_state
from app_pages.parts.text import counted

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.trial_fit import Trial

_OFFERS, _UNDO, _NOTE = "_fit_offers", "_fit_undo", "_fit_note"
MOST_UNDO = 5  # fits kept in memory to go back to; each takes up to 200 kB


@dataclass(frozen=True)
class Offer:
    """A fit that waits for a yes or a no, and the key of the pairs that it learnt from."""

    trial: Trial
    key: str


def put(choice: engines.Choice, trial: Trial, key: str) -> None:
    """Offer a fit for one model; it takes the place of one that was offered before."""
    st.session_state.setdefault(_OFFERS, {})[choice] = Offer(trial, key)


def offer() -> Offer | None:
    """What is on offer for the session's model."""
    return st.session_state.get(_OFFERS, {}).get(engines.choice())


def keep() -> None:
    """Use what is on offer, in this session alone, and store it for who has the same pairs."""
    found = _taken()
    if found is None:
        return
    choice = engines.choice()
    steps = st.session_state.setdefault(_UNDO, {}).setdefault(choice, [])
    steps.append((engines.own_adapters(), found.key))
    del steps[:-MOST_UNDO]
    engines.set_own_adapters(choice, found.trial.adapters, found.key)
    _store(found.trial.adapters, found.key)
    st.session_state[_NOTE] = "The new fit is in use, in your session only."


def discard() -> None:
    """Let go of what is on offer; the adapters in use stay."""
    if _taken() is not None:
        st.session_state[_NOTE] = "Discarded. The adapter in use before stays in use."


def _taken() -> Offer | None:
    return st.session_state.get(_OFFERS, {}).pop(engines.choice(), None)


def can_undo() -> bool:
    """Whether a fit was kept for the session's model that can be given up again."""
    return bool(st.session_state.get(_UNDO, {}).get(engines.choice()))


def undo() -> None:
    """Go back to the adapters before the last fit that was kept, here and on disk."""
    if not can_undo():
        return
    choice = engines.choice()
    before, key = st.session_state[_UNDO][choice].pop()
    engines.set_own_adapters(choice, *(before or (None,)))
    _store(before[0] if before is not None and before[1] == key else None, key)
    st.session_state[_NOTE] = "Undone: the adapter before it is in use again."


def forget_undo() -> None:
    """Offer no way back any more: another adapter was chosen meanwhile."""
    st.session_state.get(_UNDO, {}).pop(engines.choice(), None)
    forget_note()


def _store(adapters: Adapters | None, key: str) -> None:
    """Put adapters on disk under the key of the pairs; None takes away what is there."""
    from vacsr_core import stored_adapters

    backbone_id = engines.engine().backbone.backbone_id
    try:
        if adapters is None:
            stored_adapters.drop_own(backbone_id, key)
        else:
            stored_adapters.store(adapters, backbone_id, key)
    except OSError as error:
        library_state.add_banner(
            "fit", f"The fit is in use, but could not be stored for the next start: {error}"
        )


def note() -> str | None:
    """What was last done with a fit, in a sentence without user text."""
    return st.session_state.get(_NOTE)


def note_stop(epochs: int) -> None:
    """Say that a fit was stopped after so many whole epochs."""
    st.session_state[_NOTE] = (
        f"Stopped after {counted(epochs, 'epoch')}. The adapter in use before stays in use, and "
        "what was read of pictures and captions is kept for the next fit."
    )


def forget_note() -> None:
    """Take the sentence away."""
    st.session_state.pop(_NOTE, None)
