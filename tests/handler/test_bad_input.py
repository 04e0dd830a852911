"""Each parameter wrong in each way: 400 with its name, never a 5xx."""

import json
import math
import re
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.handler.conftest import DATASET

PATH = "/".join(DATASET)
WRONG = (
    "",
    " ",
    "x",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "1,5",
    "\u0661",
    "[]",
    "{}",
    "null",
    "\0",
    "\U0001d7d9",
)
FAR = ("91", "-91", "1e300", "99999999999999999999")
SIZES = ("", "x", "256", "[256]", "[0,1]", "[1,-1]", "[1,2,3]", "[1e9,1]", '["a",1]', "null", "{}")
MAPS = (
    "",
    "x",
    "[]",
    "{}",
    '{"0":"x"}',
    '{"x":"fff"}',
    '{"0":null}',
    '{"0":[1]}',
    '{"0":[1,2,999]}',
)
TILE = f"{PATH}/9/277/174.png"

CASES = [
    (f"/point/{PATH}?lat=49.6&lon={{}}", "lon", (*WRONG, "36001")),
    (f"/point/{PATH}?lon=15.1&lat={{}}", "lat", (*WRONG, *FAR)),
    (f"/series/{PATH}?lat=49.6&lon={{}}", "lon", (*WRONG, "36001")),
    (f"/series/{PATH}?lon=15.1&lat={{}}", "lat", (*WRONG, *FAR)),
    (f"/series/{PATH}?lon=1&lat=1&limit={{}}", "limit", (*WRONG, "0", "101")),
    (f"/series/{PATH}?lon=1&lat=1&page={{}}", "page", (*WRONG, "-1", "1e3")),
    (f"/transitions/{PATH}?to={{}}", "to", ("",)),
    (f"/categorical/{TILE}?show={{}}", "show", WRONG),
    (f"/categorical/{TILE}?tile_size={{}}", "tile_size", SIZES),
    (f"/categorical/{PATH}/preview.png?show={{}}", "show", WRONG),
    (f"/categorical/{PATH}/preview.png?tile_size={{}}", "tile_size", SIZES),
    (f"/tilejson/{PATH}.json?show={{}}", "show", WRONG),
    (
        f"/singleband/{TILE}?colormap=explicit&explicit_color_map={{}}",
        "explicit_color_map",
        MAPS,
    ),
    (f"/categorical/{PATH}/{{}}/0/0.png", "z", ("31", "-1", "9" * 30)),
    (f"/categorical/{PATH}/1/{{}}/0.png", "x", ("2", "-1", "9" * 30)),
    (f"/categorical/{PATH}/1/0/{{}}.png", "y", ("2", "-1", "9" * 30)),
]


@pytest.mark.parametrize(("url", "name", "texts"), CASES)
def test_a_wrong_parameter_is_named(
    client: FlaskClient, url: str, name: str, texts: tuple[str, ...]
) -> None:
    for text in texts:
        response = client.get(url.format(quote(text, safe="")))
        assert response.status_code == 400, (text, response.text)
        assert re.search(rf"\b{name}\b", response.get_json()["message"]), (text, response.text)


RULES = [
    *("/classes/{}", "/legend/{}.json", "/legend/{}.png", "/legend/{}.svg", "/tilejson/{}.json"),
    *("/point/{}?lon=15.1&lat=49.6", "/series/{}?lon=15.1&lat=49.6", "/statistics/{}"),
    *("/transitions/{}?to=20181010", "/categorical/{}/preview.png", "/categorical/{}/0/0/0.png"),
    *(f"/export/{{}}.{suffix}" for suffix in ("clr", "qml", "aux.xml", "stac.json")),
]
KEYS = {
    "a": 400,
    "a/b/c/d/e": 400,
    "a/b/c/d": 404,
    "%00/b/c/d": 404,
    "%F0%9F%8C%8A/%2e%2e/c/d": 404,
    f"{'x' * 3000}/b/c/d": 404,
    "'; DROP TABLE datasets; --/b/c/d": 404,
}


@pytest.mark.parametrize("rule", RULES)
def test_wrong_keys(client: FlaskClient, rule: str) -> None:
    for keys, status in KEYS.items():
        response = client.get(rule.format(keys))
        assert response.status_code == status, (keys, response.text)
        assert list(response.get_json()) == ["message"]
    assert client.get(rule.format(PATH)).status_code == 200


def _ring(*corners: tuple[float, float]) -> list[list[float]]:
    return [list(corner) for corner in (*corners, corners[0])]


def _polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [_ring(*corners)]}


_BOW_TIE = _polygon((15.02, 49.58), (15.1, 49.64), (15.1, 49.58), (15.02, 49.64))
_STAR = _polygon(
    *(
        (15.07 + 0.04 * math.sin(4 * math.pi * k / 5), 49.6 + 0.03 * math.cos(4 * math.pi * k / 5))
        for k in range(5)
    )
)
_LINE = _polygon((15.02, 49.6), (15.1, 49.6), (15.05, 49.6))
_POINT = _polygon((15.02, 49.6), (15.02, 49.6), (15.02, 49.6))
_ACROSS = _polygon((179, 49), (181, 49), (181, 50), (179, 50))
_BACK = _polygon((179, 49), (-179, 49), (-179, 50), (179, 50))
_WORLD = _polygon((-180, -90), (180, -90), (180, 90), (-180, 90))
_POLE = _polygon((-180, 80), (180, 80), (180, 90), (-180, 90))


@pytest.mark.parametrize("polygon", [_BOW_TIE, _STAR, _WORLD])
def test_odd_polygons_that_hold_pixels(client: FlaskClient, polygon: dict[str, Any]) -> None:
    document = client.post(f"/statistics/{PATH}", json=polygon).get_json()
    assert sum(row["count"] for row in document["classes"]) > 0


@pytest.mark.parametrize("polygon", [_LINE, _POINT, _ACROSS, _POLE])
def test_odd_polygons_that_hold_none(client: FlaskClient, polygon: dict[str, Any]) -> None:
    document = client.post(f"/statistics/{PATH}", json=polygon).get_json()
    assert {row["count"] for row in document["classes"]} == {0}


def test_a_ring_that_jumps_across_the_antimeridian_goes_the_long_way(client: FlaskClient) -> None:
    """As RFC 7946 has it: what crosses is to be cut, or to go on beyond 180."""
    document = client.post(f"/statistics/{PATH}", json=_BACK).get_json()
    rows = client.get(f"/statistics/{PATH}").get_json()["classes"]
    assert [row["count"] for row in document["classes"]] == [row["count"] for row in rows]


BODIES = [
    *("", "x", "[]", "null", "1", '"Polygon"', "{}", '{"type":"Point","coordinates":[15,49]}'),
    *(
        json.dumps({"type": "Polygon", "coordinates": it})
        for it in (None, {}, [], [[]], [[[1, 2]]])
    ),
    json.dumps({"type": "Polygon", "coordinates": [[[15, 49], [16, 49], [16, 50], [15, 50]]]}),
    json.dumps({"type": "Polygon", "coordinates": [_ring((15, 91), (16, 49), (16, 50))]}),
    json.dumps(
        {"type": "Polygon", "coordinates": [_ring((500_000, 5_500_000), (5e5, 5e6), (1, 1))]}
    ),
    json.dumps({"type": "Polygon", "coordinates": [[["15", "49"]] * 4]}),
    json.dumps({"type": "Polygon", "coordinates": [[[True, False]] * 4]}),
    '{"type":"Polygon","coordinates":[[[NaN,1],[1,1],[1,2],[NaN,1]]]}',
    json.dumps({**_BOW_TIE, "crs": {"type": "name", "properties": {"name": "EPSG:32633"}}}),
    json.dumps({"type": "Feature", "properties": {}, "geometry": None}),
    json.dumps({"type": "FeatureCollection", "features": []}),
    json.dumps({"type": "GeometryCollection", "geometries": [_BOW_TIE]}),
    json.dumps({"type": "MultiPolygon", "coordinates": []}),
    "[" * 100_000,
    b"\xff\xfe",
]


def test_bodies_that_are_no_polygon(client: FlaskClient) -> None:
    for body in BODIES:
        response = client.post(f"/statistics/{PATH}", data=body)
        assert response.status_code == 400, (body[:80], response.text)
        assert list(response.get_json()) == ["message"]
