"""The hold-out: a fixed hash decides, whatever the order."""

import hashlib

import numpy as np
import pytest

from vacsr_core.errors import DataError
from vacsr_core.hold_out import captioned_hold_out, held_out_rows, image_key

FIXED = [16, 19, 21, 22]
KEYS = [f"image {number}" for number in range(5_000)]


def test_the_split_is_the_published_hash():
    first = hashlib.sha256(b"held out/dog.jpg").digest()[:8]
    position = int.from_bytes(first, "big") / 2**64  # 0.108...
    assert held_out_rows(["dog.jpg"], position + 1e-9).tolist() == [True]
    assert held_out_rows(["dog.jpg"], position - 1e-9).tolist() == [False]


def test_the_split_never_changes():
    # Written down once: a change of the hash would move trained-on images to the held-out side.
    assert np.flatnonzero(held_out_rows(KEYS[:40], 0.2)).tolist() == FIXED


def test_the_share_is_met_and_grows():
    small, large = held_out_rows(KEYS, 0.2), held_out_rows(KEYS, 0.4)
    assert small.mean() == pytest.approx(0.2, abs=0.02)
    assert not (small & ~large).any()
    assert not held_out_rows(KEYS, 0.0).any()
    assert held_out_rows(KEYS, 1.0).all()


def test_order_and_company_change_nothing():
    assert (held_out_rows(KEYS[::-1])[::-1] == held_out_rows(KEYS)).all()
    assert (held_out_rows(KEYS[1_000:]) == held_out_rows(KEYS)[1_000:]).all()
    assert (captioned_hold_out(KEYS[::-1])[::-1] == captioned_hold_out(KEYS)).all()


def test_captioned_photos_are_exactly_as_many_and_the_smallest():
    marked = captioned_hold_out(KEYS)
    assert marked.sum() == 1_000
    share = max(s for s in np.linspace(0, 1, 2_001) if held_out_rows(KEYS, s).sum() <= 1_000)
    assert not (held_out_rows(KEYS, share) & ~marked).any()


def test_key_of_a_picture_is_its_content():
    assert image_key(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_errors_say_what_came():
    with pytest.raises(DataError, match=r"1\.5"):
        held_out_rows(KEYS, 1.5)
    with pytest.raises(DataError, match="1 of 3 image ids come twice"):
        captioned_hold_out(["a", "a", "b"], 1)
    with pytest.raises(DataError, match="1000 images to hold out of 2"):
        captioned_hold_out(["a", "b"])
