"""Exports: a table that no spreadsheet runs, a page that fetches and uploads nothing."""

import csv
import io
import re

import numpy as np
import pytest

from beliefs import some_pairs
from vacsr_core.errors import ShapeError
from vacsr_core.export import chart_html, table_csv
from vacsr_core.figures import RankedItem, distribution_chart, ranking_chart
from vacsr_core.ranked import rank


def read(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_text_that_would_run_is_escaped_and_numbers_are_not():
    content = table_csv(
        {"=name": ["=1+1", "@x", 'a, "b"\nc', "مرحبا 🎈"], "value": [-0.5, 1, 2, 3]}
    )
    assert content.startswith(b"\xef\xbb\xbf")
    assert read(content) == [
        ["'=name", "value"],
        ["'=1+1", "-0.5"],
        ["'@x", "1"],
        ['a, "b"\nc', "2"],
        ["مرحبا 🎈", "3"],
    ]


def test_columns_of_different_length_are_refused():
    with pytest.raises(ShapeError, match=r"equally long; these are \{'a': 1, 'b': 2\}"):
        table_csv({"a": [1], "b": [1, 2]})


def test_a_chart_table_survives_the_round_trip():
    chart = distribution_chart(some_pairs()[0, 0])
    rows = read(table_csv(chart.table))
    assert rows[0] == list(chart.table)
    assert np.array(rows[1:], float) == pytest.approx(np.array([*chart.table.values()]).T)


@pytest.fixture(scope="module")
def page():
    ranking = rank(some_pairs()[0, :])
    evil = "<img src=x onerror=alert(1)> </script><script>alert(2)</script> :red[x] $\\alpha$"
    items = [RankedItem(str(i), evil, False) for i in ranking.order]
    chart = ranking_chart(ranking, items, "caption")
    return chart_html(chart, "Ranking <of> captions").decode()


def test_the_html_holds_the_drawing_code_and_never_offers_an_upload(page):
    assert len(page) > 3_000_000
    assert '"showSendToCloud": false' in page
    assert '"displaylogo": false' in page
    assert not re.search(r'<(?:script|link|img)[^>]*\b(?:src|href)="(?:https?:)?//', page)


def test_the_browser_is_told_to_refuse_requests(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert "connect-src" not in directives and "http" not in policy


def test_title_and_user_text_are_escaped(page):
    assert "<title>Ranking &lt;of&gt; captions</title>" in page
    assert "<img src=x" not in page
    assert "</script><script>alert" not in page
