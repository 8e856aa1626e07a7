"""Loaded engines, shared by all sessions; which one a session uses, and the way back to embedded.

Importing the engine brings torch, which takes seconds: it happens inside functions, and in the
background once the first page stands.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts.library_state import add_banner
from vacsr_core.backbones import EMBEDDED
from vacsr_core.errors import BackboneError

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.engine import Engine

MOST_ENGINES = 3  # a large model takes gigabytes
FIRST_PAGE_SECONDS = 1.5  # importing the model takes turns with serving the first page
_CHOICE, _OWN = "_backbone", "_own_adapters"
Choice = tuple[str, str]  # (backbone name, device)
DEFAULT: Choice = (EMBEDDED, "auto")


class EngineShelf:
    """Engines by (backbone name, device); the one used longest ago leaves first."""

    def __init__(self) -> None:
        self._engines: OrderedDict[Choice, Engine] = OrderedDict()
        self._lock = threading.Lock()  # guards the dictionary, for moments
        self._loading = threading.Lock()  # one load at a time, for seconds or minutes

    def ready(self, choice: Choice) -> Engine | None:
        """The engine if it is loaded."""
        with self._lock:
            if choice in self._engines:
                self._engines.move_to_end(choice)
            return self._engines.get(choice)

    def load(self, choice: Choice, progress: Callable | None = None) -> Engine:
        """The engine, loaded at most once however many sessions ask for it.

        Raises:
            BackboneError: its weights cannot be had.
            CancelledError: from `progress`, also while another session's load is waited for.
        """
        while not self._loading.acquire(timeout=0.2):
            if progress is not None:
                progress(0.0, "waiting for a model that is being loaded")
        try:
            found = self.ready(choice)
            if found is None:
                from vacsr_core.engine import Engine

                found = Engine.load(*choice, progress=progress)
                with self._lock:
                    self._engines[choice] = found
                    while len(self._engines) > MOST_ENGINES:
                        self._engines.popitem(last=False)
            return found
        finally:
            self._loading.release()


@st.cache_resource(show_spinner=False)
def shelf() -> EngineShelf:
    """The one shelf of this server."""
    return EngineShelf()


def choice() -> Choice:
    """The (backbone name, device) that this session uses."""
    return st.session_state.get(_CHOICE, DEFAULT)


def choose(name: str, device: str) -> None:
    """Use another backbone from now on; load it first, so that this cannot fail."""
    st.session_state[_CHOICE] = (name, device)


def engine() -> Engine:
    """The session's engine, loaded if need be.

    Raises:
        BackboneError: not even the embedded backbone can be loaded.
    """
    found = shelf().ready(choice())
    if found is None:
        with st.spinner("Loading the model …"):
            found, fallen_back = load_or_embedded(shelf(), choice())
        note_fallback(fallen_back)
    return _mine(found)


def engine_if_loaded() -> Engine | None:
    """The session's engine where it is loaded, else None; never waits."""
    return _mine(shelf().ready(choice()))


def own_adapters() -> tuple[Adapters, str] | None:
    """Adapters that learnt from this session's pairs, for its backbone, and the key of the pairs.

    They lie in the session alone: what learnt from a person's pairs is for that person.
    """
    return st.session_state.get(_OWN, {}).get(choice())


def set_own_adapters(backbone: Choice, adapters: Adapters | None, pairs_key: str = "") -> None:
    """Use adapters for one backbone in this session only; None goes back to the shared ones."""
    held = st.session_state.setdefault(_OWN, {})
    if adapters is None:
        held.pop(backbone, None)
    else:
        held[backbone] = (adapters, pairs_key)


def _mine(shared: Engine | None) -> Engine | None:
    """A shared engine as this session sees it: with its own adapters where it has some."""
    own = own_adapters()
    return shared if shared is None or own is None else shared.with_adapters(own[0])


def load_or_embedded(
    engines: EngineShelf, wanted: Choice, progress: Callable | None = None
) -> tuple[Engine, BackboneError | None]:
    """Load an engine, or the embedded one where the wanted weights cannot be had.

    Returns:
        The engine, and the error that made it the embedded one, else None.
    """
    try:
        return engines.load(wanted, progress), None
    except BackboneError as error:
        if wanted == DEFAULT:
            raise
        return engines.load(DEFAULT, progress), error


def note_fallback(error: BackboneError | None) -> None:
    """Say in a banner why the embedded backbone is in use, and stay with it."""
    if error is not None:
        st.session_state[_CHOICE] = DEFAULT
        add_banner("backbone", f"{error} The embedded model is used instead.")


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Load the embedded engine in the background, once per server."""
    engines = shelf()

    def load() -> None:
        time.sleep(FIRST_PAGE_SECONDS)
        try:
            engines.load(DEFAULT)
        except Exception:  # whoever needs the engine meets the same error where it can be shown
            return

    thread = threading.Thread(target=load, name="vacsr warm-up", daemon=True)
    thread.start()
    return thread
