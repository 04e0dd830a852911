"""Which pages may read what: tiles, JSON, files and errors alike, with and without a preflight."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.handler.conftest import DATASET, PUBLISHED, Registry, Serve

PATH = "/".join(DATASET)
WHOLE = f"{PATH}/9/277/174.png"
EXPLICIT = 'colormap=explicit&explicit_color_map={"0":"fff"}'
ALLOWED = "Access-Control-Allow-Origin"
PAGE = {"Origin": "https://maps.example"}
OTHER = {"Origin": "https://other.example"}

PICTURES = [
    f"/categorical/{WHOLE}",
    f"/categorical/{PATH}/preview.png",
    f"/categorical/{PATH}/99/0/0.png",
    f"/categorical/{PATH}/-1/0/0.png",
    "/categorical/a/b/c/d/0/0/0.png",
    f"/singleband/{WHOLE}",
    f"/singleband/{WHOLE}?{EXPLICIT}",
    f"/singleband/{WHOLE}?colormap=nothing",
    f"/rgb/{'/'.join(DATASET[:-1])}/9/277/174.png",
]
DOCUMENTS = [
    *("/keys", "/datasets", "/datasets?nothing=1", f"/metadata/{PATH}", "/metadata/a/b/c/d"),
    *(f"/classes/{PATH}", "/classes/a", "/classes/a/b/c/d"),
    *(f"/legend/{PATH}.{kind}" for kind in ("json", "png", "svg")),
    *(f"/tilejson/{PATH}.json", f"/export/{PATH}.qml", f"/export/{PATH}.stac.json"),
    *(f"/point/{PATH}?lon=15.1&lat=49.6", f"/point/{PATH}?lon=0&lat=0", f"/point/{PATH}"),
    *(f"/series/{PATH}?lon=15.1&lat=49.6", f"/series/{PATH}"),
    *(f"/statistics/{PATH}", f"/transitions/{PATH}?to=20181010", f"/transitions/{PATH}"),
    *("/nowhere", "/categorical/nowhere", "/swagger.json"),
]


@pytest.fixture
def choosy(client: FlaskClient, sqlite: Registry, serve: Serve) -> FlaskClient:
    """The API where only some pages may read."""
    return serve(
        sqlite.url.removeprefix("sqlite:///"),
        TC_ALLOWED_ORIGINS_TILES='["https://maps.example"]',
        TC_ALLOWED_ORIGINS_METADATA='["https://maps.example", "https://data.example"]',
    )


@pytest.mark.parametrize("url", PICTURES + DOCUMENTS)
def test_every_page_may_read(client: FlaskClient, url: str) -> None:
    assert client.get(url, headers=PAGE).headers[ALLOWED] in ("*", PAGE["Origin"])


@pytest.mark.parametrize("url", PICTURES + DOCUMENTS)
def test_or_those_that_the_settings_name(choosy: FlaskClient, url: str) -> None:
    allowed, refused, without = (choosy.get(url, headers=each) for each in (PAGE, OTHER, {}))
    assert allowed.headers[ALLOWED] == PAGE["Origin"]
    assert ALLOWED not in refused.headers
    # A cache must not give one what it kept for the other.
    for response in (allowed, refused, without):
        assert "Origin" in response.vary


def test_tiles_and_documents_have_settings_of_their_own(choosy: FlaskClient) -> None:
    data = {"Origin": "https://data.example"}
    assert choosy.get(DOCUMENTS[5], headers=data).headers[ALLOWED] == data["Origin"]
    assert ALLOWED not in choosy.get(PICTURES[0], headers=data).headers


def test_an_answer_for_all_is_kept_for_all(client: FlaskClient) -> None:
    for url in (PICTURES[0], f"/classes/{PATH}", "/nowhere"):
        assert "Vary" not in client.get(url, headers=PAGE).headers


def _preflight(client: FlaskClient, url: str, method: str, origin: dict[str, str]) -> TestResponse:
    asked = {
        **origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    return client.options(url, headers=asked)


@pytest.mark.parametrize(
    ("url", "method"),
    [
        (f"/categorical/{WHOLE}", "GET"),
        (f"/classes/{PATH}", "GET"),
        (f"/statistics/{PATH}", "POST"),
        ("/metadata", "POST"),
    ],
)
def test_preflight(client: FlaskClient, choosy: FlaskClient, url: str, method: str) -> None:
    for each in (client, choosy):
        response = _preflight(each, url, method, PAGE)
        assert response.status_code == 200
        assert response.headers[ALLOWED] in ("*", PAGE["Origin"])
        assert method in response.headers["Access-Control-Allow-Methods"]
        assert "content-type" in response.headers["Access-Control-Allow-Headers"].lower()
    assert ALLOWED not in _preflight(choosy, url, method, OTHER).headers


def test_a_page_reads_that_the_database_is_away(serve: Serve) -> None:
    client = serve("/no/such/folder/terracotta.sqlite")
    for url in (PICTURES[0], f"/singleband/{WHOLE}", f"/classes/{PATH}", "/keys"):
        response = client.get(url, headers=PAGE)
        assert response.status_code == 503
        assert response.headers[ALLOWED] in ("*", PAGE["Origin"])


def test_a_script_may_see_when_to_ask_again(serve: Serve) -> None:
    response = serve("/no/such/folder/terracotta.sqlite").get(f"/classes/{PATH}", headers=PAGE)
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


def test_a_browser_may_remember_a_preflight(client: FlaskClient) -> None:
    response = _preflight(client, f"/statistics/{PATH}", "POST", PAGE)
    assert response.headers["Access-Control-Max-Age"] == "600"


def test_a_page_reads_that_a_raster_is_gone(sqlite: Registry, serve: Serve) -> None:
    sqlite.register("/gone.tif", PUBLISHED)
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    for url in (PICTURES[0], f"/statistics/{PATH}", f"/tilejson/{PATH}.json"):
        response = client.get(url, headers=PAGE)
        assert (response.status_code, response.headers[ALLOWED]) == (404, "*")
