"""Charts and files of the Common space page: what they say is what they were given."""

import csv
import io

import numpy as np
import pyarrow.parquet as pq
import pytest

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.export import chart_html, table_csv
from vacsr_core.features import Features
from vacsr_core.figures.imbalance import imbalance_chart
from vacsr_core.figures.relations import agreement, relations_chart
from vacsr_core.figures.space_map import MapPoints, space_map_chart
from vacsr_core.imbalance import noisy_features
from vacsr_core.imbalance_curves import ImbalanceCurves, imbalance_curves
from vacsr_core.library import new_caption
from vacsr_core.library_items import LibraryImage
from vacsr_core.map_export import map_columns, map_parquet
from vacsr_core.space import CommonSpace, relation_matrices

EVIL = '<img src=x onerror=alert(1)> =cmd|"/c calc"'


def some_points(count: int = 5) -> MapPoints:
    return MapPoints(
        labels=[f"Image {i}: {EVIL}" for i in range(2)]
        + [f"Caption {i}" for i in range(count - 2)],
        image_count=2,
        colours=np.full((count, 3), 7, np.uint8),
        sizes=np.full(count, 4.0),
        lines=np.array([[0, 2], [1, 3]]),
        chosen=[3],
    )


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_chart_holds_every_point_of_every_map(dimensions):
    places = np.random.default_rng(0).normal(size=(2, 5, dimensions)).astype(np.float32)
    made = space_map_chart(
        some_points(), [("Before", places[0]), ("After", places[1])], is_dark=True
    )
    markers = [trace for trace in made.figure.data if trace.mode == "markers"]
    found = np.concatenate([np.asarray(trace.x) for trace in markers])
    assert found == pytest.approx(np.concatenate([places[0, :, 0], places[1, :, 0]]))
    assert {trace.marker.symbol for trace in markers} == {"circle", "diamond"}
    lines = next(trace for trace in made.figure.data if trace.mode == "lines")
    assert np.asarray(lines.x)[:2] == pytest.approx(places[0, [0, 2], 0])
    assert np.isnan(np.asarray(lines.x)[2])
    assert made.table["After, y"] == pytest.approx(places[1, :, 1], abs=1e-3)
    assert "2 images and 3 captions in " + str(dimensions) in made.alt
    assert "<img" not in made.figure.to_json()
    page = chart_html(made, "Map")
    assert b"<img src=x" not in page and b'showSendToCloud": false' in page
    assert b"=cmd" in table_csv(made.table)


def test_the_chart_wants_a_place_for_each_point():
    with pytest.raises(ShapeError, match=r"maps of \[\(4, 2\)\] for 5 points"):
        space_map_chart(some_points(), [("Before", np.zeros((4, 2)))])


@pytest.fixture
def items():
    images = [LibraryImage(key, f"{key}.png", b"\x89PNG", 9, 9, key) for key in "ab"]
    return images, [new_caption("=1+1", "a"), new_caption("a cat")]


def test_parquet_has_what_embedding_atlas_reads(items):
    images, captions = items
    near = np.array([[1, 2], [0, 2], [3, 0], [2, 1]])
    far = np.full((4, 2), 0.25, np.float32)
    places = np.arange(8, dtype=np.float32).reshape(4, 2)
    data = map_parquet(
        images, captions, {"projection": places}, {"score": [1, 2, None, 4]}, near, far
    )
    table = pq.read_table(io.BytesIO(data)).to_pydict()
    assert table["projection_x"] == [0, 2, 4, 6] and table["projection_y"] == [1, 3, 5, 7]
    assert table["neighbors"][2] == {"ids": [3, 0], "distances": [0.25, 0.25]}
    assert table["image"][0] == {"bytes": b"\x89PNG", "path": "a.png"} and table["image"][3] is None
    assert table["text"] == ["a.png", "b.png", "=1+1", "a cat"] and table["score"][2] is None
    assert table["image_id"] == ["a", "b", "a", None] and table["row"] == [0, 1, 2, 3]


def test_csv_is_safe_for_spreadsheets(items):
    columns = map_columns(*items, {"projection": np.zeros((4, 3))}, {})
    rows = list(csv.DictReader(io.StringIO(table_csv(columns).decode("utf-8-sig"))))
    assert len(rows) == 4 and "projection_z" in rows[0] and not rows[2]["text"].startswith("=")
    with pytest.raises(ShapeError, match="'score': 1"):
        map_columns(*items, {}, {"score": [1]})


@pytest.fixture(scope="module")
def pairs():
    random = np.random.default_rng(1)
    images = Features.from_vectors(random.normal(size=(12, 8)), "image")
    owner = np.arange(24) % 12
    noise = 0.2 * random.normal(size=(24, 8))
    return images, Features.from_vectors(images.vectors[owner] + noise, "caption"), owner


def test_relations_are_drawn_in_their_order_and_told_by_their_correlation(pairs):
    images, captions, owner = pairs
    found = relation_matrices(CommonSpace(8), images, captions, owner)
    made = relations_chart(found, [f"<b>{row}</b>" for row in found.rows])
    heat = [trace for trace in made.figure.data if trace.type == "heatmap"]
    assert len(heat) == 4
    assert np.asarray(heat[3].z) == pytest.approx(found.student)
    assert np.asarray(heat[0].z) == pytest.approx(found.image_teacher)
    assert f"{agreement(found.fused, found.student):.2f}" in made.alt
    assert made.table["cluster"] and "<b>" not in made.figure.to_json()
    with pytest.raises(ShapeError, match="1 names for 12 images"):
        relations_chart(found, ["a"])


def test_agreement_is_a_correlation_beside_the_diagonal():
    matrix = np.random.default_rng(2).normal(size=(6, 6))
    spoilt = 2 * matrix + 1
    np.fill_diagonal(spoilt, 99)
    assert agreement(matrix, spoilt) == pytest.approx(1)
    assert agreement(matrix, -matrix) == pytest.approx(-1)
    assert np.isnan(agreement(np.ones((3, 3)), matrix[:3, :3]))


def test_curves_start_at_the_clean_figures_and_end_at_chance(pairs):
    images, captions, owner = pairs
    shares = []
    found = imbalance_curves(
        images,
        captions,
        owner,
        lambda level: noisy_features(captions, level, 0),
        {"backbone": lambda part: part},
        progress=lambda share, text: shares.append(share),
    )
    clean = (images.vectors @ captions.vectors.T).argmax(axis=0) == owner
    assert found.recall["backbone"][0] == clean.mean() and found.kept["backbone"][0] == 1.0
    assert found.recall["backbone"][-1] < 0.4 < found.recall["backbone"][0]
    assert found.kept["backbone"][-1] == pytest.approx(10 / 23, abs=0.15)
    assert shares == sorted(shares) and found.k == 10 and found.images == 12
    with pytest.raises(DataError, match="of which 1 belong to none"):
        imbalance_curves(images, captions, np.r_[owner[:-1], -1], lambda level: captions, {})


def test_the_curve_is_told_at_the_mark():
    curves = ImbalanceCurves(
        (0.0, 0.5, 1.0),
        {"backbone": np.array([0.9, 0.5, 0.1]), "structure preserved": np.array([0.8, 0.7, 0.1])},
        {},
        9,
        27,
        10,
    )
    made = imbalance_chart(curves, "recall", "captions", 0.5)
    assert "backbone 50%, structure preserved 70%" in made.how_to_read
    assert "n = 27 captions of 9 images" in made.how_to_read
    assert [list(t.y) for t in made.figure.data] == [[0.9, 0.5, 0.1], [0.8, 0.7, 0.1]]
    assert {t.line.dash for t in made.figure.data} == {"solid", "dash"}
