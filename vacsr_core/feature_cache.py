"""Features on disk, so that nothing is encoded twice, not even after a restart.

One SQLite file in the user's cache folder. It may be deleted at any time and may be shared by
any number of processes: every call opens and closes its own connection. A damaged file is
replaced. Whatever goes wrong here, the caller meets a cache miss and never an error.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import platformdirs

Result = TypeVar("Result")
_FILE_NAME = "features-1.sqlite3"  # the number is the version of the tables below
_SUFFIXES = ("", "-wal", "-shm", "-journal")
_BUSY_SECONDS = 10.0  # how long to wait while another process writes
_KEYS_PER_QUERY = 500  # SQLite allows 999 parameters in its oldest builds
# Contents and their bookkeeping lie apart: noting a use then rewrites no large row.
_TABLES = """
CREATE TABLE IF NOT EXISTS content (key BLOB PRIMARY KEY, vector BLOB, extra BLOB, tokens BLOB);
CREATE TABLE IF NOT EXISTS usage (key BLOB PRIMARY KEY, bytes INTEGER, used REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS usage_by_age ON usage (used, bytes);
"""


@dataclass(frozen=True, eq=False)
class StoredFeature:
    """What is kept of one image or caption.

    Args:
        vector: float32 (D,), length 1.
        tokens: float16 (T, D) unit rows, or None where none were asked for.
        words: for captions with tokens, T strings; else None.
        is_truncated: True where the model does not read the caption to its end.
    """

    vector: np.ndarray
    tokens: np.ndarray | None = None
    words: tuple[str, ...] | None = None
    is_truncated: bool = False


def default_cache_folder() -> Path:
    """Name the cache folder: the environment's VACSR_CACHE, else the user's cache folder."""
    chosen = os.environ.get("VACSR_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("vacsr-explorer")


class FeatureCache:
    """A bounded store of features; the least recently used go first.

    Args:
        folder: where the file lies; None for `default_cache_folder()`.
        max_bytes: size cap of all contents together, in bytes.
        clock: seconds since any fixed moment; replaced in tests.
    """

    def __init__(
        self,
        folder: str | os.PathLike | None = None,
        max_bytes: int = 2_000_000_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = Path(folder) if folder is not None else default_cache_folder()
        self.max_bytes = max_bytes
        self._clock = clock
        self._bytes_since_check = max_bytes  # look at the size on the first write

    @property
    def path(self) -> Path:
        """The file; need not exist."""
        return self.folder / _FILE_NAME

    def get_many(
        self, keys: Iterable[bytes], with_tokens: bool = False
    ) -> dict[bytes, StoredFeature]:
        """Look features up, all in one go.

        Args:
            keys: content keys.
            with_tokens: whether an entry must hold tokens to count as found.

        Returns:
            What was found; unknown, damaged and token-less entries are left out.
        """
        wanted = list(dict.fromkeys(keys))
        tokens_column = "tokens" if with_tokens else "NULL"

        def read(connection: sqlite3.Connection) -> dict[bytes, StoredFeature]:
            found: dict[bytes, StoredFeature] = {}
            for start in range(0, len(wanted), _KEYS_PER_QUERY):
                chunk = wanted[start : start + _KEYS_PER_QUERY]
                marks = ",".join("?" * len(chunk))
                rows = connection.execute(
                    f"SELECT key, vector, extra, {tokens_column} FROM content "
                    f"WHERE key IN ({marks})",
                    chunk,
                )
                for key, *blobs in rows:
                    feature = _unpack(*blobs, with_tokens=with_tokens)
                    if feature is not None:
                        found[key] = feature
            now = self._clock()
            connection.executemany(
                "UPDATE usage SET used = ? WHERE key = ?", [(now, key) for key in found]
            )
            return found

        return self._attempt(read, {}) if wanted and self.path.exists() else {}

    def put_many(self, features: Mapping[bytes, StoredFeature]) -> None:
        """Keep features, all in one transaction; make room if the cap is passed.

        Args:
            features: content key -> feature; replaces what was there under the same key.
        """
        now = self._clock()
        rows = [(key, *_pack(feature)) for key, feature in features.items()]
        sizes = [(key, sum(len(b) for b in blobs if b), now) for key, *blobs in rows]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?)", rows)
            connection.executemany("INSERT OR REPLACE INTO usage VALUES (?, ?, ?)", sizes)
            self._bytes_since_check += sum(size for _, size, _ in sizes)
            # Adding up all sizes takes time in a large cache: a hundredth past the cap is fine.
            if self._bytes_since_check > self.max_bytes // 100:
                self._make_room(connection)
                self._bytes_since_check = 0

        if rows:
            self._attempt(write, None)

    def size_bytes(self) -> int:
        """Add up the contents, in bytes."""
        return self._attempt(_total_bytes, 0) if self.path.exists() else 0

    def clear(self) -> None:
        """Delete everything that is kept."""
        for suffix in _SUFFIXES:
            try:
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            except OSError:  # Windows, while another process reads; it stays a valid cache
                continue

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Delete the least recently used entries until the contents fill 90 % of the cap."""
        total = _total_bytes(connection)
        if total <= self.max_bytes:
            return
        leaving = []
        for key, size in connection.execute("SELECT key, bytes FROM usage ORDER BY used"):
            if total <= 0.9 * self.max_bytes:
                break
            leaving.append((key,))
            total -= size
        connection.executemany("DELETE FROM content WHERE key = ?", leaving)
        connection.executemany("DELETE FROM usage WHERE key = ?", leaving)

    def _attempt(self, work: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        """Do the work; replace a damaged file and try once more; else give `otherwise`."""
        for is_last in (False, True):
            try:
                with _connection(self.path) as connection:
                    return work(connection)
            except sqlite3.OperationalError:  # locked for long, disk full, folder not writable
                return otherwise
            except sqlite3.DatabaseError:  # not a database, or a damaged one
                if not is_last:
                    self.clear()
            except OSError:
                return otherwise
        return otherwise


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one piece of work, which is committed as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA auto_vacuum = FULL")  # the file shrinks when entries go
        connection.execute("PRAGMA journal_mode = WAL")  # readers and one writer side by side
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()  # rolls back what was not committed


def _total_bytes(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT COALESCE(SUM(bytes), 0) FROM usage").fetchone()[0]


def _pack(feature: StoredFeature) -> tuple[bytes, bytes, bytes | None]:
    extra = json.dumps([feature.is_truncated, feature.words])
    tokens = None
    if feature.tokens is not None:
        tokens = _seal(np.ascontiguousarray(feature.tokens, dtype="<f2").tobytes())
    vector = np.ascontiguousarray(feature.vector, dtype="<f4").tobytes()
    return _seal(vector), _seal(extra.encode()), tokens


def _unpack(
    vector: bytes, extra: bytes, tokens: bytes | None, with_tokens: bool
) -> StoredFeature | None:
    """Rebuild a feature; None where a part is damaged or the wanted tokens are not there."""
    try:
        row = np.frombuffer(_unseal(vector), dtype="<f4").astype(np.float32)
        is_truncated, words = json.loads(_unseal(extra))
        if not with_tokens:
            return StoredFeature(row, is_truncated=is_truncated)
        matrix = np.frombuffer(_unseal(tokens), dtype="<f2").astype(np.float16)
        words = None if words is None else tuple(words)
        return StoredFeature(row, matrix.reshape(-1, len(row)), words, is_truncated)
    except (ValueError, TypeError):
        return None


def _seal(content: bytes) -> bytes:
    """Append a checksum: SQLite keeps its structure sound, but not the bytes in a row."""
    return content + zlib.crc32(content).to_bytes(4, "little")


def _unseal(sealed: bytes) -> bytes:
    content, checksum = sealed[:-4], sealed[-4:]
    if zlib.crc32(content).to_bytes(4, "little") != checksum:
        raise ValueError("checksum does not fit")
    return content
