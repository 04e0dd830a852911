"""What is at a place, over HTTP."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from flask.testing import FlaskClient

from tests.handler.areas.rasters import write_raster
from tests.handler.conftest import DATASET, PUBLISHED, Registry, Serve

POINT = f"/point/{'/'.join(DATASET)}"
CLASSES = [
    {"value": 0, "name": "none", "title": "No data", "color_hint": "000000", "nodata": True},
    {"value": 1, "name": "water", "title": "Water", "color_hint": "0000FF", "alpha": 128},
    {"value": 2, "name": "land", "title": "Land", "color_hint": "00FF00", "nodata": False},
]


@pytest.fixture
def row(sqlite: Registry, serve: Serve, tmp_path: Path) -> FlaskClient:
    """The API on one row of pixels, a degree each: classes 0, 1, 2, then 7, nodata 9, masked."""
    values = np.array([[0, 1, 2, 7, 9, 2]], np.uint8)
    mask = np.array([[255, 255, 255, 255, 255, 0]], np.uint8)
    affine = Affine(1, 0, 0, 0, -1, 1)
    path = write_raster(tmp_path / "row.tif", values, "EPSG:4326", affine, nodata=9, mask=mask)
    sqlite.register(path, {**PUBLISHED, "classes": CLASSES})
    return serve(sqlite.url.removeprefix("sqlite:///"))


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        (0.5, {"value": 0, "label": "No data", "color": None, "nodata": True}),
        (1.5, {"value": 1, "label": "Water", "color": "0000FF", "alpha": 128, "nodata": False}),
        (2.5, {"value": 2, "label": "Land", "color": "00FF00", "nodata": False}),
        (3.5, {"value": 7, "label": None, "color": None, "nodata": False}),
        (4.5, {"value": 9, "label": None, "color": None, "nodata": True}),
        (5.5, {"value": None, "label": None, "color": None, "nodata": True}),
    ],
)
def test_point(row: FlaskClient, lon: float, expected: dict[str, Any]) -> None:
    document = row.get(f"{POINT}?lon={lon}&lat=0.5").get_json()
    keys = document.pop("keys")
    assert list(keys.values()) == list(DATASET)
    assert document == {**expected, "lon": lon, "lat": 0.5, "column": int(lon), "row": 0}


def test_a_value_that_has_a_class_is_data_even_if_the_raster_calls_it_nodata(
    sqlite: Registry, serve: Serve, tmp_path: Path
) -> None:
    values = np.full((1, 1), 2, np.uint8)
    path = write_raster(
        tmp_path / "a.tif", values, "EPSG:4326", Affine(1, 0, 0, 0, -1, 1), nodata=2
    )
    sqlite.register(path, {**PUBLISHED, "classes": CLASSES})
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    document = client.get(f"{POINT}?lon=0.5&lat=0.5").get_json()
    assert (document["label"], document["color"], document["nodata"]) == ("Land", "00FF00", False)


def test_longitude_wraps_around(row: FlaskClient) -> None:
    answers = [row.get(f"{POINT}?lon={lon}&lat=0.5").get_json() for lon in (2.5, 362.5, -357.5)]
    assert answers[0] == answers[1] == answers[2]


def test_outside(row: FlaskClient) -> None:
    response = row.get(f"{POINT}?lon=10&lat=0.5")
    assert response.status_code == 404
    assert response.get_json()["message"] == (
        "the place at longitude 10, latitude 0.5 is outside of "
        "categorical / S2 / 20181010 / cloudmask"
    )


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "lon"),
        ("lon=1", "lat"),
        ("lat=1", "lon"),
        ("lon=x&lat=1", "lon"),
        ("lon=1&lat=91", "lat"),
    ],
)
def test_bad_parameters(row: FlaskClient, query: str, name: str) -> None:
    response = row.get(f"{POINT}?{query}", headers={"Origin": "https://a.example"})
    assert response.status_code == 400
    assert response.get_json()["message"].startswith(name)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_caching(row: FlaskClient) -> None:
    response = row.get(f"{POINT}?lon=2.5&lat=0.5")
    held = {"If-None-Match": response.headers["ETag"]}
    assert row.get(f"{POINT}?lon=2.5&lat=0.5", headers=held).status_code == 304
    assert row.get(f"{POINT}?lon=1.5&lat=0.5", headers=held).status_code == 200


def test_a_dataset_without_classes(sqlite: Registry, row: FlaskClient) -> None:
    sqlite.register("/no.tif", {}, keys=("index", "S2", "2018", "ndvi"))
    response = row.get("/point/index/S2/2018/ndvi?lon=1&lat=1")
    assert (response.status_code, list(response.get_json())) == (404, ["message"])
