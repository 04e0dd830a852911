"""TileJSON over HTTP."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from categorical.urls import parse_url
from handler.http_cache import IMMUTABLE
from tests.handler.conftest import CATEGORIES, DATASET, PUBLISHED, Registry, Serve

URL = f"/tilejson/{'/'.join(DATASET)}.json"


def test_the_tiles_of_the_document_are_there(client: FlaskClient) -> None:
    document = client.get(URL, base_url="https://api.example/prod").get_json()
    (template,) = document["tiles"]
    version = client.get(f"/classes/{'/'.join(DATASET)}").get_json()["version"]
    assert template == (
        f"https://api.example/prod/categorical/{'/'.join(DATASET)}/{{z}}/{{x}}/{{y}}.png?v={version}"
    )
    assert document["maxzoom"] == 14
    lon, lat, zoom = document["center"]
    assert (15 < lon < 15.2, 49.5 < lat < 49.7, zoom) == (True, True, 12)
    tile = urlsplit(template.replace("{z}/{x}/{y}", "12/2218/1391"))
    response = client.get(f"{tile.path.removeprefix('/prod')}?{tile.query}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == IMMUTABLE


def test_classes_and_legend(client: FlaskClient) -> None:
    document = client.get(URL).get_json()
    assert document["classes"] == client.get(f"/classes/{'/'.join(DATASET)}").get_json()["classes"]
    assert document["legend"].splitlines()[0] == "#99D594 Clear land"
    assert document["name"] == "categorical / S2 / 20181010 / cloudmask"


def test_some_classes_only(client: FlaskClient) -> None:
    document = client.get(URL, query_string={"show": ["Cloud shadow", "Cloud"]}).get_json()
    assert [item["title"] for item in document["classes"]] == ["Cloud", "Cloud shadow"]
    assert parse_url(document["tiles"][0]).show == ("Cloud shadow", "Cloud")
    response = client.get(URL, query_string={"show": "Fog"})
    assert response.status_code == 400
    assert "show" in response.get_json()["message"]


def test_settings(sqlite: Registry, serve: Serve, cog: Path) -> None:
    sqlite.register(str(cog), {"categories": CATEGORIES})
    client = serve(
        sqlite.url.removeprefix("sqlite:///"),
        HANDLER_PUBLIC_URL="https://tiles.example.com/v1/",
        HANDLER_ATTRIBUTION="© ESA",
    )
    document = client.get(URL, base_url="http://evil.example").get_json()
    assert document["attribution"] == "© ESA"
    assert document["tiles"] == [
        f"https://tiles.example.com/v1/categorical/{'/'.join(DATASET)}/{{z}}/{{x}}/{{y}}.png"
    ]


def test_a_key_that_no_url_can_hold(sqlite: Registry, serve: Serve, cog: Path) -> None:
    sqlite.register(str(cog), PUBLISHED, keys=("categorical", "S2", "2018", "50%"))
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    response = client.get("/tilejson/categorical/S2/2018/50%25.json")
    assert response.status_code == 400
    assert "50%" in response.get_json()["message"]


@pytest.mark.parametrize(
    ("keys", "status"), [("categorical/S2/2018/nope", 404), ("categorical/S2", 400)]
)
def test_errors(client: FlaskClient, keys: str, status: int) -> None:
    response = client.get(f"/tilejson/{keys}.json", headers={"Origin": "https://a.example"})
    assert (response.status_code, list(response.get_json())) == (status, ["message"])
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_raster_that_is_gone(sqlite: Registry, serve: Serve) -> None:
    sqlite.register("/no/such/raster.tif", PUBLISHED)
    response = serve(sqlite.url.removeprefix("sqlite:///")).get(URL)
    assert (response.status_code, "/no" in response.text) == (404, False)
