"""What every test shares: caches and fits of the machine's user are never read or written."""

import os
import sys
import tempfile
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

if "PYTEST_XDIST_WORKER" in os.environ:  # a process for each core: one thread each is enough
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_folder = tempfile.TemporaryDirectory(prefix="vacsr-tests-", ignore_cleanup_errors=True)
os.environ["VACSR_CACHE"] = str(Path(_folder.name) / "cache")
os.environ["VACSR_DATA"] = str(Path(_folder.name) / "data")


def pytest_collection_modifyitems(items):
    """Of two processes one drives the browser from the start, the other goes on file by file.

    The map's journeys come last, for whichever is through first.
    """

    def group(item) -> str:
        path = Path(item.fspath)
        is_first = path.parent.name == "browser" and path.stem != "test_space_journey"
        return "browser" if is_first else path.stem

    order = {"browser": 0, "test_space_journey": 2}
    items.sort(key=lambda item: order.get(group(item), 1))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))


def pytest_sessionfinish():
    """What pages began in the background ends first: PyTorch aborts in a thread cut off midway."""
    for thread in threading.enumerate():
        if thread.name.startswith("vacsr"):
            thread.join(120)
