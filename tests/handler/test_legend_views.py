"""The legend's pictures over HTTP."""

import io
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from PIL import Image

from handler.http_cache import IMMUTABLE
from tests.handler.conftest import DATASET, PUBLISHED, Registry, Serve

PATH = "/".join(DATASET)
PICTURES = pytest.mark.parametrize("suffix", ["png", "svg"])


def test_png(client: FlaskClient) -> None:
    response = client.get(f"/legend/{PATH}.png")
    assert response.mimetype == "image/png"
    shown = Image.open(io.BytesIO(response.data)).convert("RGB").getcolors(1 << 20)
    assert shown is not None
    assert {(0x99, 0xD5, 0x94), (0x2B, 0x83, 0xBA)} <= {color for _, color in shown}


def test_svg(client: FlaskClient) -> None:
    response = client.get(f"/legend/{PATH}.svg")
    assert response.mimetype == "image/svg+xml"
    texts = [element.text for element in fromstring(response.data) if element.tag.endswith("text")]
    assert texts == [
        "categorical / S2 / 20181010 / cloudmask",
        *("Clear land", "Clear water", "Cloud", "Cloud shadow"),
    ]


@PICTURES
def test_a_setting_bounds_the_picture(
    sqlite: Registry, serve: Serve, cog: Path, suffix: str
) -> None:
    sqlite.register(str(cog), PUBLISHED)
    path = sqlite.url.removeprefix("sqlite:///")
    whole = serve(path).get(f"/legend/{PATH}.{suffix}").data
    cut = serve(path, HANDLER_MAX_LEGEND_ENTRIES="1").get(f"/legend/{PATH}.{suffix}").data
    assert len(cut) < len(whole)
    assert suffix == "png" or b"and 3 more classes" in cut


@PICTURES
def test_caching(client: FlaskClient, suffix: str) -> None:
    version = client.get(f"/classes/{PATH}").get_json()["version"]
    response = client.get(f"/legend/{PATH}.{suffix}?v={version}")
    assert response.headers["Cache-Control"] == IMMUTABLE
    held = {"If-None-Match": response.headers["ETag"]}
    assert client.get(f"/legend/{PATH}.{suffix}", headers=held).status_code == 304


@PICTURES
def test_errors_are_json_that_every_page_may_read(client: FlaskClient, suffix: str) -> None:
    origin = {"Origin": "https://example.com"}
    for keys, status in (("a/b/c/d", 404), ("a/b", 400)):
        response = client.get(f"/legend/{keys}.{suffix}", headers=origin)
        assert response.status_code == status
        assert list(response.get_json()) == ["message"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
