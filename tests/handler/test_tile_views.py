"""Tiles over HTTP: /singleband with explicit colours and /categorical."""

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray
from PIL import Image
from werkzeug.test import TestResponse

from handler.http_cache import IMMUTABLE
from tests.handler.conftest import (
    CATEGORIES,
    DATASET,
    PUBLISHED,
    Registry,
    Serve,
    quarters,
    write_cog,
)
from tests.handler.gates import HttpGate

PATH = "/".join(DATASET)
WHOLE = "9/277/174"  # all four quarters, and much around them
COLORS = {"0": "99d594", "1": "2b83ba", "2": "ffffff", "3": "404040"}
RGB = {(0x99, 0xD5, 0x94), (0x2B, 0x83, 0xBA), (255, 255, 255), (0x40, 0x40, 0x40)}


def explicit(colors: Any = None, **parameters: str) -> str:
    text = colors if isinstance(colors, str) else json.dumps(COLORS if colors is None else colors)
    query = {"colormap": "explicit", "explicit_color_map": text, **parameters}
    return "&".join(f"{name}={quote(value)}" for name, value in query.items())


def pixels(response: TestResponse) -> NDArray[np.uint8]:
    assert response.status_code == 200, response.text
    assert response.mimetype == "image/png"
    return np.asarray(Image.open(io.BytesIO(response.data)).convert("RGBA"))


def drawn(response: TestResponse) -> set[tuple[int, ...]]:
    """The colours of what is not transparent."""
    picture = pixels(response)
    return {tuple(map(int, pixel[:3])) for pixel in picture[picture[..., 3] > 0]}


def message(response: TestResponse, status: int) -> str:
    assert response.status_code == status, response.text
    document = response.get_json()
    assert list(document) == ["message"]
    text: str = document["message"]
    return text


def test_explicit_colours(client: FlaskClient) -> None:
    for place in (WHOLE, "preview"):
        assert drawn(client.get(f"/singleband/{PATH}/{place}.png?{explicit()}")) == RGB


def test_registered_colours(client: FlaskClient) -> None:
    for place in (WHOLE, "preview"):
        assert drawn(client.get(f"/categorical/{PATH}/{place}.png")) == RGB


def test_both_ways_give_the_same_bytes(client: FlaskClient) -> None:
    short = client.get(f"/categorical/{PATH}/{WHOLE}.png")
    long = client.get(f"/singleband/{PATH}/{WHOLE}.png?{explicit()}")
    assert short.data == long.data
    assert short.headers["ETag"] == long.headers["ETag"]


@pytest.mark.parametrize(
    ("show", "colors"),
    [
        ("show=Cloud", {(255, 255, 255)}),
        ("show=Cloud&show=Clear%20land", {(255, 255, 255), (0x99, 0xD5, 0x94)}),
        ("show=Clear+land", {(0x99, 0xD5, 0x94)}),
        ("show=Cloud&show=Cloud", {(255, 255, 255)}),
    ],
)
def test_some_classes_only(client: FlaskClient, show: str, colors: set[tuple[int, ...]]) -> None:
    assert drawn(client.get(f"/categorical/{PATH}/{WHOLE}.png?{show}")) == colors


def test_the_order_of_labels_does_not_matter(client: FlaskClient) -> None:
    one = client.get(f"/categorical/{PATH}/{WHOLE}.png?show=Cloud&show=Clear%20land")
    other = client.get(f"/categorical/{PATH}/{WHOLE}.png?show=Clear%20land&show=Cloud")
    assert one.headers["ETag"] == other.headers["ETag"]


@pytest.mark.parametrize("label", ["cloud", "Wolke", "", "\0", "\u200b", "x" * 3000])
def test_an_unknown_label(client: FlaskClient, label: str) -> None:
    response = client.get(f"/categorical/{PATH}/{WHOLE}.png?show=Cloud&show={quote(label)}")
    text = message(response, 400)
    assert "'Clear land', 'Clear water', 'Cloud', 'Cloud shadow'" in text
    assert len(text) < 300


@pytest.mark.parametrize("kind", ["categorical", "singleband"])
def test_a_tile_outside_is_transparent(client: FlaskClient, kind: str) -> None:
    for place in ("11/0/0", "30/0/0", "30/1073741823/1073741823"):
        picture = pixels(client.get(f"/{kind}/{PATH}/{place}.png?{explicit()}"))
        assert picture.shape == (256, 256, 4)
        assert not picture[..., 3].any()


def test_a_dataset_smaller_than_a_pixel_still_shows(client: FlaskClient) -> None:
    assert len(drawn(client.get(f"/categorical/{PATH}/0/0/0.png"))) == 1


@pytest.mark.parametrize("place", [WHOLE, "11/0/0", "preview"])
@pytest.mark.parametrize("kind", ["categorical", "singleband"])
def test_tile_size_is_rows_and_columns_as_terracotta_has_it(
    client: FlaskClient, kind: str, place: str
) -> None:
    response = client.get(f"/{kind}/{PATH}/{place}.png?{explicit(tile_size='[64,128]')}")
    assert pixels(response).shape == (64, 128, 4)


def test_the_default_size_is_terracottas_setting(sqlite: Registry, serve: Serve, cog: Path) -> None:
    sqlite.register(str(cog), PUBLISHED)
    path = sqlite.url.removeprefix("sqlite:///")
    client = serve(path, TC_DEFAULT_TILE_SIZE="[32, 16]", HANDLER_MAX_TILE_SIZE="512")
    assert pixels(client.get(f"/categorical/{PATH}/{WHOLE}.png")).shape == (32, 16, 4)
    response = client.get(f"/categorical/{PATH}/{WHOLE}.png?tile_size=[513,1]")
    assert "up to 512" in message(response, 400)


BAD_SIZES = [
    *("", "256", "[256]", "[256,256,256]", "[0,256]", "[256,-1]", "[2049,256]", "[1e9,1]"),
    *("null", "[null,1]", "{}", "[NaN,1]", "[1e999,1]", '["a","b"]', "[[1],[1]]", "256,256"),
    *("[256,256", "[" * 5000, "[" + "9" * 5000 + ",1]"),
]


@pytest.mark.parametrize("size", BAD_SIZES, ids=lambda size: size[:12])
@pytest.mark.parametrize("kind", ["categorical", "singleband", "continuous"])
def test_absurd_sizes(client: FlaskClient, kind: str, size: str) -> None:
    query = explicit() if kind == "singleband" else ""
    path = "categorical" if kind == "categorical" else "singleband"
    response = client.get(f"/{path}/{PATH}/{WHOLE}.png?{query}&tile_size={quote(size)}")
    assert "tile_size" in message(response, 400)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("31/0/0", "z is 31: zoom levels go from 0 to 30"),
        ("-1/0/0", "z is -1"),
        ("0/1/0", "x is 1: at zoom level 0 it goes from 0 to 0"),
        ("3/8/0", "x is 8: at zoom level 3 it goes from 0 to 7"),
        ("3/0/8", "y is 8: at zoom level 3 it goes from 0 to 7"),
        ("3/-1/0", "x is -1"),
        ("3/0/-1", "y is -1"),
        (f"{'9' * 4000}/0/0", "z is 999"),
        (f"3/{'9' * 4000}/0", "x is 999"),
    ],
)
@pytest.mark.parametrize("kind", ["categorical", "singleband"])
def test_no_such_tile(client: FlaskClient, kind: str, place: str, said: str) -> None:
    text = message(client.get(f"/{kind}/{PATH}/{place}.png?{explicit()}"), 400)
    assert said in text
    assert len(text) < 300


@pytest.mark.parametrize("place", ["a/0/0", "1.5/0/0", "1/0", "0x1/0/0", f"{'9' * 5000}/0/0"])
@pytest.mark.parametrize("kind", ["categorical", "singleband"])
def test_what_is_no_tile_address(client: FlaskClient, kind: str, place: str) -> None:
    message(client.get(f"/{kind}/{PATH}/{place}.png?{explicit()}"), 404)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colormap=explicit", "explicit_color_map"),
        ("colormap=explicit&explicit_color_map=", "explicit_color_map"),
        (f"explicit_color_map={quote(json.dumps(COLORS))}", "colormap=explicit"),
        ('explicit_color_map={"0":null}', "colormap=explicit"),
        (f"colormap=jet&explicit_color_map={quote(json.dumps(COLORS))}", "colormap=explicit"),
        (explicit({"7": None}), "'7'"),
        (explicit('{"1": "fff", "1.0": "fff"}'), "'1.0'"),
        (explicit({str(value): "fff" for value in range(10_000)}), "10,000 entries"),
        (explicit(stretch_range="[1]"), "stretch_range"),
        (explicit(stretch_range="nonsense"), "stretch_range"),
        (explicit(color_transform="gamma 1"), "color_transform"),
        (explicit(color_transform="null"), "color_transform"),
    ],
    ids=lambda text: text[:40],
)
@pytest.mark.parametrize("place", [WHOLE, "preview"])
def test_bad_colour_maps(client: FlaskClient, place: str, query: str, said: str) -> None:
    assert said in message(client.get(f"/singleband/{PATH}/{place}.png?{query}"), 400)


def test_parameters_that_have_no_bearing_are_ignored(client: FlaskClient) -> None:
    query = explicit(stretch_range="[0,1]", color_transform="gamma 1 2", cachebuster="1")
    assert drawn(client.get(f"/singleband/{PATH}/{WHOLE}.png?{query}")) == RGB


def test_more_labels_than_a_png_palette_has(client: FlaskClient) -> None:
    colors = {str(value): f"{value:06x}" for value in range(1, 4000)}
    wanted = {(0, 0, 1), (0, 0, 2), (0, 0, 3)}
    assert drawn(client.get(f"/singleband/{PATH}/{WHOLE}.png?{explicit(colors)}")) == wanted


def test_alpha(client: FlaskClient) -> None:
    picture = pixels(client.get(f"/singleband/{PATH}/{WHOLE}.png?{explicit({'0': '#ff000080'})}"))
    assert {tuple(map(int, it)) for it in picture[picture[..., 3] > 0]} == {(255, 0, 0, 128)}


@pytest.mark.parametrize("kind", ["categorical", "singleband"])
def test_unknown_datasets(client: FlaskClient, kind: str) -> None:
    place = f"{WHOLE}.png?{explicit()}"
    assert "nope" in message(client.get(f"/{kind}/categorical/S2/20181010/nope/{place}"), 404)
    assert "4 keys" in message(client.get(f"/{kind}/categorical/S2/{place}"), 400)
    message(client.get(f"/{kind}/categorical/S2/20181010/cloud%00mask/{place}"), 404)


def test_a_dataset_without_classes(client: FlaskClient, sqlite: Registry, cog: Path) -> None:
    sqlite.register(str(cog), None, keys=("index", "S2", "2018", "ndvi"))
    assert "no classes" in message(client.get(f"/categorical/index/S2/2018/ndvi/{WHOLE}.png"), 404)
    shown = client.get(f"/singleband/index/S2/2018/ndvi/{WHOLE}.png?{explicit()}")
    assert drawn(shown) == RGB


def test_other_colour_maps_are_terracottas(client: FlaskClient) -> None:
    response = client.get(f"/singleband/{PATH}/{WHOLE}.png?colormap=viridis&stretch_range=[0,3]")
    assert len(drawn(response) - RGB) >= 4


@pytest.mark.parametrize("kind", ["categorical", "singleband"])
def test_an_answer_of_what_is_published(client: FlaskClient, kind: str) -> None:
    response = client.get(f"/{kind}/{PATH}/{WHOLE}.png?{explicit()}")
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert response.headers["ETag"].startswith('"')
    assert int(response.headers["Content-Length"]) == len(response.data)


@pytest.mark.parametrize("held", ["{}", "W/{}", '"other", {}', "*"])
def test_not_modified(client: FlaskClient, held: str) -> None:
    url = f"/categorical/{PATH}/{WHOLE}.png"
    etag = client.get(url).headers["ETag"]
    response = client.get(url, headers={"If-None-Match": held.format(etag)})
    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == etag
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert "Content-Type" not in response.headers


def test_modified(client: FlaskClient) -> None:
    url = f"/categorical/{PATH}/{WHOLE}.png"
    response = client.get(url, headers={"If-None-Match": '"other", nonsense'})
    assert drawn(response) == RGB


def test_everything_that_shapes_the_pixels_is_in_the_etag(
    client: FlaskClient, sqlite: Registry, serve: Serve, cog: Path
) -> None:
    urls = [
        f"/categorical/{PATH}/{WHOLE}.png",
        f"/categorical/{PATH}/preview.png",
        f"/categorical/{PATH}/10/554/348.png",
        f"/categorical/{PATH}/10/554/349.png",
        f"/categorical/{PATH}/{WHOLE}.png?show=Cloud",
        f"/categorical/{PATH}/{WHOLE}.png?tile_size=[256,255]",
        f"/singleband/{PATH}/{WHOLE}.png?{explicit({'0': 'fff'})}",
    ]
    etags = {client.get(url).headers["ETag"] for url in urls}
    other = cog.with_name("other.tif")
    other.write_bytes(cog.read_bytes())
    sqlite.register(str(other), PUBLISHED)
    fresh = serve(sqlite.url.removeprefix("sqlite:///"))
    etags.add(fresh.get(urls[0]).headers["ETag"])
    assert len(etags) == len(urls) + 1


def test_304_needs_neither_raster_nor_database(
    sqlite: Registry, serve: Serve, cog: Path, tmp_path: Path, statements: list[str]
) -> None:
    raster = tmp_path / "gone.tif"
    raster.write_bytes(cog.read_bytes())
    sqlite.register(str(raster), PUBLISHED)
    client = serve(sqlite.url.removeprefix("sqlite:///"), HANDLER_MAX_RASTERS="1")
    url = f"/categorical/{PATH}/{WHOLE}.png"
    etag = client.get(url).headers["ETag"]
    raster.unlink()
    statements.clear()
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert statements == []


def test_304_without_s3(
    sqlite: Registry, serve: Serve, cog: Path, aws: Any, buckets: Any, s3_gate: HttpGate
) -> None:
    aws.s3().upload_file(str(cog), buckets.published, "a.tif")
    sqlite.register(f"s3://{buckets.published}/a.tif", PUBLISHED)
    url = f"/categorical/{PATH}/{WHOLE}.png"
    path = sqlite.url.removeprefix("sqlite:///")
    etag = serve(path).get(url).headers["ETag"]
    s3_gate.requests.clear()
    another_process = serve(path)
    assert another_process.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert s3_gate.requests == []


def test_the_version_makes_an_answer_immutable(client: FlaskClient) -> None:
    version = client.get(f"/classes/{PATH}").get_json()["version"]
    for url in (
        f"/categorical/{PATH}/{WHOLE}.png?v={version}",
        f"/singleband/{PATH}/{WHOLE}.png?{explicit(v=version)}",
    ):
        response = client.get(url)
        assert response.headers["Cache-Control"] == IMMUTABLE
        held = client.get(url, headers={"If-None-Match": response.headers["ETag"]})
        assert (held.status_code, held.headers["Cache-Control"]) == (304, IMMUTABLE)


@pytest.mark.parametrize("version", ["", "0123456789abcdef", "None"])
def test_a_stale_version_is_not_immutable(client: FlaskClient, version: str) -> None:
    response = client.get(f"/categorical/{PATH}/{WHOLE}.png?v={version}")
    assert response.headers["Cache-Control"] == "public, max-age=60"


def test_what_is_not_published_is_never_immutable(
    sqlite: Registry, serve: Serve, cog: Path, tmp_path: Path
) -> None:
    raster = tmp_path / "raster.tif"
    raster.write_bytes(cog.read_bytes())
    sqlite.register(str(raster), {"categories": CATEGORIES})
    client = serve(
        sqlite.url.removeprefix("sqlite:///"), HANDLER_DATASET_TTL="0", HANDLER_TILE_MAX_AGE="7"
    )
    url = f"/categorical/{PATH}/{WHOLE}.png?v=None"
    first = client.get(url)
    assert first.headers["Cache-Control"] == "public, max-age=7"
    etag = first.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    write_cog(tmp_path / "new.tif", np.full_like(quarters(), 2)).replace(raster)
    second = client.get(url, headers={"If-None-Match": etag})
    assert len(drawn(second)) == 1
    assert second.headers["ETag"] != etag


def test_a_replaced_raster_shows_within_its_time(
    sqlite: Registry, serve: Serve, cog: Path, tmp_path: Path
) -> None:
    sqlite.register(str(cog), PUBLISHED)
    client = serve(sqlite.url.removeprefix("sqlite:///"), HANDLER_DATASET_TTL="0")
    assert drawn(client.get(f"/categorical/{PATH}/{WHOLE}.png")) == RGB
    new = write_cog(tmp_path / "new.tif", np.full_like(quarters(), 2))
    sqlite.register(str(new), PUBLISHED)
    assert drawn(client.get(f"/categorical/{PATH}/{WHOLE}.png")) == {(255, 255, 255)}


@pytest.mark.parametrize("query", ["", explicit()], ids=["categorical", "singleband"])
def test_few_statements_on_a_cold_tile_and_none_on_a_warm_one(
    client: FlaskClient, statements: list[str], query: str
) -> None:
    kind = "singleband" if query else "categorical"
    client.get(f"/{kind}/{PATH}/{WHOLE}.png?{query}")
    assert 1 <= len(statements) <= 4
    statements.clear()
    for place in (WHOLE, "10/554/348", "preview"):
        client.get(f"/{kind}/{PATH}/{place}.png?{query}")
    assert statements == []


def test_head(client: FlaskClient) -> None:
    url = f"/categorical/{PATH}/{WHOLE}.png"
    response = client.head(url)
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["ETag"] == client.get(url).headers["ETag"]
