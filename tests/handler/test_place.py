"""The parameters lon and lat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.errors import InvalidParameter
from handler.place import Place, parse_place


def test_a_place() -> None:
    assert parse_place({"lon": "15.1", "lat": "-49.6"}) == Place(15.1, -49.6)


@given(st.integers(-18_000, 17_999), st.integers(-99, 99))
def test_longitude_wraps_around(hundredths: int, turns: int) -> None:
    lon = hundredths / 100
    place = parse_place({"lon": repr(lon + 360 * turns), "lat": "0"})
    assert -180 <= place.lon < 180
    assert place.lon == pytest.approx(lon, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1,5",
        "abc",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1_0",
        "0x1",
        "\u0661",
        "36001",
        "1e5",
    ],
)
def test_bad_longitudes(text: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^lon is "):
        parse_place({"lon": text, "lat": "0"})


@pytest.mark.parametrize("text", ["", "north", "nan", "90.01", "-91", "5500000", "--1"])
def test_bad_latitudes(text: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^lat is "):
        parse_place({"lon": "0", "lat": text})


@pytest.mark.parametrize(("args", "name"), [({"lat": "1"}, "lon"), ({"lon": "1"}, "lat")])
def test_missing(args: dict[str, str], name: str) -> None:
    with pytest.raises(InvalidParameter, match=f"^{name} is missing"):
        parse_place(args)
