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


SERIES = f"/series/{'/'.join(DATASET)}"
WHERE = "lon=1.5&lat=0.5"


@pytest.fixture
def years(row: FlaskClient, sqlite: Registry, tmp_path: Path) -> FlaskClient:
    """The row of pixels on 20181010, then other dates of it, and of another product."""
    affine = Affine(1, 0, 0, 0, -1, 1)
    for date, west, value in (("20201010", 0, 2), ("20191010", 0, 9), ("20211010", 5, 1)):
        values = np.full((1, 6), value, np.uint8)
        shifted = affine @ Affine.translation(west, 0)
        path = write_raster(tmp_path / f"{date}.tif", values, "EPSG:4326", shifted, nodata=9)
        sqlite.register(path, {"classes": CLASSES, "source": {}}, keys=_on(date))
    sqlite.register("/gone.tif", {"classes": CLASSES}, keys=_on("20221010"))
    sqlite.register("/other.tif", {"classes": CLASSES}, keys=("categorical", "S3", "20181010", "x"))
    return row


def _on(date: str) -> tuple[str, str, str, str]:
    kind, sensor, _, band = DATASET
    return kind, sensor, date, band


def test_series(years: FlaskClient) -> None:
    document = years.get(f"{SERIES}?{WHERE}").get_json()
    nothing = {"value": None, "label": None, "color": None, "nodata": True}
    water = {"value": 1, "label": "Water", "color": "0000FF", "alpha": 128, "nodata": False}
    land = {"value": 2, "label": "Land", "color": "00FF00", "nodata": False}
    assert document == {
        "keys": dict(zip(("type", "sensor", "date", "band"), DATASET, strict=True)),
        "lon": 1.5,
        "lat": 0.5,
        "series": [
            {"date": "20181010", "status": "read", **water},
            {"date": "20191010", "status": "read", **nothing, "value": 9},
            {"date": "20201010", "status": "read", **land},
            {"date": "20211010", "status": "outside", **nothing},
            {"date": "20221010", "status": "missing", **nothing},
        ],
        "total": 5,
        "limit": 100,
        "page": 0,
    }


def test_each_date_says_what_point_says(years: FlaskClient) -> None:
    for item in years.get(f"{SERIES}?{WHERE}").get_json()["series"][:3]:
        point = years.get(f"/point/{'/'.join(_on(item['date']))}?{WHERE}").get_json()
        assert {name: point.get(name) for name in item if name not in ("date", "status")} == {
            name: value for name, value in item.items() if name not in ("date", "status")
        }


def test_pages(years: FlaskClient) -> None:
    def dates(query: str) -> list[str]:
        document = years.get(f"{SERIES}?{WHERE}&{query}").get_json()
        assert document["total"] == 5
        return [item["date"] for item in document["series"]]

    assert dates("limit=2") == ["20181010", "20191010"]
    assert dates("limit=2&page=1") == ["20201010", "20211010"]
    assert dates("limit=2&page=2") == ["20221010"]
    assert dates("limit=2&page=3") == []


def test_more_dates_than_are_opened_at_once(
    years: FlaskClient, sqlite: Registry, serve: Serve
) -> None:
    client = serve(sqlite.url.removeprefix("sqlite:///"), HANDLER_MAX_DATES="3")
    document = client.get(f"{SERIES}?{WHERE}").get_json()
    assert (len(document["series"]), document["total"], document["limit"]) == (3, 5, 3)
    response = client.get(f"{SERIES}?{WHERE}&limit=4")
    assert response.status_code == 400
    assert response.get_json()["message"] == "limit is '4': give a whole number from 1 to 3"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *(("", "lon"), ("lon=1", "lat"), ("lon=x&lat=1", "lon"), ("lon=1&lat=-91", "lat")),
        *((f"{WHERE}&limit={it}", "limit") for it in ("0", "-1", "x", "", "1.5", "9" * 30)),
        *((f"{WHERE}&page={it}", "page") for it in ("-1", "x", "", "9" * 9)),
    ],
)
def test_bad_parameters_of_a_series(years: FlaskClient, query: str, name: str) -> None:
    response = years.get(f"{SERIES}?{query}", headers={"Origin": "https://a.example"})
    assert response.status_code == 400
    assert response.get_json()["message"].startswith(name)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_series_of_what_is_unknown(years: FlaskClient, sqlite: Registry, serve: Serve) -> None:
    client = serve(sqlite.url.removeprefix("sqlite:///"), HANDLER_DATE_KEY="month")
    for each, keys in ((years, "a/b/c/d"), (client, "/".join(DATASET))):
        response = each.get(f"/series/{keys}?{WHERE}")
        assert (response.status_code, list(response.get_json())) == (404, ["message"])


def test_a_series_changes_with_each_new_date(sqlite: Registry, serve: Serve, cog: Path) -> None:
    sqlite.register(str(cog), PUBLISHED)
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    url = f"{SERIES}?lon=15.1&lat=49.6&limit=1"
    version = client.get(f"/classes/{'/'.join(DATASET)}").get_json()["version"]
    response = client.get(f"{url}&v={version}")
    assert response.headers["Cache-Control"] == "public, max-age=60"
    held = {"If-None-Match": client.get(url).headers["ETag"]}
    assert client.get(url, headers=held).status_code == 304
    sqlite.register(str(cog), PUBLISHED, keys=_on("20301010"))
    assert client.get(url, headers=held).get_json()["total"] == 2


def test_a_series_in_postgresql(postgresql: Registry, serve: Serve, cog: Path) -> None:
    for date in ("2020", "2018", "2019"):
        postgresql.register(str(cog), PUBLISHED, keys=_on(date))
    client = serve(postgresql.url.replace("+psycopg2", ""))
    document = client.get(f"/series/{'/'.join(_on('2019'))}?lon=15.06&lat=49.63").get_json()
    assert [item["date"] for item in document["series"]] == ["2018", "2019", "2020"]
    assert {item["label"] for item in document["series"]} == {"Clear land"}
