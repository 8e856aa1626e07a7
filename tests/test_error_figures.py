"""Figures of the Errors page and its report: drawn is what was measured; user text stays text."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from beliefs import line_of, some_pairs
from vacsr_core.error_report import Report, ReportRow, report_html
from vacsr_core.errors import ShapeError
from vacsr_core.figures import miniature, reliability_chart, risk_coverage_chart
from vacsr_core.figures.miniature import WIDTH
from vacsr_core.figures.palette import DARK, LIGHT
from vacsr_core.figures.risk_coverage import ideal_risk
from vacsr_core.metrics.calibration import reliability
from vacsr_core.metrics.uncertainty import risk_coverage

EVIL = "<img src=x onerror=alert(1)> </script><script>alert(2)</script>"


def named(chart, name):
    return next(trace for trace in chart.figure.data if trace.name == name)


@pytest.fixture(scope="module")
def risk():
    is_error = np.array([0, 0, 1, 0, 0, 0, 1, 0, 1, 1], bool)
    return risk_coverage(is_error, np.arange(10) / 10)


def test_the_curve_runs_between_chance_and_an_ideal(risk):
    chart = risk_coverage_chart(risk, 5)
    ours, random, ideal = (
        np.array(named(chart, name).y)
        for name in ("this doubt", "doubt at random", "doubt that knows every error")
    )
    assert ours == pytest.approx(100 * risk)
    assert random == pytest.approx([40.0] * 10)
    assert ideal == pytest.approx([0] * 6 + [100 / 7, 25, 100 / 3, 40])
    assert (ideal <= ours + 1e-9).all()
    assert named(chart, "this doubt").x == pytest.approx(np.arange(10, 101, 10))
    assert len({named(chart, n).line.dash for n in ("this doubt", "doubt at random")}) == 2


def test_the_chosen_coverage_is_marked_and_said(risk):
    chart = risk_coverage_chart(risk, 5)
    mark = named(chart, "chosen")
    assert (mark.x[0], mark.y[0]) == (50.0, pytest.approx(20.0))
    words = chart.how_to_read.replace("\u00a0", " ")
    assert (
        "Keeping the surest 50 % leaves 20 % wrong; a doubt drawn at random would leave 40 %"
        in (words)
    )
    assert "would leave 40 %, one that knows every error 0 %" in words
    assert "All: 40 % wrong" in chart.alt.replace("\u00a0", " ")
    assert chart.table["error, this doubt"][4] == 0.2 and chart.table["kept"][-1] == 10
    for kept in (0, 11):
        with pytest.raises(ShapeError, match=rf"{kept} answers kept of 10; wanted is 1 to 10"):
            risk_coverage_chart(risk, kept)


def test_an_ideal_doubt_puts_all_errors_last():
    assert ideal_risk(4, 0) == pytest.approx([0, 0, 0, 0])
    assert ideal_risk(4, 4) == pytest.approx([1, 1, 1, 1])
    assert ideal_risk(4, 1) == pytest.approx([0, 0, 0, 0.25])


def test_reliability_draws_every_bin_with_its_interval_and_all_pairs_below():
    generator = np.random.default_rng(0)
    chance = generator.uniform(0, 0.4, 600)
    bins = reliability(chance, generator.uniform(size=600) < 0.5 * chance, bins=6, by="mass")
    chart = reliability_chart(bins, chance)
    points = named(chart, "P(match) here")
    assert points.x == pytest.approx(100 * bins.chance)
    assert points.y == pytest.approx(100 * bins.share)
    assert np.array(points.y) + points.error_y.array == pytest.approx(100 * bins.high)
    assert np.array(points.y) - points.error_y.arrayminus == pytest.approx(100 * bins.low)
    bars = next(trace for trace in chart.figure.data if trace.type == "bar")
    assert sum(bars.y) == 600
    end = chart.figure.layout.xaxis.range[1]
    assert end == chart.figure.layout.yaxis.range[1] >= 100 * bins.high.max()
    assert "too much is claimed there" in chart.how_to_read  # twice as much as comes true
    assert chart.table["pairs"] == [100] * 6
    with pytest.raises(ShapeError, match="3 chances and 600 pairs"):
        reliability_chart(bins, chance[:3])


@pytest.mark.parametrize(("is_dark", "colours"), [(False, LIGHT), (True, DARK)])
def test_both_charts_and_the_miniature_follow_the_theme(risk, is_dark, colours):
    assert risk_coverage_chart(risk, 3, is_dark=is_dark).figure.layout.paper_bgcolor == (
        colours.surface
    )
    bins = reliability(np.linspace(0, 1, 40), np.arange(40) > 20, bins=4)
    chart = reliability_chart(bins, np.linspace(0, 1, 40), is_dark=is_dark)
    assert chart.figure.layout.paper_bgcolor == colours.surface
    assert colours.belief in miniature(line_of(0.0), is_dark)[0]


def test_a_miniature_shows_mean_and_interval_where_they_are():
    belief = some_pairs()[1, 3]
    svg, alt = miniature(belief)
    root = ET.fromstring(svg)
    paths = [node.attrib["d"] for node in root.iter() if node.tag.endswith("path")]
    low, high = (float(edge[0, 0]) for edge in belief.interval(0.9))

    def x(similarity):
        return f"{4 + similarity * (WIDTH - 8):.1f}"

    assert any(d.startswith(f"M{x(low)} ") and d.endswith(f"H{x(high)}") for d in paths)
    assert any(d.startswith(f"M{x(float(belief.mean[0, 0]))} ") for d in paths)
    assert f"{low:.2f}" in alt and f"{high:.2f}" in alt
    heights = [
        float(pair.split(",")[1])
        for node in root.iter() if node.tag.endswith("polygon")
        for pair in node.attrib["points"].split()
    ]  # fmt: skip
    assert min(heights) >= 4 and max(heights) == 32  # inside the picture, on its ground
    with pytest.raises(ShapeError, match=r"not \(6, 1\)"):
        miniature(some_pairs()[:, 0])


def test_the_report_holds_everything_once_and_escapes_what_came_from_outside(risk):
    row = ReportRow("data:image/webp;base64,AAAA", EVIL, EVIL, "small", miniature(line_of(0.0)), "")
    marked = ReportRow("data:image/webp;base64,AAAA", "b", "c", "d", row.miniature, "no match")
    chart = risk_coverage_chart(risk, 5)
    report = Report(
        "Where does it go wrong?",
        "Of 10 captions 6 find their image first.",
        [f"{EVIL}: 3 images"],
        [("Right at once", "60 %", "6 of 10")],
        [("One", "First.", chart), ("Two", "Second.", chart), ("Three", "needs 20 more", None)],
        [("Sure and wrong", "Words.", [row, marked]), ("Undecided", "None here.", [])],
        {"by": [EVIL], "right": [0.25], "from": [None]},
    )
    page = report_html(report).decode()
    assert page.count("plotly.js v") == 1 or page.count("Plotly.newPlot") == 2
    assert 3_000_000 < len(page) < 8_000_000  # the drawing code is inside, and once
    body = page[page.rindex("</style>") :]
    assert "<img src=x" not in page and "<script>alert" not in page
    assert body.count("&lt;img src=x") >= 4
    for said in ("Of 10 captions 6", "60 %", "needs 20 more", "marked no match", "25%", "–"):
        assert said in body
    assert "<p>None.</p>" in body
    assert not re.search(r'<(?:script|link|img)[^>]*\b(?:src|href)="(?:https?:)?//', page)
    assert re.search(r"Content-Security-Policy\" content=\"default-src 'none'", page)
