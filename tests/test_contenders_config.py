"""All contenders see the same images, and wrong input is refused with its numbers."""

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core import FitConfig
from vacsr_core.contenders import RivalConfig
from vacsr_core.contenders.config import split_pairs
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.fit_config import split_by_image


def test_the_split_is_that_of_our_own_fit():
    images, captions, owner = planted_pairs(40)
    learning, held_out = split_pairs(images, captions, owner, RivalConfig(seed=3))
    ours = split_by_image(owner, FitConfig().validation_share, 3)
    for part, rows in zip((learning, held_out), ours, strict=True):
        assert np.array_equal(part.images.vectors, images.vectors[rows])
        columns = np.isin(owner, rows)
        assert np.array_equal(part.captions.vectors, captions.vectors[columns])
        assert np.array_equal(rows[part.owner], owner[columns])


def test_captions_without_an_image_are_left_out():
    images, captions, owner = planted_pairs(40)
    owner[:6] = -1
    learning, held_out = split_pairs(images, captions, owner, RivalConfig())
    assert len(learning.images) + len(held_out.images) == 37
    assert len(learning.captions) + len(held_out.captions) == 74


def test_a_large_validation_part_is_drawn_from(monkeypatch):
    monkeypatch.setattr("vacsr_core.contenders.config.MOST_HELD_OUT", 5)
    images, captions, owner = planted_pairs(40)
    learning, held_out = split_pairs(images, captions, owner, RivalConfig())
    assert len(learning.images) == 32 and len(held_out.images) == 5
    assert held_out.owner.tolist() == np.repeat(np.arange(5), 2).tolist()


def test_what_does_not_fit_is_refused():
    images, captions, owner = planted_pairs(10)
    with pytest.raises(ShapeError, match="20 captions of 24 columns, 19 caption rows"):
        split_pairs(images, captions, owner[:-1], RivalConfig())
    with pytest.raises(ShapeError, match="got caption and image"):
        split_pairs(captions, images, np.zeros(10, int), RivalConfig())
    with pytest.raises(DataError, match="7 images with captions are too few"):
        split_pairs(images, captions, np.where(owner < 7, owner, -1), RivalConfig())
