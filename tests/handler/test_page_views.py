"""The start page and the map page, as the browser gets them; test_products has the list's SQL."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from tests.handler.conftest import DATASET, PUBLISHED, Registry, Serve
from tests.handler.gates import TcpGate

MAP = f"/map/{'/'.join(DATASET)}"


class Page(HTMLParser):
    """What a page loads and links to, and what its policy would block."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self._script: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = (
            given.get("type", "script") if tag == "script" and not given.get("src") else None
        )
        if any(name.startswith("on") or name == "style" for name in given) or tag == "style":
            self.inline.append(self.get_starttag_text() or "")
        url = given.get("src") or (given.get("href") if tag == "link" else None)
        if url:
            self.loaded.append(url)
        if tag == "a":
            self.links.append(given["href"] or "")

    def handle_data(self, data: str) -> None:
        if self._script is not None and self._script != "application/json":
            self.inline.append(data)
        self._script = None


def facts(html: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="facts">(.+?)</script>', html)
    assert match
    found: dict[str, object] = json.loads(match[1])
    return found


@pytest.mark.parametrize("path", ["/", MAP])
def test_all_that_a_page_loads_is_there_and_comes_from_us(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(response.text)
    assert len(page.loaded) > 1
    assert page.inline == []
    for url in [*page.loaded, *page.links]:
        assert not url.startswith(("/", "http"))
        assert client.get(urljoin(path, url)).status_code == 200, url


def test_nothing_else_may_be_loaded(client: FlaskClient) -> None:
    for path in ("/", MAP, "/map/no/such/data/set"):
        headers = client.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["img-src"] == "'self' data:"
        assert policy["base-uri"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_base_map_of_an_operator_is_all_that_comes_from_elsewhere(
    sqlite: Registry, serve: Serve, cog: Path
) -> None:
    sqlite.register(str(cog), PUBLISHED)
    client = serve(
        sqlite.url.removeprefix("sqlite:///"),
        HANDLER_BASEMAP_URL="https://{s}.tile.example.org:8443/{z}/{x}/{y}.png?key=a;b",
        HANDLER_BASEMAP_ATTRIBUTION="© Example",
    )
    response = client.get(MAP)
    assert (
        "img-src 'self' data: https://*.tile.example.org:8443;"
        in (response.headers["Content-Security-Policy"])
    )
    assert facts(response.text)["basemap"] == {
        "url": "https://{s}.tile.example.org:8443/{z}/{x}/{y}.png?key=a;b",
        "attribution": "© Example",
    }


def test_a_page_is_asked_for_each_time_but_sent_once(client: FlaskClient) -> None:
    first = client.get(MAP)
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(MAP, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_start_page_leads_to_the_newest_date_of_each_product(
    sqlite: Registry, serve: Serve, cog: Path
) -> None:
    for date in ("20190101", "20200101", "20180101"):
        sqlite.register(str(cog), PUBLISHED, ("categorical", "S2", date, "cloudmask"))
    sqlite.register(str(cog), {}, ("index", "S2", "2020", "ndvi"))
    response = serve(sqlite.url.removeprefix("sqlite:///")).get("/")
    assert [link for link in Page(response.text).links if link.startswith("map/")] == [
        "map/categorical/S2/20200101/cloudmask",
        "map/index/S2/2020/ndvi",
    ]
    assert "3 dates, <bdi>20180101</bdi> to <bdi>20200101</bdi>" in response.text
    assert "2 products" in response.text
    assert "Continuous values" in response.text


def test_an_empty_start_page_says_what_to_do(sqlite: Registry, serve: Serve) -> None:
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    assert "There are no datasets yet. Upload" in client.get("/").text
    assert "No dataset has “<bdi>x</bdi>”" in client.get("/?q=x").text


def test_pages_of_the_start_page_keep_the_words(sqlite: Registry, serve: Serve, cog: Path) -> None:
    for number in range(50):
        sqlite.register(
            str(cog), PUBLISHED, ("categorical", f"S{number:02}", "2020", "mask & more")
        )
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    second = client.get("/", query_string={"q": "mask &", "page": 2}).text
    assert "50 products with “<bdi>mask &amp;</bdi>”, page 2 of 3" in second
    assert "./?q=mask+%26&amp;page=1" in second
    assert "./?q=mask+%26&amp;page=3" in second
    for page in ("0", "-1", "99999999999", "²", "x", ""):
        assert client.get("/", query_string={"page": page}).status_code == 200


def test_a_dataset_without_classes_has_a_page_with_a_word(
    sqlite: Registry, serve: Serve, cog: Path
) -> None:
    sqlite.register(str(cog), {}, ("index", "S2", "2020", "ndvi"))
    response = serve(sqlite.url.removeprefix("sqlite:///")).get("/map/index/S2/2020/ndvi")
    assert response.status_code == 200
    assert "This dataset has no class file" in response.text
    assert facts(response.text)["classified"] is False


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<img src=x onerror=a>", "'\"`"]
)
def test_no_word_becomes_markup(sqlite: Registry, serve: Serve, cog: Path, text: str) -> None:
    key = text.replace("/", "|")
    sqlite.register(str(cog), PUBLISHED, ("categorical", "S2", "2020", key))
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    response = client.get(f"/map/categorical/S2/2020/{key}")
    assert Page(response.text).inline == Page(client.get("/").text).inline == []
    assert facts(response.text)["keys"]["band"] == key  # type: ignore[index]
    assert text not in client.get("/", query_string={"q": text}).text
    assert text not in client.get(f"/map/categorical/S2/2020/{key}x").text


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/map/categorical/S2/2018/nope", 404, "No dataset is registered"),
        ("/map/categorical", 400, "there are 4 keys"),
    ],
)
def test_errors_are_pages(client: FlaskClient, path: str, status: int, sentence: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert sentence in response.text
    assert response.headers["Cache-Control"] == "no-store"
    for url in [*Page(response.text).loaded, *Page(response.text).links]:
        assert client.get(urljoin(path, url)).status_code == 200, url


def test_a_database_that_is_away(serve: Serve, database_gate: TcpGate) -> None:
    database_gate.shut()
    client = serve(f"postgresql://x:x@127.0.0.1:{database_gate.port}/x")
    for path in ("/", MAP):
        response = client.get(path)
        assert (response.status_code, response.mimetype) == (503, "text/html")
        assert response.headers["Retry-After"] == "5"
        assert "Try again" in response.text


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/production", "./production/?q=a%20b"),
        ("/production/", None),
        ("/maps/v1", "./v1/?q=a%20b"),
        ("/", None),
    ],
)
def test_a_stage_without_its_slash(client: FlaskClient, path: str, location: str | None) -> None:
    event = {"requestContext": {"path": path}}
    response = client.get("/?q=a%20b", environ_overrides={"lambda.event": event})
    assert response.headers.get("Location") == location
    assert response.status_code == (302 if location else 200)
