"""Classes and legend over HTTP."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from handler.http_cache import IMMUTABLE
from tests.handler.conftest import CATEGORIES, DATASET, PUBLISHED, SIDE, Registry, Serve

PATH = "/".join(DATASET)


def test_classes(client: FlaskClient) -> None:
    response = client.get(f"/classes/{PATH}")
    document = response.get_json()
    assert response.mimetype == "application/json"
    assert list(document["keys"].items()) == [
        *(("type", "categorical"), ("sensor", "S2")),
        *(("date", "20181010"), ("band", "cloudmask")),
    ]
    assert [item["value"] for item in document["classes"]] == [0, 1, 2, 3]
    assert document["classes"][2] == {
        "value": 2,
        "name": "cloud",
        "title": "Cloud",
        "color_hint": "FFFFFF",
        "nodata": False,
        "count": SIDE * SIDE // 4,
        "percentage": 25.0,
    }


def test_classes_of_a_dataset_that_has_only_categories(
    sqlite: Registry, serve: Serve, cog: Path
) -> None:
    sqlite.register(str(cog), {"categories": CATEGORIES})
    document = serve(sqlite.url.removeprefix("sqlite:///")).get(f"/classes/{PATH}").get_json()
    assert document["version"] is None
    assert {item["title"]: item["value"] for item in document["classes"]} == CATEGORIES
    assert all(item["count"] is item["percentage"] is None for item in document["classes"])
    assert len({item["color_hint"] for item in document["classes"]}) == 4


def test_legend(client: FlaskClient) -> None:
    assert client.get(f"/legend/{PATH}.json").get_json() == {
        "title": "categorical / S2 / 20181010 / cloudmask",
        "entries": [
            {"value": 0, "label": "Clear land", "color": "99D594"},
            {"value": 1, "label": "Clear water", "color": "2B83BA"},
            {"value": 2, "label": "Cloud", "color": "FFFFFF"},
            {"value": 3, "label": "Cloud shadow", "color": "404040"},
        ],
    }


def test_nodata_is_a_class_but_not_in_the_legend(sqlite: Registry, serve: Serve, cog: Path) -> None:
    first, *rest = PUBLISHED["classes"]
    classes = [{**first, "nodata": True, "description": "Nichts"}, *rest]
    sqlite.register(str(cog), {**PUBLISHED, "classes": classes})
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    described = client.get(f"/classes/{PATH}").get_json()["classes"]
    assert (described[0]["nodata"], described[0]["description"]) == (True, "Nichts")
    assert len(client.get(f"/legend/{PATH}.json").get_json()["entries"]) == 3


@pytest.mark.parametrize("url", ["/classes/{}", "/legend/{}.json"])
def test_labels_in_any_script(sqlite: Registry, serve: Serve, cog: Path, url: str) -> None:
    sqlite.register(str(cog), {"categories": {"Wasserfläche 🌊 <b>": 1, "水": 2}})
    response = serve(sqlite.url.removeprefix("sqlite:///")).get(url.format(PATH))
    assert "Wasserfläche 🌊 <b>" in response.data.decode()
    assert json.loads(response.data) == response.get_json()


@pytest.mark.parametrize("url", ["/classes/{}", "/legend/{}.json"])
def test_caching(client: FlaskClient, url: str) -> None:
    url = url.format(PATH)
    version = client.get(f"/classes/{PATH}").get_json()["version"]
    response = client.get(url)
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert client.get(f"{url}?v={version}").headers["Cache-Control"] == IMMUTABLE
    assert client.get(f"{url}?v=stale").headers["Cache-Control"] == "public, max-age=60"
    held = client.get(url, headers={"If-None-Match": response.headers["ETag"]})
    assert (held.status_code, held.data) == (304, b"")


@pytest.mark.parametrize("url", ["/classes/{}", "/legend/{}.json"])
def test_no_classes(client: FlaskClient, sqlite: Registry, url: str) -> None:
    sqlite.register("a.tif", {}, keys=("index", "S2", "2018", "ndvi"))
    for keys, status in (
        ("index/S2/2018/ndvi", 404),
        ("index/S2/2018/nope", 404),
        ("index/S2", 400),
        ("index/S2/2018/ndvi/more", 400),
        ("index/S2/2018/nd%00vi", 404),
    ):
        response = client.get(url.format(keys), headers={"Origin": "https://example.com"})
        assert response.status_code == status, keys
        assert list(response.get_json()) == ["message"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_every_page_may_read_them(client: FlaskClient) -> None:
    response = client.get(f"/classes/{PATH}", headers={"Origin": "https://example.com"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
