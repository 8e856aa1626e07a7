"""What every test shares: caches and fits of the machine's user are never read or written."""

import os
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

if "PYTEST_XDIST_WORKER" in os.environ:  # a process for each core: one thread each is enough
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_folder = tempfile.TemporaryDirectory(prefix="vacsr-tests-", ignore_cleanup_errors=True)
os.environ["VACSR_CACHE"] = str(Path(_folder.name) / "cache")
os.environ["VACSR_DATA"] = str(Path(_folder.name) / "data")


def pytest_collection_modifyitems(items):
    """The browser's journeys first, since they are long, and the map's last.

    Two processes take the tests one by one in this order (`--dist loadgroup` without groups).
    """

    def place(item) -> int:
        path = Path(item.fspath)
        if path.stem == "test_space_journey":
            return 2
        return 0 if path.parent.name == "browser" else 1

    items.sort(key=place)


def pytest_sessionfinish():
    """What pages began in the background ends first: PyTorch aborts in a thread cut off midway."""
    for thread in threading.enumerate():
        if thread.name.startswith("vacsr"):
            thread.join(120)
