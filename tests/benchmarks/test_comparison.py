from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.catalogue import IN_PROCESS, OURS, STOCK
from benchmarks.comparison import Row, figures, goals, percent, tables
from benchmarks.figures import Summary
from benchmarks.oracle import NOTHING, Share
from benchmarks.peer import Dataset, Spec


def row(name: str, median_ms: float, p95_ms: float, mean_bytes: float, exact: Share) -> Row:
    spec = Spec(name, IN_PROCESS, "wsgi", "app", "/", Dataset((), ""), Path("python"))
    summary = Summary(10, median_ms, p95_ms, mean_bytes)
    zooms = {10: summary, 12: summary}
    return Row(spec, summary, zooms, {10: exact, 12: exact}, 100, 1000, 150)


@pytest.fixture
def rows() -> list[Row]:
    return [row(OURS, 2, 4, 600, Share(100, 100)), row(STOCK, 30, 44, 1000, Share(90, 100))]


def test_others_are_multiples_of_ours(rows: list[Row]) -> None:
    ours, stock = (figures(row, rows) for row in rows)
    assert (ours["median_ratio"], stock["median_ratio"], stock["p95_ratio"]) == (1, 15, 11)
    assert stock["exact"] == 0.9


def test_tables_have_a_line_for_each_peer(rows: list[Row]) -> None:
    overall, by_zoom = tables(rows)
    assert [line[:5] for line in overall.rows] == [
        [OURS, IN_PROCESS, "no", "2.00 ms", "4.00 ms"],
        [STOCK, IN_PROCESS, "no", "x 15.00", "x 11.00"],
    ]
    expected = ("median z10", "median z12", "exact z10", "exact z12")
    assert by_zoom.header[3:] == expected


def test_goals_that_no_peer_speaks_to_are_not_measured(rows: list[Row]) -> None:
    verdicts = {goal.text: goal.verdict for goal in goals(rows)}
    stock = "of Terracotta, in process, without AWS credentials, as a multiple of ours"
    assert verdicts[f"median {stock}"] == "reached"
    assert verdicts[f"p95 {stock}"] == "missed"
    assert (
        verdicts["median of titiler, in process, without AWS credentials, as a multiple of ours"]
        == "not measured"
    )
    assert verdicts["bytes of a tile as a share of Terracotta's"] == "reached"
    assert verdicts[f"exact pixels, {OURS}"] == "reached"


def test_nothing_shown_is_no_share(rows: list[Row]) -> None:
    assert replace(rows[0], exact={10: NOTHING}).share is None
    assert percent(None) == "-"


def test_nearly_all_is_not_shown_as_all() -> None:
    assert percent(0.9999999) == "99.999 %"
    assert percent(1.0) == "100 %"
