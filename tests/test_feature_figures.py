"""Figures of the Features page: drawn is what was computed; words of others stay words."""

import numpy as np
import pytest

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.feature_analysis import Effect, spread_of, style_shift
from vacsr_core.figures import (
    contributions_chart,
    effects_chart,
    replay_chart,
    rounds_chart,
    spectrum_chart,
    style_shift_chart,
    word_heat_chart,
)
from vacsr_core.figures.palette import DARK, LIGHT
from vacsr_core.leaning import leaning

EVIL = "<img src=x onerror=alert(1)>"
PIXEL = "data:image/png;base64,AAAA"


@pytest.fixture
def p():
    return np.random.default_rng(2).uniform(0.2, 1, 40)


def bars(chart):
    return [trace for trace in chart.figure.data if trace.type == "bar"]


def named(chart, name):
    return next(trace for trace in chart.figure.data if trace.name == name)


def test_columns_are_called_by_their_quarters():
    assert leaning(np.arange(8)).tolist() == [-1, -1, 0, 0, 0, 0, 1, 1]
    assert not leaning(np.ones(5)).any()
    constant = leaning(np.r_[np.zeros(6), 0.8, 0.9])  # most columns alike: none stands out as low
    assert constant.tolist() == [-1] * 6 + [1, 1]


def test_the_spectrum_is_sorted_and_holds_every_column(p):
    prototype = np.arange(40) % 3 - 1  # -1: nearest to none
    image = np.linspace(-2, 2, 40)
    chart = spectrum_chart(p, prototype, {"image": image})
    order = np.argsort(p)
    drawn = sorted((x, y) for bar in bars(chart) for x, y in zip(bar.x, bar.y, strict=True))
    assert [y for _, y in drawn] == pytest.approx(p[order], abs=1e-4)
    assert {bar.marker.color for bar in bars(chart)} == {LIGHT.style, LIGHT.muted, LIGHT.meaning}
    assert len({bar.marker.pattern.shape for bar in bars(chart)}) == 3  # shapes repeat colours
    ticks = next(t for t in chart.figure.data if t.yaxis == "y2")
    assert len(ticks.x) == (prototype >= 0).sum()
    assert list(chart.figure.layout.yaxis2.ticktext) == ["1", "2"]
    assert named(chart, "this image").y == pytest.approx(image[order], abs=1e-3)
    assert chart.table["column"] == (order + 1).tolist()
    assert f"column {order[0] + 1} counts least" in chart.how_to_read
    assert spectrum_chart(p, is_dark=True).figure.layout.paper_bgcolor == DARK.surface
    with pytest.raises(ShapeError, match=r"probability \(40,\), image \(39,\)"):
        spectrum_chart(p, profiles={"image": image[1:]})


def test_contributions_add_up_in_groups_and_show_the_strongest(p):
    plain = np.random.default_rng(4).normal(size=40) * 0.02
    chart = contributions_chart(plain, plain * p, p, most=5)
    groups, _, single, _ = bars(chart)
    assert sum(groups.x) == pytest.approx((plain * p).sum())
    leans = leaning(p)
    assert groups.x[0] == pytest.approx((plain * p)[leans == -1].sum())
    order = np.argsort(-np.abs(plain * p))
    assert single.x == pytest.approx((plain * p)[order[:5]])
    assert single.y[0].startswith(f"column {order[0] + 1}, p ")
    assert len(chart.table["column"]) == 40
    assert sum(chart.table["adds without weights"]) == pytest.approx(plain.sum(), abs=1e-3)
    with pytest.raises(ShapeError, match="one number for each of D columns"):
        contributions_chart(plain, plain, p[1:])


def test_the_heat_of_a_word_lies_over_the_part_that_the_model_sees():
    heat = np.arange(12).reshape(4, 3) / 10.0
    chart = word_heat_chart(
        heat, (2, 2), ["a", EVIL, "c"], PIXEL, 1, box=(0.25, 0.0, 0.75, 1.0), aspect=2.0
    )
    (drawn,) = (t for t in chart.figure.data if t.type == "heatmap")
    assert np.array(drawn.z) == pytest.approx(heat[:, 1].reshape(2, 2))
    assert (drawn.zmin, drawn.zmax) == (0.0, 1.1)
    (picture,) = chart.figure.layout.images
    assert (picture.x, picture.sizex, picture.y, picture.sizey) == (-0.5, 4.0, 0.5, 2.0)
    assert chart.figure.layout.yaxis.scaleratio == pytest.approx(4 / (2 * 2.0))
    assert not any(EVIL in text for row in drawn.hovertext for text in row)
    assert "row 2, column 2 (1.00)" in chart.alt and chart.table[f"2 {EVIL}"] == [0.1, 0.4, 0.7, 1]
    assert EVIL not in chart.how_to_read and "Here word 2 goes best" in chart.how_to_read
    mean = word_heat_chart(heat, (2, 2), ["a", "b", "c"], PIXEL)
    assert np.array(mean.figure.data[0].z).ravel() == pytest.approx(heat.mean(axis=1))
    with pytest.raises(ShapeError, match="a grid of 3 x 3 patches and 3 words"):
        word_heat_chart(heat, (3, 3), ["a", "b", "c"], PIXEL)
    with pytest.raises(ShapeError, match="word 3 asked for; there are 3"):
        word_heat_chart(heat, (2, 2), ["a", "b", "c"], PIXEL, 3)


def test_rounds_show_gain_weight_and_figure():
    chart = rounds_chart([0.02, -0.01], [0.8, 0.3], [0.61, 0.615], 0.6, 1)
    (weights,) = bars(chart)
    assert list(weights.y) == [0.8, 0.3]
    assert list(named(chart, "figure after the round").y) == [0.6, 0.61, 0.615]
    assert named(chart, "with the candidates alone").y == pytest.approx([0.62, 0.60])
    assert "Round 1 gained most (+0.0200), so its proposal counts 0.80" in chart.how_to_read
    assert chart.figure.layout.shapes[0].x0 == 1
    with pytest.raises(ShapeError, match="round 3"):
        rounds_chart([0.02, -0.01], [0.8, 0.3], [0.61, 0.615], 0.6, 3)


def test_the_replay_keeps_the_last_order(p):
    chart = replay_chart(np.sqrt(p), p, 1)
    order = np.argsort(p)
    drawn = sorted((x, y) for bar in bars(chart) for x, y in zip(bar.x, bar.y, strict=True))
    assert [y for _, y in drawn] == pytest.approx(np.sqrt(p)[order], abs=1e-4)
    assert named(chart, "after the last round").y == pytest.approx(p[order], abs=1e-4)
    assert "The bars meet the dotted line" in replay_chart(p, p, 2).how_to_read


def test_moved_columns_are_drawn_by_p(p):
    rng = np.random.default_rng(1)
    before = rng.normal(size=(4, 40))
    shift = style_shift(before, before + (1 - p), spread_of(rng.normal(size=(90, 40))), p, 99)
    chart = style_shift_chart(shift, p)
    points = [t for t in chart.figure.data if t.mode == "markers"]
    drawn = sorted((x, y) for t in points for x, y in zip(t.x, t.y, strict=True))
    assert [y for _, y in drawn] == pytest.approx(shift.size[np.argsort(p)], abs=1e-4)
    assert len({t.marker.symbol for t in points}) == 3
    line = named(chart, "mean of each eighth")
    assert line.y[0] == pytest.approx(shift.size[np.argsort(p)][:5].mean())
    assert line.y[0] > line.y[-1]


def test_effects_are_drawn_against_no_weights():
    def effect(name, kind, difference):
        return Effect(name, kind, 50, 0.4 + difference, 5, 2, difference, difference - 0.1, 0.2)

    found = [effect(n, k, d) for k in ("caption", "image") for n, d in (("none", 0), ("p", 0.06))]
    chart = effects_chart(found, {"none": "no weights", "p": "PICO"}, "none")
    captions = named(chart, "captions ask")
    assert captions.x == pytest.approx([6.0]) and captions.error_x.arrayminus == pytest.approx([10])
    assert list(chart.figure.layout.yaxis.ticktext) == ["PICO"]
    assert chart.table["found first, %"] == [40.0, 40.0, 46.0, 46.0]
    assert "PICO changes +6.0 points when captions ask (-4.0 to +20.0)" in chart.how_to_read
    with pytest.raises(DataError, match="no weights to compare"):
        effects_chart(found[:1], {"none": "no weights"}, "none")
