"""Background work with progress and Stop, so that a page stays usable while something takes long.

A job's thread never touches Streamlit: it writes into its `Job`, and the page reads from there.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import streamlit as st

from app_pages.parts.text import plain
from vacsr_core.errors import CancelledError, VacsrError

REDRAW_SECONDS = 0.4
PATIENCE_SECONDS = 1.0  # shorter work is waited for: a bar that flashes past only disturbs
THREADS = "vacsr job"
_JOBS = "_jobs"


class Job:
    """One piece of work in its own thread.

    Args:
        key: what the work is for; a page compares it to see whether the result is still wanted.
        title: one short sentence without user text, such as "Reading images".
        work: called with a progress callback `(fraction in [0, 1], text)`, which raises
            CancelledError once `stop` was called.
    """

    def __init__(self, key: Hashable, title: str, work: Callable[[Callable], Any]) -> None:
        self.key = key
        self.title = title
        self.fraction = 0.0
        self.text = ""
        self.result: Any = None
        self.error: VacsrError | None = None
        self.is_cancelled = False
        self.started = time.monotonic()
        self._stop = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(work,), name=f"{THREADS}: {title}", daemon=True
        )
        self._thread.start()

    def _run(self, work: Callable[[Callable], Any]) -> None:
        try:
            self.result = work(self.progress)
        except CancelledError:
            self.is_cancelled = True
        except VacsrError as error:
            self.error = error
        except Exception as error:  # a thread that dies in silence would leave the bar standing
            logging.getLogger(__name__).exception("The job %r failed", self.title)
            self.error = VacsrError(
                f"This could not be finished ({type(error).__name__}: {error}). What was there "
                "before is unchanged; try again, or with fewer items."
            )
        finally:
            self._done.set()

    def progress(self, fraction: float, text: str = "") -> None:
        """Note how far the work is. Raises CancelledError once the job was told to stop."""
        if self._stop.is_set():
            raise CancelledError("Stopped on request; what was finished before is kept.")
        self.fraction = min(max(float(fraction), 0.0), 1.0)
        self.text = text

    @property
    def standing(self) -> str:
        """How far the work is: its share in per cent, or the seconds gone before a first share."""
        if self.fraction == 0.0:
            return f"{time.monotonic() - self.started:.0f} s"
        return f"{self.fraction:.0%}"

    @property
    def should_stop(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    @property
    def is_done(self) -> bool:
        """Whether the work has ended, well or not."""
        return self._done.is_set()

    def stop(self) -> None:
        """Ask the work to stop; it does so at its next call of `progress`."""
        self._stop.set()

    def wait(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Wait for the end, at most so long; True where it came."""
        return self._done.wait(seconds)


def start(name: str, key: Hashable, title: str, work: Callable[[Callable], Any]) -> Job:
    """Start a job of this session under a name; one that runs under it is told to stop."""
    old = find(name)
    if old is not None:
        old.stop()
    job = Job(key, title, work)
    st.session_state.setdefault(_JOBS, {})[name] = job
    return job


def find(name: str) -> Job | None:
    """The session's job of that name, running or ended; None where there is none."""
    return st.session_state.get(_JOBS, {}).get(name)


def forget(name: str) -> None:
    """Drop an ended job and its result, or stop a running one."""
    job = st.session_state.get(_JOBS, {}).pop(name, None)
    if job is not None:
        job.stop()


def finished(name: str) -> Job | None:
    """The session's job of that name if it has ended; it is then forgotten."""
    job = find(name)
    if job is None or not job.is_done:
        return None
    forget(name)
    return job


@contextlib.contextmanager
def taking_over(name: str) -> Iterator[Job | None]:
    """The session's job of that name if it has ended, forgotten once the block is through.

    A run that a click cuts short inside the block leaves the job to the next run, which takes it
    over again: the block must stand that.
    """
    held = st.session_state.get(_JOBS, {})
    job = held.get(name)
    if job is None or not job.is_done:
        yield None
        return
    try:
        yield job
    except Exception:  # what is wrong now would be wrong in every run; a cut is no Exception
        held.pop(name, None)
        raise
    held.pop(name, None)


def show_or_explain(name: str, stopped: str = "Stopped. What was finished is kept.") -> None:
    """Draw how far a job is, or why an ended one gave nothing, with a way on.

    A job that has ended well while the page was being drawn makes the page run again.

    Args:
        name: the job's name; nothing is drawn where there is none.
        stopped: what to say of a job that was stopped.
    """
    job = find(name)
    if job is None:
        return
    if not job.is_done:
        show(name)
        return
    if job.result is not None:
        st.rerun()
    if job.error is not None:
        st.warning(plain(str(job.error)), icon=":material/error:")
    else:
        st.info(stopped, icon=":material/pause:")
    label = "Try again" if job.error is not None else "Go on"
    st.button(label, key=f"_again_{name}", on_click=forget, args=(name,), type="primary")


@st.fragment(run_every=REDRAW_SECONDS)
def show(name: str) -> None:
    """Draw how far a running job is, with a Stop button; rerun the page when it has ended."""
    job = find(name)
    if job is None:
        return
    if job.is_done:
        st.rerun()
    with st.container(border=True):
        words = plain(f"{job.title} · {job.text}" if job.text else job.title)
        st.progress(job.fraction, text=f"{words} · {job.standing}")
        label = "Stopping …" if job.should_stop else "Stop"
        st.button(label, key=f"_stop_{name}", disabled=job.should_stop, on_click=job.stop)
