"""Classes as files of other programs, over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
from affine import Affine
from defusedxml import ElementTree
from flask.testing import FlaskClient
from pyproj import Transformer
from pystac.extensions.classification import ClassificationExtension
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import RasterExtension
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from categorical.classes import parse_classes
from categorical.colors import Color
from handler.http_cache import IMMUTABLE
from ingest.color_file import parse_color_file
from ingest.pam import parse_pam
from tests.handler.areas.rasters import write_raster
from tests.handler.conftest import CATEGORIES, DATASET, PUBLISHED, SIDE, Registry, Serve

PATH = "/".join(DATASET)
URLS = [f"/export/{PATH}.{suffix}" for suffix in ("clr", "qml", "aux.xml", "stac.json")]
ANYWHERE = {"Origin": "https://a.example"}
LEGEND = [
    (item["value"], item["title"], Color(*bytes.fromhex(item["color_hint"])))
    for item in PUBLISHED["classes"]
]
Item = Callable[..., pystac.Item]


def test_a_colour_file(client: FlaskClient) -> None:
    response = client.get(URLS[0])
    entries = parse_color_file(response.data)
    assert [(entry.value, entry.label, entry.color) for entry in entries] == LEGEND
    assert response.content_type == "text/plain; charset=utf-8"


def test_a_qgis_style(client: FlaskClient) -> None:
    entries = ElementTree.fromstring(client.get(URLS[1]).data).findall(".//paletteEntry")
    assert [(int(entry.get("value")), entry.get("label")) for entry in entries] == [
        (value, label) for value, label, _ in LEGEND
    ]


def test_a_sidecar(client: FlaskClient) -> None:
    body = client.get(URLS[2]).data
    classes = parse_pam(body, set(CATEGORIES.values()), None).classes
    assert [(item.value, item.label, item.color) for item in classes] == LEGEND
    rows = ElementTree.fromstring(body).findall(".//Row")
    assert [row.findall("F")[1].text for row in rows] == [str(SIDE * SIDE // 4)] * 4


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (URLS[0], "categorical_S2_20181010_cloudmask.clr"),
        (URLS[1], "categorical_S2_20181010_cloudmask.qml"),
        (URLS[2], "categorical_S2_20181010_cloudmask.tif.aux.xml"),
    ],
)
def test_names_of_files(client: FlaskClient, url: str, name: str) -> None:
    assert client.get(url).headers["Content-Disposition"] == f"attachment; filename={name}"


@pytest.fixture
def item(sqlite: Registry, serve: Serve, tmp_path: Path) -> Item:
    """The STAC item of a raster with this date and these settings, valid STAC."""

    def get(path: str, date: str = "20181010", **environment: str) -> pystac.Item:
        keys = ("categorical", "S2", date, "cloudmask")
        source = {"registered_at": "2019-02-03T04:05:06.789+00:00"}
        sqlite.register(path, {**PUBLISHED, "source": source}, keys=keys)
        client = serve(sqlite.url.removeprefix("sqlite:///"), **environment)
        document = client.get(f"/export/{'/'.join(keys)}.stac.json").get_json()
        validator = JsonSchemaSTACValidator()  # has the schemas of STAC itself with it
        validator.validate_core(document, pystac.STACObjectType.ITEM, document["stac_version"])
        return pystac.Item.from_dict(document)

    return get


def test_a_stac_item(item: Item, cog: Path) -> None:
    found = item(str(cog))
    assert (found.id, found.properties["title"]) == (
        *("categorical_S2_20181010_cloudmask", "categorical / S2 / 20181010 / cloudmask"),
    )
    assert found.datetime is not None
    assert found.datetime.isoformat() == "2018-10-10T00:00:00+00:00"
    corners = [(500_000, 5_500_000 - 10 * SIDE), (500_000 + 10 * SIDE, 5_500_000)]
    lonlat = Transformer.from_crs(32633, 4326, always_xy=True)
    (west, south), (east, north) = (lonlat.transform(*corner) for corner in corners)
    assert found.bbox == pytest.approx([west, south, east, north], abs=1e-3)
    projection = ProjectionExtension.ext(found)
    assert (projection.code, projection.shape) == ("EPSG:32633", [SIDE, SIDE])
    assert projection.transform == [10, 0, 500_000, 0, -10, 5_500_000]


def test_the_classes_and_the_band_of_a_stac_item(item: Item, cog: Path) -> None:
    asset = item(str(cog)).assets["tilejson"]
    classes = ClassificationExtension.ext(asset).classes
    assert classes is not None
    read = [
        (each.value, each.properties["title"], each.color_hint, each.nodata) for each in classes
    ]
    assert read == [(value, label, color.hex, False) for value, label, color in LEGEND]
    stac = parse_classes(asset.extra_fields["classification:classes"])
    assert [(each.value, each.label, each.color) for each in stac] == LEGEND
    (band,) = RasterExtension.ext(asset).bands or ()
    assert (band.data_type, band.nodata, band.sampling) == ("uint8", 255, "area")
    assert band.spatial_resolution == pytest.approx(10 / 0.9996, rel=1e-4)


@pytest.mark.parametrize(
    ("date", "start", "end"),
    [
        ("2018", "2018-01-01T00:00:00Z", "2018-12-31T23:59:59Z"),
        ("2018-10", "2018-10-01T00:00:00Z", "2018-10-31T23:59:59Z"),
        ("latest", None, "2019-02-03T04:05:06Z"),
    ],
)
def test_the_time_of_a_stac_item(
    item: Item, cog: Path, date: str, start: str | None, end: str
) -> None:
    found = item(str(cog), date).properties
    if start is None:
        assert found["datetime"] == end
    else:
        assert (found["start_datetime"], found["end_datetime"], found["datetime"]) == (
            *(start, end, None),
        )


def test_no_time_at_all(sqlite: Registry, serve: Serve, cog: Path) -> None:
    keys = ("categorical", "S2", "latest", "cloudmask")
    sqlite.register(str(cog), {"categories": CATEGORIES}, keys=keys)
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    response = client.get(f"/export/{'/'.join(keys)}.stac.json")
    assert response.status_code == 404
    assert "date" in response.get_json()["message"]


def test_what_a_stac_item_leads_to(client: FlaskClient) -> None:
    document = client.get(URLS[3]).get_json()
    assert document["links"][0]["href"] == f"http://localhost{URLS[3]}"
    for asset in document["assets"].values():
        response = client.get(asset["href"])
        assert (response.status_code, response.mimetype) == (200, asset["type"])


def test_the_raster_of_a_stac_item(
    item: Item, cog: Path, aws: Any, buckets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    aws.s3().upload_file(str(cog), buckets.published, "a b/1f2e.tif")
    path = f"s3://{buckets.published}/a b/1f2e.tif"
    asset = item(path).assets["data"]
    assert asset.href == path
    assert (asset.media_type, asset.roles) == (pystac.MediaType.COG, ["data"])
    assert ClassificationExtension.ext(asset).classes is not None
    public = item(path, HANDLER_PUBLISHED_URL="https://cdn.example/x/").assets["data"].href
    assert public == "https://cdn.example/x/a%20b/1f2e.tif"


def test_no_answer_names_a_path_of_the_server(client: FlaskClient, cog: Path) -> None:
    for url in URLS:
        text = client.get(url).text
        assert str(cog) not in text
        assert cog.name not in text


@pytest.mark.parametrize(
    ("crs", "affine", "nodata", "kind", "bbox"),
    [
        ("EPSG:4326", Affine(1, 0, 178, 0, -1, 10), None, "MultiPolygon", [178, 8, -178, 10]),
        ("EPSG:4326", Affine(90, 0, -180, 0, -90, 90), -1.5, "Polygon", [-180, -90, 180, 90]),
        ("EPSG:4326", Affine(1, 0, 0, 0, -1, 1), float("nan"), "Polygon", [0, -1, 4, 1]),
        ("+proj=longlat +R=6371007.181", Affine(1, 0, 0, 0, -1, 1), 3, "Polygon", None),
    ],
)
def test_places_all_over_the_world(
    item: Item,
    tmp_path: Path,
    crs: str,
    affine: Affine,
    nodata: float | None,
    kind: str,
    bbox: list[float] | None,
) -> None:
    pixels = np.zeros((2, 4), "float32")
    found = item(write_raster(tmp_path / "a.tif", pixels, crs, affine, nodata=nodata))
    assert (found.geometry or {})["type"] == kind
    assert bbox is None or found.bbox == pytest.approx(bbox)
    assert (found.properties["proj:code"] is None) == ("proj:wkt2" in found.properties)
    (band,) = RasterExtension.ext(found.assets["tilejson"]).bands or ()
    shown = "nan" if nodata is not None and np.isnan(nodata) else nodata
    assert band.nodata == shown


@pytest.mark.parametrize("url", URLS)
def test_caching_and_pages(client: FlaskClient, url: str) -> None:
    version = client.get(f"/classes/{PATH}").get_json()["version"]
    response = client.get(url, headers=ANYWHERE)
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"{url}?v={version}").headers["Cache-Control"] == IMMUTABLE
    held = client.get(url, headers={"If-None-Match": response.headers["ETag"]})
    assert (held.status_code, held.data) == (304, b"")


@pytest.mark.parametrize("suffix", ["clr", "qml", "aux.xml", "stac.json"])
def test_errors(client: FlaskClient, sqlite: Registry, suffix: str) -> None:
    sqlite.register("/no.tif", {}, keys=("index", "S2", "2018", "ndvi"))
    for keys, status in (("a/b", 400), ("a/b/c/d", 404), ("index/S2/2018/ndvi", 404)):
        response = client.get(f"/export/{keys}.{suffix}", headers=ANYWHERE)
        assert (response.status_code, list(response.get_json())) == (status, ["message"])
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"/export/{PATH}.sld").status_code == 404
