"""The feature cache: exact, shared, bounded, and never in the way."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vacsr_core.feature_cache import FeatureCache, StoredFeature, default_cache_folder


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def feature(number: int, with_tokens: bool = False) -> StoredFeature:
    rng = np.random.default_rng(number)
    vector = rng.normal(size=8).astype(np.float32)
    if not with_tokens:
        return StoredFeature(vector, is_truncated=number % 2 == 1)
    tokens = rng.normal(size=(3, 8)).astype(np.float16)
    return StoredFeature(vector, tokens, ("a", "“b”", "🐶"), is_truncated=True)


def test_what_comes_out_is_what_went_in(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.put_many({key(1): feature(1), key(2): feature(2, with_tokens=True)})
    found = FeatureCache(tmp_path).get_many([key(1), key(2), key(3)])
    assert sorted(found) == [key(1), key(2)]
    np.testing.assert_array_equal(found[key(1)].vector, feature(1).vector)
    assert found[key(1)].vector.dtype == np.float32 and found[key(1)].is_truncated
    assert found[key(2)].tokens is None  # not asked for
    found = cache.get_many([key(1), key(2)], with_tokens=True)
    assert list(found) == [key(2)]  # the other one has no tokens to serve
    np.testing.assert_array_equal(found[key(2)].tokens, feature(2, with_tokens=True).tokens)
    assert found[key(2)].words == ("a", "“b”", "🐶") and found[key(2)].is_truncated


def test_a_caption_without_words_is_found(tmp_path):
    cache = FeatureCache(tmp_path)
    empty = StoredFeature(feature(1).vector, np.zeros((0, 8), np.float16), ())
    cache.put_many({key(1): empty})
    found = cache.get_many([key(1)], with_tokens=True)[key(1)]
    assert found.tokens.shape == (0, 8) and found.words == ()


def test_thousands_of_entries_in_a_few_transactions(tmp_path, monkeypatch):
    cache, count = FeatureCache(tmp_path), 0
    real_connect = sqlite3.connect

    def counting(*args, **kwargs):
        nonlocal count
        count += 1
        return real_connect(*args, **kwargs)

    monkeypatch.setattr(sqlite3, "connect", counting)
    many = {key(number): feature(number) for number in range(3000)}
    cache.put_many(many)
    assert len(cache.get_many(many)) == 3000
    assert count == 2


def test_the_least_recently_used_go_first(tmp_path):
    now = [0.0]
    cache = FeatureCache(tmp_path, clock=lambda: now[0])
    cache.put_many({key(0): feature(0)})
    one = cache.size_bytes()
    cache = FeatureCache(tmp_path, max_bytes=10 * one, clock=lambda: now[0])
    for number in range(1, 10):
        now[0] += 1
        cache.put_many({key(number): feature(number * 2)})
    now[0] += 1
    assert key(0) in cache.get_many([key(0)])  # the oldest becomes the most recent
    now[0] += 1
    cache.put_many({key(10): feature(20)})  # the eleventh: down to 90 %, so two leave
    assert cache.size_bytes() == 9 * one
    left = cache.get_many(key(number) for number in range(11))
    assert sorted(left) == [key(0), *(key(number) for number in range(3, 11))]


def test_the_file_shrinks_with_its_contents(tmp_path):
    big = {key(n): StoredFeature(np.ones(5000, np.float32) * n) for n in range(100)}
    cache = FeatureCache(tmp_path)
    cache.put_many(big)
    before = cache.path.stat().st_size
    FeatureCache(tmp_path, max_bytes=200_000).put_many({key(200): feature(2)})
    assert before > 2_000_000 and cache.path.stat().st_size < 300_000


def test_a_deleted_file_is_a_fresh_start(tmp_path):
    cache = FeatureCache(tmp_path / "sub" / "folder")
    cache.put_many({key(1): feature(1)})
    cache.path.unlink()
    assert cache.get_many([key(1)]) == {}
    cache.put_many({key(2): feature(2)})
    assert list(cache.get_many([key(1), key(2)])) == [key(2)]
    cache.clear()
    assert not cache.path.exists() and cache.size_bytes() == 0


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"", b"SQLite format 3\0"])
def test_a_damaged_file_is_replaced(tmp_path, damage):
    cache = FeatureCache(tmp_path)
    cache.put_many({key(1): feature(1)})
    cache.path.write_bytes(damage)
    assert cache.get_many([key(1)]) == {}
    cache.put_many({key(2): feature(2)})
    assert list(cache.get_many([key(2)])) == [key(2)]


def test_a_page_of_rubbish_is_survived(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.put_many({key(number): feature(number) for number in range(500)})
    content = bytearray(cache.path.read_bytes())
    content[8192:-4096] = b"\xa5" * len(content[8192:-4096])
    cache.path.write_bytes(content)
    wanted = [key(number) for number in range(500)]
    for number, found in cache.get_many(wanted).items():
        np.testing.assert_array_equal(found.vector, feature(int.from_bytes(number, "big")).vector)
    cache.put_many({key(1000): feature(1000)})
    assert list(cache.get_many([key(1000)])) == [key(1000)]


def test_a_flipped_bit_in_a_vector_is_a_miss(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.put_many({key(1): feature(1), key(2): feature(2)})
    content = bytearray(cache.path.read_bytes())
    content[content.index(feature(1).vector.tobytes()) + 2] ^= 1
    cache.path.write_bytes(content)
    assert list(cache.get_many([key(1), key(2)])) == [key(2)]


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = FeatureCache(tmp_path / "file" / "cache")
    cache.put_many({key(1): feature(1)})
    assert cache.get_many([key(1)]) == {} and cache.size_bytes() == 0


def test_a_file_locked_by_someone_else_is_a_miss(tmp_path, monkeypatch):
    cache = FeatureCache(tmp_path)
    cache.put_many({key(1): feature(1)})
    monkeypatch.setattr("vacsr_core.feature_cache._BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(cache.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    cache.put_many({key(2): feature(2)})  # not kept, and no error
    holder.execute("ROLLBACK")
    holder.close()
    assert list(cache.get_many([key(1), key(2)])) == [key(1)]


def test_processes_share_the_cache(tmp_path):
    script = """
import sys
import numpy as np
from vacsr_core.feature_cache import FeatureCache, StoredFeature
cache, start = FeatureCache(sys.argv[1]), int(sys.argv[2])
for first in range(start, start + 200, 10):
    cache.put_many({n.to_bytes(32, "big"): StoredFeature(np.full(4, n, np.float32))
                    for n in range(first, first + 10)})
    assert len(cache.get_many([n.to_bytes(32, "big") for n in range(start, first + 10)])) \\
        == first + 10 - start
"""
    root = Path(__file__).parent.parent
    workers = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(start)], cwd=root)
        for start in (0, 200, 100)  # the third overlaps both
    ]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    found = FeatureCache(tmp_path).get_many(key(number) for number in range(400))
    assert len(found) == 400
    assert all((f.vector == int.from_bytes(k, "big")).all() for k, f in found.items())


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VACSR_CACHE", str(tmp_path / "here"))
    assert FeatureCache().folder == tmp_path / "here"
    monkeypatch.delenv("VACSR_CACHE")
    assert default_cache_folder().name == "vacsr-explorer"


def test_importing_the_cache_loads_no_torch():
    code = "import sys, vacsr_core.feature_cache; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent.parent).returncode
        == 0
    )
