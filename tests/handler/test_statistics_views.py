"""Pixels and areas per class over HTTP."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from handler.http_cache import IMMUTABLE
from tests.handler.areas.rasters import write_raster
from tests.handler.conftest import CATEGORIES, DATASET, PUBLISHED, SIDE, Registry, Serve

URL = f"/statistics/{'/'.join(DATASET)}"
QUARTER = SIDE * SIDE // 4
# About the middle of the raster, where its four quarters meet.
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[15.06, 49.59], [15.08, 49.59], [15.08, 49.62], [15.06, 49.62], [15.06, 49.59]]
    ],
}
ANYWHERE = {"Origin": "https://a.example"}


def post(client: FlaskClient, document: Any) -> TestResponse:
    return client.post(URL, data=json.dumps(document), headers=ANYWHERE)


def test_the_whole_dataset(client: FlaskClient) -> None:
    document = client.get(URL).get_json()
    rows = document.pop("classes")
    assert [(row["value"], row["label"]) for row in rows] == [
        *((0, "Clear land"), (1, "Clear water"), (2, "Cloud"), (3, "Cloud shadow")),
    ]
    assert all((row["count"], row["percentage"]) == (QUARTER, 25) for row in rows)
    # In the middle of the zone its scale is 0.9996, and a little more 5 km beside it.
    assert [row["area"] for row in rows] == pytest.approx([QUARTER * 100 / 0.9996**2] * 4, rel=1e-5)
    keys, version = document.pop("keys"), document.pop("version")
    assert (tuple(keys.values()), len(version)) == (DATASET, 16)
    assert document == {
        "unclassified": {"count": 0, "area": 0},
        "nodata": {"count": 0, "area": 0},
        "counts": "exact",
        "areas": "exact",
        "resolution": 1,
    }


def test_a_dataset_that_nobody_counted(sqlite: Registry, serve: Serve, cog: Path) -> None:
    sqlite.register(str(cog), {"categories": {"clear land": 0, "clear water": 1, "cloud": 2}})
    document = serve(sqlite.url.removeprefix("sqlite:///")).get(URL).get_json()
    assert [row["count"] for row in document["classes"]] == [QUARTER] * 3
    assert document["unclassified"]["count"] == QUARTER
    assert [row["percentage"] for row in document["classes"]] == [25, 25, 25]


def test_a_large_dataset_is_read_from_an_overview(
    sqlite: Registry, serve: Serve, cog: Path
) -> None:
    sqlite.register(str(cog), {"categories": CATEGORIES})
    client = serve(sqlite.url.removeprefix("sqlite:///"), HANDLER_MAX_PIXELS="300000")
    document = client.get(URL).get_json()
    assert (document["counts"], document["areas"], document["resolution"]) == (
        *("estimated", "estimated"),
        2,
    )
    assert [row["count"] for row in document["classes"]] == [QUARTER] * 4


def test_equal_areas_are_known_without_a_pixel(
    sqlite: Registry, serve: Serve, tmp_path: Path
) -> None:
    values = np.zeros((100, 100), np.uint8)
    path = write_raster(tmp_path / "a.tif", values, "EPSG:3035", Affine(10, 0, 4e6, 0, -10, 3e6))
    sqlite.register(path, PUBLISHED)
    document = serve(sqlite.url.removeprefix("sqlite:///")).get(URL).get_json()
    assert document["resolution"] is document["nodata"] is document["unclassified"] is None
    assert document["classes"][0]["count"] == QUARTER
    assert document["classes"][0]["area"] == pytest.approx(QUARTER * 100, rel=1e-6)


def test_inside_a_polygon(client: FlaskClient) -> None:
    response = post(client, SQUARE)
    document = response.get_json()
    assert response.headers["Cache-Control"] == "no-store"
    assert {row["count"] > 0 for row in document["classes"]} == {True}
    # 1.4463 km by 3.3366 km: from the lengths of a degree at 49.605 degrees north
    assert sum(row["area"] for row in document["classes"]) == pytest.approx(1446 * 3337, rel=5e-3)
    assert sum(row["percentage"] for row in document["classes"]) == pytest.approx(100, abs=1e-5)
    assert (document["counts"], document["resolution"]) == ("exact", 1)


def test_features_and_overlaps(client: FlaskClient) -> None:
    feature = {"type": "Feature", "properties": {}, "geometry": SQUARE}
    twice = {"type": "FeatureCollection", "features": [feature, feature]}
    assert post(client, twice).get_json() == post(client, SQUARE).get_json()


def test_nodata_classes_have_no_percentage(sqlite: Registry, serve: Serve, cog: Path) -> None:
    classes = [{**item, "nodata": item["value"] == 0} for item in PUBLISHED["classes"]]
    sqlite.register(str(cog), {"classes": classes})
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    rows = post(client, SQUARE).get_json()["classes"]
    assert rows[0]["count"] > 0
    assert rows[0]["percentage"] == 0
    assert sum(row["percentage"] for row in rows) == pytest.approx(100, abs=1e-5)


@pytest.mark.parametrize("shift", [(100, 0), (0, -100)])
def test_outside(client: FlaskClient, shift: tuple[float, float]) -> None:
    (ring,) = SQUARE["coordinates"]
    assert isinstance(ring, list)
    moved = [[x + shift[0], y + shift[1]] for x, y in ring]
    document = post(client, {"type": "Polygon", "coordinates": [moved]}).get_json()
    assert {(row["count"], row["area"], row["percentage"]) for row in document["classes"]} == {
        (0, 0, 0)
    }


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "GeoJSON"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[[5e5, 5e6]] * 4]}, "degrees"),
        ({**SQUARE, "crs": {"type": "name", "properties": {"name": "EPSG:32633"}}}, "crs"),
    ],
)
def test_bad_bodies(client: FlaskClient, document: Any, says: str) -> None:
    response = post(client, document)
    assert response.status_code == 400
    assert says in response.get_json()["message"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "setting", ["HANDLER_MAX_GEOJSON_BYTES", "HANDLER_MAX_GEOJSON_POSITIONS", "HANDLER_MAX_PIXELS"]
)
def test_settings_bound_what_one_request_may_take(
    sqlite: Registry, serve: Serve, cog: Path, setting: str
) -> None:
    sqlite.register(str(cog), PUBLISHED)
    response = post(serve(sqlite.url.removeprefix("sqlite:///"), **{setting: "4"}), SQUARE)
    assert response.status_code == 413
    assert "4" in response.get_json()["message"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_polygon_that_crosses_itself_everywhere(client: FlaskClient) -> None:
    """50,000 positions from end to end of the raster: an answer or 413, and soon."""
    generator = np.random.default_rng(5)
    ring = generator.uniform([15.0, 49.5], [15.2, 49.7], (50_000, 2)).tolist()
    response = post(client, {"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    assert response.status_code in (200, 413)


def test_millions_of_positions(client: FlaskClient) -> None:
    ring = "[" + ",".join(["[15.1,49.6]"] * 2_000_000) + "]"
    response = client.post(URL, data=f'{{"type":"Polygon","coordinates":[{ring}]}}')
    assert response.status_code == 413


def test_caching(client: FlaskClient) -> None:
    response = client.get(URL)
    version = response.get_json()["version"]
    assert client.get(f"{URL}?v={version}").headers["Cache-Control"] == IMMUTABLE
    held = client.get(URL, headers={"If-None-Match": response.headers["ETag"]})
    assert (held.status_code, held.data) == (304, b"")


def test_304_needs_no_raster(sqlite: Registry, serve: Serve, cog: Path, tmp_path: Path) -> None:
    raster = tmp_path / "gone.tif"
    raster.write_bytes(cog.read_bytes())
    sqlite.register(str(raster), PUBLISHED)
    etag = serve(sqlite.url.removeprefix("sqlite:///")).get(URL).headers["ETag"]
    raster.unlink()
    another = serve(sqlite.url.removeprefix("sqlite:///"))
    assert another.get(URL, headers={"If-None-Match": etag}).status_code == 304
    assert another.get(URL).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_errors(client: FlaskClient, method: str) -> None:
    for keys, status in (("a/b", 400), ("a/b/c/d", 404)):
        response = client.open(f"/statistics/{keys}", method=method.upper(), headers=ANYWHERE)
        assert (response.status_code, list(response.get_json())) == (status, ["message"])
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_page_may_post_after_a_preflight(client: FlaskClient) -> None:
    asked = {
        **ANYWHERE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    response = client.options(URL, headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "content-type" in response.headers["Access-Control-Allow-Headers"].lower()
