"""Downloads: progress from a watched folder, cancelling, stalls, and no network."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from vacsr_core.encode import download
from vacsr_core.encode.download import download_with_progress, no_network_reason
from vacsr_core.errors import BackboneError, CancelledError


@pytest.fixture
def online(monkeypatch):
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(download.urllib.request, "getproxies", dict)


class FakeDownload:
    """Writes megabyte after megabyte, each once the one before has been reported."""

    def __init__(self, folder, parts: int = 4) -> None:
        self.folder, self.parts = folder, parts
        self.reports: list[tuple[float, str]] = []
        self.seen = threading.Event()
        self.wanted = "0 "

    def report(self, fraction, text) -> None:
        self.reports.append((fraction, text))
        if text.startswith(f"Downloading Tiny: {self.wanted}"):
            self.seen.set()

    def __call__(self) -> str:
        assert self.seen.wait(20)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / "weights.incomplete"
        for count in range(1, self.parts + 1):
            self.wanted = f"{count} "
            self.seen.clear()
            with part.open("ab") as file:
                file.write(b"x" * 1_000_000)
            assert self.seen.wait(20)
        part.rename(self.folder / "weights")
        return "done"


def test_progress_follows_the_bytes_that_arrive(tmp_path):
    (tmp_path / "older").write_bytes(b"x" * 5_000_000)  # was there before: does not count
    fake = FakeDownload(tmp_path / "blobs")
    result = download_with_progress(fake, tmp_path, 4_000_000, "Tiny", fake.report, 0.01)
    fractions = [fraction for fraction, _ in fake.reports]
    assert result == "done" and fractions == sorted(fractions)
    assert {0.0, 0.25, 0.5, 0.75, 1.0} <= set(fractions) and max(fractions) == 1.0
    assert (0.5, "Downloading Tiny: 2 of 4 MB") in fake.reports


def test_without_a_known_size_the_text_counts(tmp_path):
    fake = FakeDownload(tmp_path)
    download_with_progress(fake, tmp_path, None, "Tiny", fake.report, 0.01)
    assert (0.0, "Downloading Tiny: 3 MB so far") in fake.reports


def test_cancelling_returns_at_once_and_in_the_callers_thread(tmp_path):
    release, threads = threading.Event(), []

    def cancel(fraction, text):
        threads.append(threading.current_thread())
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        download_with_progress(release.wait, tmp_path, 10, "Tiny", cancel, 0.02)
    release.set()
    assert threads == [threading.current_thread()]


def test_errors_of_the_download_come_through(tmp_path):
    def fail():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        download_with_progress(fail, tmp_path, 10, "Tiny", None, 0.02)


def test_a_stalled_download_is_given_up(tmp_path):
    release = threading.Event()
    with pytest.raises(BackboneError, match=r"no data came for 0\.1 seconds"):
        download_with_progress(release.wait, tmp_path, 10, "Tiny", None, 0.02, stall_seconds=0.1)
    release.set()


def test_forbidden_downloads(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert no_network_reason() == "HF_HUB_OFFLINE is set, which forbids downloads"


def test_a_hub_that_answers_and_one_that_refuses(online, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        assert no_network_reason() is None
    assert no_network_reason().startswith("127.0.0.1 cannot be reached (")


def test_a_proxy_is_asked_instead_of_the_hub(online, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr(download.urllib.request, "getproxies", lambda: {"https": proxy})
        monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
        assert no_network_reason() is None


def test_a_name_lookup_that_hangs_is_not_waited_for(online, monkeypatch):
    release = threading.Event()

    def hang():
        release.wait(30)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: hang())
    start = time.monotonic()
    reason = no_network_reason(timeout_seconds=0.2)
    release.set()
    assert reason == "huggingface.co did not answer within 0.2 seconds"
    assert time.monotonic() - start < 5
