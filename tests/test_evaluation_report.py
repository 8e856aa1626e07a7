"""Reports: JSON there and back, Markdown, and one HTML page that needs no network."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from judges import CosineJudge, noisy_data
from vacsr_core.errors import DataError
from vacsr_core.evaluation import plan
from vacsr_core.evaluation.charts import line_chart
from vacsr_core.evaluation.report import Curve, Figure, Report
from vacsr_core.evaluation.roster import Entry
from vacsr_core.evaluation.run import run
from vacsr_core.evaluation.summary import summarise
from vacsr_core.evaluation.tables import markdown, said, tables

NASTY = '<script src="https://example.org/x.js">|'


class Parts(HTMLParser):
    """Names of all elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def report() -> Report:
    def entry(name, kind):
        return Entry(name, kind, {}, lambda *_: {name: CosineJudge(name)})

    wanted = [entry("cosine", "rival"), entry(NASTY, "ours"), entry("K = 9", "ablation")]
    kinds = {row.name: row.kind for row in wanted}
    parts = plan.fixed(noisy_data(30, 1), (noisy_data(40, 2, 0.9),), (0, 1))
    trials = run(parts, wanted, (0.5,))
    return summarise(trials, kinds, "tiny", "a split", "the command", "cosine", ("left out: 1",))


def test_json_comes_back_whole(report):
    text = report.to_json()
    assert Report.from_json(text) == report
    rows = json.loads(text)["figures"]
    assert {"data", "split", "count", "seeds", "value"} <= set(rows[0])
    assert "NaN" not in text
    for wrong in ("{}", "[]", "no", text.replace('"format": 1', '"format": 99')):
        with pytest.raises(DataError, match="no report of the command evaluate"):
            Report.from_json(wrong)


def test_html_is_one_file_without_an_address(report, tmp_path):
    report.save(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    found = Parts()
    found.feed(page)
    assert not found.tags & {"script", "link", "img", "iframe", "object", "use", "image"}
    assert not found.attributes & {"src", "href", "xlink:href", "srcset", "data", "onload"}
    assert "url(" not in page and "@import" not in page
    assert "//" not in page.replace("https://example.org", "")  # what a name holds is only text
    # Two risk-coverage plots and a reliability diagram for each of two contenders.
    assert page.count("<figure>") == 4 and page.count('role="img"') == 4
    assert "<code>the command</code>" in page
    assert len(page) < 200_000


def test_markdown_has_every_table_and_escapes_cells(report):
    text = markdown(report)
    titles = [line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")]
    starts = ["Retrieval", "Doubt: wrong first choices", "Doubt: every doubt", "Difference to",
              "Calibration", "50 % of the fit", "Ablation", "Cost"]  # fmt: skip
    assert all(title.startswith(start) for title, start in zip(titles, starts, strict=True))
    assert "| " + NASTY.replace("|", "\\|") + " |" in text
    widths = {line.count(" | ") for line in text.splitlines() if line.startswith("| cosine")}
    assert max(widths) >= 11
    assert "- tiny: left out: 1" in text and "R@1: share of queries" in text


def test_the_ablation_stands_in_its_own_table_alone(report):
    by_title = {table.title.split(" ")[0]: table for table in tables(report, "tiny")}
    assert [row[0] for row in by_title["retrieval"].rows] == ["cosine", NASTY]
    assert [row[0] for row in by_title["ablation"].rows] == [NASTY, "K = 9"]
    for table in tables(report, "tiny"):
        assert {len(row) for row in table.rows} == {len(table.header)}


def test_figures_as_text():
    def figure(measure, value, spread=None, low=None, high=None):
        return Figure("", "", "", "", measure, "", "", value, spread, low, high, 9, (0, 1))

    assert said(figure("R@1", 0.5, 0.01, 0.4, 0.6)) == "0.500 ± 0.010 (0.400 to 0.600)"
    assert said(figure("R@1", 0.02, 0.01, -0.01, 0.05), True) == "+0.020 ± 0.010 (-0.010 to +0.050)"
    assert said(figure("parameters", 37012.0, 0.0)) == "37,012"
    assert said(figure("RSUM", 411.23, 2.0)) == "411.2 ± 2.0"
    assert said(figure("R@1", None)) == said(None) == "–"


def test_reports_join_and_find():
    one = Figure("a", "", "t", "c", "R@1", "", "", 0.25, None, None, None, 1, (0,))
    left, right = Report("x", {}, (one,), notes=("n",)), Report("y", {}, (one,), notes=("n", "m"))
    both = left.and_also(right)
    assert (both.command, len(both.figures), both.notes) == ("x", 2, ("n", "m"))
    assert left.value("c", "R@1") == 0.25 and np.isnan(left.value("c", "R@5"))
    assert both.data_sets == ("a",)


def test_a_line_starts_and_ends_where_its_numbers_are():
    curve = Curve("d", "risk-coverage", "c", "", (0.0, 1.0), (0.0, 0.5))
    points = re.search(r'points="([^"]+)"', line_chart([curve], "x", "y", "alt"))[1].split()
    first, last = ([float(number) for number in point.split(",")] for point in points)
    assert first == [52.0, 276.0] and last == [448.0, 12.0]  # axis from 0 to 0.5, its full height


def test_other_endings_are_refused(report, tmp_path):
    with pytest.raises(DataError, match=r"a report is written as \.json, \.md, \.html"):
        report.save(tmp_path / "report.pdf")
    for name in ("report.json", "report.md"):
        report.save(tmp_path / name)
    assert Report.from_json((tmp_path / "report.json").read_text(encoding="utf-8")) == report
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json", "report.md"]
