"""Downloads that show progress, can be stopped, and never hang when there is no network."""

from __future__ import annotations

import os
import socket
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vacsr_core.errors import BackboneError

Result = TypeVar("Result")
Progress = Callable[[float, str], None]
_TRUE = ("1", "true", "yes", "on")


def no_network_reason(timeout_seconds: float = 8.0) -> str | None:
    """Find out, in bounded time, whether the model hub can be reached at all.

    Args:
        timeout_seconds: how long to wait for name look-up and connection together.

    Returns:
        None where it can be reached, else the reason in plain words.
    """
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(variable, "").lower() in _TRUE:
            return f"{variable} is set, which forbids downloads"
    host, port = _first_hop(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    failure: list[str] = [f"{host} did not answer within {timeout_seconds:g} seconds"]

    def connect() -> None:
        try:
            socket.create_connection((host, port), timeout=timeout_seconds).close()
            failure.clear()
        except OSError as error:
            failure[:] = [f"{host} cannot be reached ({error.strerror or error})"]

    # In a thread of its own: a name look-up without network obeys no timeout.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    return failure[0] if failure else None


def _first_hop(endpoint: str) -> tuple[str, int]:
    """Name the computer that a request to `endpoint` goes to first: it, or the proxy."""
    target = urllib.parse.urlsplit(endpoint)
    proxy = urllib.request.getproxies().get(target.scheme)
    if proxy and target.hostname and not urllib.request.proxy_bypass(target.hostname):
        target = urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    default = 443 if target.scheme == "https" else 80
    return target.hostname or "huggingface.co", target.port or default


def download_with_progress(
    download: Callable[[], Result],
    folder: Path,
    total_bytes: int | None,
    label: str,
    progress: Progress | None,
    poll_seconds: float = 0.5,
    stall_seconds: float = 60.0,
) -> Result:
    """Run a download and report how far it is by watching the folder that it fills.

    Watching the folder needs nothing from inside the downloading library, so it holds for any
    version of it. `progress` is called in the caller's thread; when it raises (cancelled), the
    caller goes on at once and what has come so far stays on disk for the next try.

    Args:
        download: does the work and returns its result; runs in another thread.
        folder: where the bytes arrive; need not exist yet.
        total_bytes: size of the whole download, None where unknown.
        label: what is downloaded, for the text.
        progress: called as progress(fraction in [0, 1], text); None for no reports.
        poll_seconds: time between two reports.
        stall_seconds: without a new byte for so long, the download counts as failed.

    Returns:
        What `download` returned.

    Raises:
        BackboneError: no byte arrived for `stall_seconds`.
        Exception: what `download` or `progress` raised.
    """
    outcome: dict[str, object] = {}

    def work() -> None:
        try:
            outcome["result"] = download()
        except BaseException as error:
            outcome["error"] = error

    before = written = _folder_bytes(folder)
    quiet = 0.0
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        now = _folder_bytes(folder)
        quiet = 0.0 if now != written else quiet + poll_seconds
        written = now
        if quiet > stall_seconds:
            raise BackboneError(f"no data came for {stall_seconds:g} seconds")
        if progress is not None:
            progress(*_report(written - before, total_bytes, label))
        thread.join(poll_seconds)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def _report(received: int, total_bytes: int | None, label: str) -> tuple[float, str]:
    megabytes = max(received, 0) / 1e6
    if not total_bytes:
        return 0.0, f"Downloading {label}: {megabytes:.0f} MB so far"
    fraction = min(max(received, 0) / total_bytes, 1.0)
    return fraction, f"Downloading {label}: {megabytes:.0f} of {total_bytes / 1e6:.0f} MB"


def _folder_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*") if folder.is_dir() else ():
        try:
            if not path.is_symlink() and path.is_file():
                total += path.stat().st_size
        except OSError:  # a part file that was renamed meanwhile
            continue
    return total
