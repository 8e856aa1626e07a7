"""What items are coloured by: values, their groups and numbers, and the colours themselves."""

from types import SimpleNamespace

import numpy as np
import pytest

from vacsr_core import item_values as iv
from vacsr_core.features import Features
from vacsr_core.figures.palette import DARK, LIGHT
from vacsr_core.figures.point_colours import (
    LARGE,
    RADIUS,
    SMALL,
    UNKNOWN_LIGHT,
    number_text,
    point_colours,
    point_sizes,
)
from vacsr_core.library import Library, new_caption
from vacsr_core.library_items import LibraryImage


def image(key: str, sha: str | None = None) -> LibraryImage:
    return LibraryImage(key, f"{key}.png", b"", 10, 10, sha or key)


IMAGES = [image("a"), image("b"), image("a-2", "a")]
CAPTIONS = [
    new_caption("One dog", "a", extra={"level": "exact", "score": "1"}),
    new_caption("two dogs", "a", extra={"level": "exact", "score": "3"}),
    new_caption("one dog", "b", extra={"level": "vague", "score": ""}),
    new_caption("a cat", None, extra={"level": "vague", "score": "0.5"}),
]
LIBRARY = Library("x", IMAGES, CAPTIONS)


def test_modality_and_duplicates():
    assert iv.modality(2, 1).values.tolist() == [0, 0, 1]
    found = iv.duplicates(LIBRARY, IMAGES, CAPTIONS)
    assert found.values.tolist() == [1, 0, 1, 1, 0, 1, 0]


def test_tags_are_names_or_numbers_and_reach_the_images():
    names, numbers = iv.tags(IMAGES, CAPTIONS)
    assert names.label == "Tag “level”" and names.names == ("exact", "vague")
    assert names.values.tolist()[:2] == [0, 1] and np.isnan(names.values[2])
    assert names.values.tolist()[3:] == [0, 0, 1, 1]
    assert numbers.kind == "sequential" and numbers.values[0] == 2
    assert np.isnan(numbers.values[[1, 2, 5]]).all() and numbers.values[6] == 0.5


def test_rare_names_share_the_last_place():
    names = [chr(97 + i) for i in range(12) for _ in range(12 - i)] + [None]
    found = iv.by_name("letter", names)
    assert found.names[0] == "a" and found.names[-1] == iv.OTHERS
    assert len(found.names) == iv.MOST_NAMES
    assert found.values[-2] == iv.MOST_NAMES - 1 and np.isnan(found.values[-1])


def test_planted_clusters_are_found_and_the_seed_decides_nothing_else():
    random = np.random.default_rng(0)
    group = np.repeat([0, 1], [30, 10])
    rows = np.eye(2, 6)[group] + 0.05 * random.normal(size=(40, 6))
    found = iv.clusters(rows, count=2)
    assert (found.values == group).all() and found.names == ("cluster 1", "cluster 2")
    assert len(iv.clusters(rows[:5]).names) == 1


def test_pair_values_belong_to_the_own_pair_and_images_get_their_mean(monkeypatch):
    random = np.random.default_rng(1)
    images = Features.from_vectors(random.normal(size=(3, 4)), "image")
    captions = Features.from_vectors(random.normal(size=(5, 4)), "caption")
    owner = np.array([1, 0, -1, 1, 0])
    matrix = images.vectors @ captions.vectors.T

    def similarity(some, others):
        cells = some.vectors @ others.vectors.T
        return SimpleNamespace(
            mean=cells, std=cells + 1, match_probability=cells + 2, cosine=cells + 3
        )

    monkeypatch.setattr(iv, "_PAIRS_AT_ONCE", 2)
    found = iv.of_own_pairs(similarity, images, captions, owner)
    own = np.array([matrix[o, c] if o >= 0 else np.nan for c, o in enumerate(owner)])
    assert found["mean"].values[3:] == pytest.approx(own, nan_ok=True)
    assert found["mean"].values[:3] == pytest.approx(
        [own[[1, 4]].mean(), own[[0, 3]].mean(), np.nan], nan_ok=True
    )
    assert found["std"].values[3:] == pytest.approx(own + 1, nan_ok=True)
    assert found["match"].kind == "diverging" and found["match"].middle == 0.5
    assert found["std"].kind == "uncertainty"


def numbers(values, kind="sequential", middle=None):
    return iv.ItemValues("x", kind, np.array(values, float), (), middle)


def hexed(colour):
    return "#{:02x}{:02x}{:02x}".format(*colour.tolist())


def test_a_ramp_runs_from_end_to_end_and_the_unknown_is_grey():
    found, legend = point_colours(numbers([1, 3, np.nan], "uncertainty"), False)
    assert hexed(found[1]) == LIGHT.std_ramp[-1][1] and hexed(found[2]) == UNKNOWN_LIGHT
    assert hexed(found[0]) == legend.entries[0][1] and legend.entries[0][0] == "1"
    assert "Grey: nothing is known of 1." in legend.note and legend.is_ramp
    # the palest colour still stands out from the page
    assert int(found[0].astype(int).sum()) < 3 * 235
    assert hexed(point_colours(numbers([1, 3], "similarity"), True)[0][1]) == DARK.mean_ramp[-1][1]


def test_a_diverging_ramp_has_its_middle_where_it_belongs():
    found, legend = point_colours(numbers([0.5, 0.9, 0.4], "diverging", 0.5), False)
    assert hexed(found[0]) == LIGHT.match_ramp[2][1] and hexed(found[1]) == LIGHT.match_ramp[-1][1]
    assert [text for text, _ in legend.entries] == ["0.1", "0.5", "0.9"]
    assert found[2][0] > found[2][2]  # below the middle: orange


def test_names_keep_the_colours_of_image_and_caption():
    found, legend = point_colours(iv.modality(1, 1), False)
    assert [hexed(c) for c in found] == [LIGHT.image, LIGHT.caption]
    assert legend.entries == (("image", LIGHT.image), ("caption", LIGHT.caption))
    dark, _ = point_colours(iv.modality(1, 1), True)
    assert [hexed(c) for c in dark] == [DARK.image, DARK.caption]


def test_equal_numbers_and_none_at_all_are_drawn_too():
    found, legend = point_colours(numbers([2, 2]), False)
    assert (found[0] == found[1]).all() and [text for text, _ in legend.entries] == ["2"]
    found, legend = point_colours(numbers([np.nan, np.nan]), False)
    assert hexed(found[0]) == UNKNOWN_LIGHT and legend.entries == ()


def test_area_rises_with_the_value():
    sizes = point_sizes(numbers([0, 1, 0.5, np.nan]), 4)
    assert sizes[[0, 1, 3]].tolist() == pytest.approx([SMALL, LARGE, SMALL])
    assert sizes[2] ** 2 == pytest.approx((SMALL**2 + LARGE**2) / 2)
    assert (point_sizes(None, 3) == RADIUS).all() and (
        point_sizes(iv.modality(1, 2), 3) == RADIUS
    ).all()
    assert (number_text(0), number_text(-0.1234), number_text(12345.6)) == ("0", "−0.123", "12,346")
