"""Which time a date among the key values stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.periods import parse_period


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2018", "2018-01-01T00:00:00", "2018-12-31T23:59:59"),
        ("201802", "2018-02-01T00:00:00", "2018-02-28T23:59:59"),
        ("2020-02", "2020-02-01T00:00:00", "2020-02-29T23:59:59"),
        ("201812", "2018-12-01T00:00:00", "2018-12-31T23:59:59"),
        ("20181010", "2018-10-10T00:00:00", "2018-10-10T00:00:00"),
        ("2018-10-10", "2018-10-10T00:00:00", "2018-10-10T00:00:00"),
        ("20181010T102030", "2018-10-10T10:20:30", "2018-10-10T10:20:30"),
        ("20181010T102030Z", "2018-10-10T10:20:30", "2018-10-10T10:20:30"),
        ("2018-10-10T10:20:30+02:00", "2018-10-10T08:20:30", "2018-10-10T08:20:30"),
    ],
)
def test_dates(text: str, start: str, end: str) -> None:
    found = parse_period(text)
    assert found is not None
    assert (found.start.isoformat(), found.end.isoformat()) == (f"{start}+00:00", f"{end}+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "latest",
        "0000",
        "201813",
        "20181310",
        "9999",
        "1",
        "\uff12\uff10\uff11\uff18",
        "0001-01-01T00:00+14:00",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_period(text) is None


@given(st.text())
def test_any_text(text: str) -> None:
    found = parse_period(text)
    assert found is None or found.start <= found.end
