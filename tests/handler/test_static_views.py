"""The files that browsers load from us, over HTTP."""

import gzip
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from handler.http_cache import IMMUTABLE
from tests.handler.conftest import DATASET, Registry, Serve

SOURCE = Path(__file__).parents[2] / "handler" / "static"
SHORT = "public, max-age=60"


@pytest.fixture
def address(client: FlaskClient) -> str:
    """Where TileJSON says that the JavaScript client is."""
    document = client.get(f"/tilejson/{'/'.join(DATASET)}.json").get_json()
    url = urlsplit(document["client"])
    assert url.netloc == "localhost"
    return url.path


def test_under_its_version_the_client_is_kept_for_a_year(client: FlaskClient, address: str) -> None:
    response = client.get(address, headers={"Origin": "https://a.example"})
    assert response.data == (SOURCE / "categorical.js").read_bytes()
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == IMMUTABLE
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["categorical.js", "categorical.d.ts"])
def test_under_a_plain_address_it_is_kept_for_a_minute(client: FlaskClient, name: str) -> None:
    response = client.get(f"/static/{name}")
    assert response.data == (SOURCE / name).read_bytes()
    assert response.headers["Cache-Control"] == SHORT


def test_an_older_versions_address_still_works_but_does_not_stick(client: FlaskClient) -> None:
    response = client.get("/static/0123456789abcdef/categorical.js")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, SHORT)


def test_everything_of_ours_and_leaflet(client: FlaskClient, address: str) -> None:
    folder = address.removesuffix("categorical.js")
    for path in SOURCE.iterdir():
        assert client.get(folder + path.name).data == path.read_bytes()
    leaflet = files("xstatic.pkg.leaflet") / "data" / "leaflet.js"
    assert client.get(f"{folder}leaflet/leaflet.js").data == leaflet.read_bytes()
    css = client.get(f"{folder}leaflet/leaflet.css")
    assert css.headers["Content-Type"] == "text/css; charset=utf-8"


def test_who_takes_gzip_gets_less(client: FlaskClient, address: str) -> None:
    url = address.replace("categorical.js", "leaflet/leaflet.js")
    plain, packed = client.get(url), client.get(url, headers={"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    refused = client.get(url, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_caches_keep_one_for_each_origin_where_origins_differ(
    sqlite: Registry, serve: Serve
) -> None:
    client = serve(
        sqlite.url.removeprefix("sqlite:///"),
        TC_ALLOWED_ORIGINS_METADATA='["https://good.example"]',
    )
    for origin in ("https://good.example", "https://evil.example"):
        response = client.get("/static/categorical.js", headers={"Origin": origin})
        assert response.vary.as_set() == {"accept-encoding", "origin"}


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "%2e%2e/app.py",
        "..%2fapp.py",
        "....//app.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "leaflet/../categorical.js",
        "leaflet/leaflet-src.js",
        "categorical.js/",
        "categorical.js%00.css",
        "CATEGORICAL.JS",
        "",
    ],
)
def test_no_path_leads_anywhere_else(client: FlaskClient, address: str, path: str) -> None:
    folder = address.removesuffix("categorical.js")
    for start in (folder, "/static/", "/static/..%2f..%2fhandler/"):
        response = client.get(start + path, follow_redirects=True)  # of double slashes
        assert response.status_code == 404
        assert "app.py" not in response.text
        assert list(response.get_json()) == ["message"]


@pytest.mark.parametrize("version", ["0", "0123456789ABCDEF", "0123456789abcdef0", "..", "%0a"])
def test_what_is_no_version(client: FlaskClient, version: str) -> None:
    assert client.get(f"/static/{version}/categorical.js").status_code == 404


def test_terracottas_own_files_stay(client: FlaskClient) -> None:
    with client.get("/static/redoc.standalone.js") as response:
        assert response.status_code == 200
