"""Figures: what is drawn is what the Similarity says; user text stays text; ramps are readable."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from beliefs import line_of, some_pairs
from vacsr_core.errors import ShapeError
from vacsr_core.figures import RankedItem, Side, distribution_chart, matrix_chart, ranking_chart
from vacsr_core.figures.chart import shown_text, wrapped
from vacsr_core.figures.curve import components, density, height, points
from vacsr_core.figures.dots import WORLDS, quantile_dots
from vacsr_core.figures.palette import DARK, LIGHT
from vacsr_core.ranked import rank
from vacsr_core.thumbnail import SIDE, thumbnail_uri

EVIL = "<img src=x onerror=alert(1)> <b>bold</b> & $\\alpha$"


def traces(chart, **wanted):
    return [
        trace
        for trace in chart.figure.data
        if all(getattr(trace, name, None) == value for name, value in wanted.items())
    ]


def texts_of(chart):
    """Every label and hover text of a figure, as Plotly gets them."""
    found = [note.text for note in chart.figure.layout.annotations]
    for trace in chart.figure.data:
        for name in ("text", "hovertext", "name"):
            value = getattr(trace, name, None)
            found += [value] if isinstance(value, str) else list(value if value is not None else ())
    return found


def area(x, y):
    return float(np.trapezoid(y, x))


# --- one pair -------------------------------------------------------------------------------


def test_the_bands_hold_ninety_and_fifty_percent_of_the_belief():
    belief = some_pairs()[1, 3]
    bands = traces(distribution_chart(belief), fill="tozeroy")
    assert len(bands) == 2
    for band, level in zip(bands, (0.9, 0.5), strict=True):
        assert area(band.x, band.y) == pytest.approx(level, abs=2e-3)
        low, high = belief.interval(level)
        assert (band.x[0], band.x[-1]) == pytest.approx((low[0, 0], high[0, 0]))


def test_the_curve_is_the_density_also_where_it_is_a_needle():
    for deviation in (0.4, 0.01):
        belief = line_of(1.0, deviation=deviation)
        curve = traces(distribution_chart(belief), name="this pair")[0]
        assert area(curve.x, curve.y) == pytest.approx(1.0, abs=5e-3)
        assert curve.y == pytest.approx(density(belief, np.array(curve.x)))


def test_a_needle_at_the_end_does_not_flatten_the_rest():
    belief = line_of(0.0, deviation=6.0)  # nearly all of the belief lies close to 0 or 1
    peak = density(belief, points(belief)).max()
    assert height(belief) < 0.3 * peak
    assert height(line_of(0.0)) == pytest.approx(
        density(line_of(0.0), np.array([0.5]))[0], rel=0.01
    )


def test_components_add_up_to_the_whole():
    belief = some_pairs()[2, 2]
    grid = np.linspace(0.01, 0.99, 50)
    parts = components(belief)
    total = sum(w * density(p, grid) for w, p in zip(belief.weights, parts, strict=True))
    assert total == pytest.approx(density(belief, grid))
    plain, outlined = (distribution_chart(belief, has_components=on) for on in (False, True))
    assert len(outlined.figure.data) - len(plain.figure.data) == 2


def test_dots_are_twentieths_of_the_belief_and_stack_in_order():
    belief = some_pairs()[0, 5]
    dots = quantile_dots(belief)
    shares = [float(belief.cdf(x)[0, 0]) for x in dots.worlds]
    assert shares == pytest.approx((np.arange(WORLDS) + 0.5) / WORLDS, abs=1e-5)
    for x in np.unique(dots.x):
        stack = dots.level[dots.x == x]
        assert stack.tolist() == list(range(1, len(stack) + 1))
    assert np.abs(dots.x - dots.worlds).max() <= 0.025 + 1e-6


def test_filled_dots_are_those_above_one_half():
    sim = some_pairs()
    for row, column in np.ndindex(3, 3):
        belief = sim[row, column]
        chart = distribution_chart(belief)
        filled = sum(symbol == "circle" for symbol in traces(chart, yaxis="y2")[0].marker.symbol)
        assert filled == quantile_dots(belief).count_above(0.5)
        assert abs(filled / WORLDS - (1 - belief.cdf(0.5)[0, 0])) <= 0.5 / WORLDS + 1e-6
        assert f"(here {filled})" in chart.how_to_read and f"in {filled} of 20" in chart.alt


def test_mean_and_cosine_stand_where_they_are():
    belief = some_pairs()[4, 4]
    notes = [note.text for note in distribution_chart(belief).figure.layout.annotations]
    assert f"mean {float(belief.mean[0, 0]):.2f}" in notes
    assert f"plain cosine {float(belief.cosine[0, 0]):.2f}" in notes
    negative = replace(belief, cosine=np.array([[-0.3]], np.float32))
    tick = next(
        t for t in distribution_chart(negative).figure.data if t.marker.symbol == "triangle-up"
    )
    assert tick.x == (0.0,)


def test_original_and_second_pair_are_drawn_with_dashes_of_their_own():
    sim = some_pairs()
    chart = distribution_chart(sim[0, 0], original=sim[0, 1], other=sim[2, 0])
    dashes = {trace.name: trace.line.dash for trace in chart.figure.data if trace.name}
    assert dashes == {"this pair": None, "before the changes": "dot", "the other pair": "dash"}
    assert chart.figure.layout.showlegend
    squares = traces(chart, yaxis="y3")[0]
    assert set(squares.marker.symbol) <= {"square", "square-open"}
    columns = ("this pair", "before the changes", "the other pair")
    assert [c for c in chart.table if c.startswith("density")] == [f"density, {c}" for c in columns]
    assert chart.table["share below, the other pair"] == pytest.approx(
        sim[2, 0].cdf(np.linspace(0, 1, 101))[0, 0], abs=1e-4
    )


def test_a_needle_of_an_original_leaves_the_picture_rather_than_flatten_the_belief():
    belief, needle = line_of(0.0, deviation=1.5), line_of(-6.0, deviation=0.5)
    for original in (None, needle):
        top = distribution_chart(belief, original=original).figure.layout.yaxis.range[1]
        assert height(belief) < top < 3 * height(belief)
    assert height(needle) > 50 * height(belief)


def test_more_than_one_pair_is_refused():
    sim = some_pairs()
    with pytest.raises(ShapeError, match=r"other has shape \(2, 1\); the chart shows one pair"):
        distribution_chart(sim[0, 0], other=sim[[0, 1], 0])


# --- a ranking ------------------------------------------------------------------------------


def ranked(first=0, count=9, label=EVIL, labelled=()):
    ranking = rank(some_pairs()[2, :])
    positions = ranking.order[first : first + count].tolist()
    items = [RankedItem(f"c{p}", f"{p} {label}", p in labelled) for p in positions]
    return ranking, items, ranking_chart(ranking, items, "caption", first=first)


def test_marks_stand_at_the_means_and_carry_their_ids():
    ranking, items, chart = ranked()
    marks = next(t for t in chart.figure.data if t.mode == "markers")
    assert marks.x == pytest.approx(ranking.line.mean[0], abs=1e-4)
    assert list(marks.customdata) == [item.id for item in items]
    assert marks.y[0] > marks.y[1]


def test_intervals_are_segments_with_gaps():
    ranking, _, chart = ranked()
    thin, thick = traces(chart, mode="lines")
    for trace, level in ((thin, 0.9), (thick, 0.5)):
        ends = np.array(trace.x, float).reshape(-1, 3)
        low, high = ranking.line.interval(level)
        assert ends[:, 0] == pytest.approx(low[0]) and ends[:, 1] == pytest.approx(high[0])
        assert np.isnan(ends[:, 2]).all()
    assert thick.line.width > 2 * thin.line.width


def test_labelled_marks_differ_in_shape_and_words():
    ranking, _, chart = ranked(labelled={3})
    marks = next(t for t in chart.figure.data if t.mode == "markers")
    place = ranking.order.tolist().index(3)
    assert [i for i, s in enumerate(marks.marker.symbol) if s == "diamond"] == [place]
    words = traces(chart, mode="text")[0].text
    assert [i for i, text in enumerate(words) if "✓" in text] == [place]
    assert chart.table["labelled"].count("yes") == 1


def test_brackets_join_the_ties_that_reach_the_page():
    ranking, _, chart = ranked()
    assert len(chart.figure.layout.shapes) == len(ranking.ties) > 0
    first, last = ranking.ties[0]
    assert chart.table["can't be told apart"][first] == f"{first + 1} to {last + 1}"
    last_page = ranked(first=last + 1, count=9 - last - 1)[2]
    assert len(last_page.figure.layout.shapes) == len(ranking.ties) - 1
    assert last_page.table["rank"][0] == last + 2


def test_bars_are_the_chances_of_being_best():
    ranking, _, chart = ranked()
    assert traces(chart, type="bar")[0].x == pytest.approx(ranking.best)


def test_user_text_is_escaped_in_labels_and_hover_but_not_in_the_table():
    _, items, chart = ranked()
    drawn = texts_of(chart)
    assert len(drawn) >= 3 * 9
    assert not [text for text in drawn if "<img" in text or "<b>" in text]
    assert sum("&lt;img" in text for text in drawn) >= 2 * 9
    assert chart.table["item"] == [item.label for item in items]


def test_ranks_that_are_not_there_are_refused():
    ranking, items, _ = ranked()
    with pytest.raises(ShapeError, match="ranks 6 to 14 asked for; there are 9"):
        ranking_chart(ranking, items, "caption", first=5)


# --- the matrix -----------------------------------------------------------------------------


def matrix(measure="match", **changes):
    sim = some_pairs()
    sides = (
        Side([f"i{i}" for i in range(6)], [f"{EVIL} {i}.png" for i in range(6)], range(11, 17)),
        Side([f"c{j}" for j in range(9)], [f"{EVIL} {j}" for j in range(9)], range(1, 10)),
    )
    labelled = np.eye(6, 9, dtype=bool)
    return sim, matrix_chart(sim, *sides, labelled, measure, **changes)


@pytest.mark.parametrize(
    ("measure", "attribute"), [("match", "match_probability"), ("mean", "mean"), ("std", "std")]
)
def test_the_heat_map_shows_the_measure_on_its_own_ramp(measure, attribute):
    sim, chart = matrix(measure)
    heat = traces(chart, type="heatmap")[0]
    assert heat.z == pytest.approx(getattr(sim, attribute), abs=1e-4)
    assert heat.zmin == 0
    assert heat.colorscale[-1][1] == getattr(LIGHT, f"{measure}_ramp")[-1][1]
    if measure == "std":
        assert sim.std.max() <= heat.zmax <= sim.std.max() + 0.05
    else:
        assert heat.zmax == 1


def test_every_cell_carries_its_ids_and_its_place():
    _, chart = matrix()
    targets = traces(chart, type="scatter")[0]
    assert len(targets.customdata) == 54
    for x, y, ids in zip(targets.x, targets.y, targets.customdata, strict=True):
        assert list(ids) == [f"i{y}", f"c{x}"]


def test_labelled_and_chosen_cells_are_framed():
    _, chart = matrix(chosen=(2, 5), is_dark=True)
    frames = chart.figure.layout.shapes
    assert len(frames) == 7
    assert [(f.x0, f.x1, f.y0, f.y1) for f in frames[:6]] == [
        (i - 0.5, i + 0.5, i - 0.5, i + 0.5) for i in range(6)
    ]
    assert (frames[6].x0, frames[6].y0, frames[6].line.color) == (4.5, 1.5, DARK.chosen)


def test_words_name_the_highest_cell_and_the_averages():
    sim, chart = matrix()
    row, column = np.unravel_index(sim.match_probability.argmax(), sim.shape)
    assert f"image {row + 11} with caption {column + 1}" in chart.how_to_read
    own = sim.match_probability[np.eye(6, 9, dtype=bool)].mean()
    assert f"average {round(100 * own)}\u00a0% over 6 labelled pairs" in chart.alt


def test_the_matrix_escapes_user_text_and_its_table_does_not():
    _, chart = matrix()
    drawn = texts_of(chart)
    assert len(drawn) >= 54
    assert not [text for text in drawn if "<img" in text or "<b>" in text]
    assert all("&lt;img" in text for text in traces(chart, type="scatter")[0].text)
    assert chart.table["caption"][1] == f"{EVIL} 1"
    assert len(chart.table["P(match)"]) == 54


def test_too_many_cells_and_sides_that_do_not_fit_are_refused():
    sim = some_pairs(50, 100)
    sides = [Side([""] * n, [""] * n, range(n)) for n in (50, 100)]
    with pytest.raises(ShapeError, match="50 x 100 cells asked for"):
        matrix_chart(sim, *sides, np.zeros((50, 100), bool))
    with pytest.raises(ShapeError, match="must fit 50 images and 50 captions"):
        matrix_chart(sim, sides[0], sides[0], np.zeros((50, 100), bool))


# --- words and thumbnails ---------------------------------------------------------------------


def test_labels_are_cut_before_they_are_escaped():
    assert shown_text("a<b>c", 3) == "a&lt;…"
    assert wrapped("one two three four", width=9, lines=2) == "one two<br>three…"
    assert wrapped("x" * 25, width=10, lines=9) == "<br>".join(["x" * 10, "x" * 10, "x" * 5])
    assert wrapped("<i>" * 3, width=20) == "&lt;i&gt;" * 3


def test_thumbnails_are_small_and_leave_the_picture_alone():
    picture = Image.new("RGB", (400, 200), "red")
    uri = thumbnail_uri(picture)
    assert uri.startswith("data:image/webp;base64,") and len(uri) < 4_000
    assert picture.size == (400, 200) and SIDE < 100
