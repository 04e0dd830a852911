"""Zooms and bounds, judged by mercantile and by the specification's own words."""

import json
from typing import Any

import mercantile
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Transformer

from categorical.classes import Class
from categorical.colors import Color
from categorical.legend import make_legend
from handler.areas.grid import Grid
from handler.tilejson import Extent, extent_of, make_tilejson


def grid(crs: str, pixel: float, left: float, top: float, width: int, height: int) -> Grid:
    affine = Affine(pixel, 0, left, 0, -pixel, top)
    return Grid(rasterio.crs.CRS.from_user_input(crs), affine, width, height)


GRIDS = {
    "sentinel-2": grid("EPSG:32633", 10, 499_980, 5_500_020, 10_980, 10_980),
    "worldcover": grid("EPSG:4326", 1 / 12_000, 6, 3, 36_000, 36_000),
    "modis": grid("EPSG:4326", 0.05, -180, 90, 7200, 3600),
    "0 to 360": grid("EPSG:4326", 0.05, 0, 90, 7200, 3600),
    "fiji": grid("EPSG:4326", 0.01, 175, -10, 1000, 1000),
    "north pole": grid("EPSG:3413", 1000, -4e6, 4e6, 8000, 8000),
    "village": grid("EPSG:3857", 0.1, 1e6, 6e6, 300, 300),
    "one pixel": grid("EPSG:4326", 360, -180, 270, 1, 1),
}


@pytest.mark.parametrize("name", GRIDS)
def test_bounds_do_not_wrap(name: str) -> None:
    extent = extent_of(GRIDS[name])
    west, south, east, north = extent.bounds
    assert -180 <= west < east <= 180
    assert -85.0512 < south < north < 85.0512
    assert -180 <= extent.center[0] < 180
    assert south <= extent.center[1] <= north


def test_a_dataset_across_the_antimeridian() -> None:
    extent = extent_of(GRIDS["fiji"])
    assert extent.bounds == pytest.approx((-180, -20, 180, -10))
    assert extent.center == pytest.approx((-180, -15))
    assert make(extent=extent)["center"] == pytest.approx([-180, -15, 6])


@pytest.mark.parametrize("name", ["sentinel-2", "worldcover", "modis", "village"])
def test_the_last_zoom_is_the_first_at_which_each_pixel_shows(name: str) -> None:
    """A tile's pixel is there no wider than the raster's, but more than half as wide."""
    here = GRIDS[name]
    zoom = extent_of(here).zoom
    x, y = here.width // 2, here.height // 2
    transformer = Transformer.from_crs(CRS(here.crs.to_wkt()), "EPSG:3857", always_xy=True)
    (left, right), _ = transformer.transform(*(here.affine * (np.array([x, x + 1]), y)))
    tile = mercantile.xy_bounds(0, 0, zoom)
    assert 0.95 < (right - left) / ((tile.right - tile.left) / 256) < 2


def test_extremes_stay_within_the_zooms_that_there_are() -> None:
    assert extent_of(GRIDS["one pixel"]).zoom == 0
    assert extent_of(grid("EPSG:3857", 1e-6, 0, 0, 10, 10)).zoom == 30


def make(**changes: Any) -> dict[str, Any]:
    legend = make_legend("S2", [Class(1, "a", "<b>Wald</b> & Wiese", Color(1, 2, 3))])
    extent = Extent((6.0, 0.0, 9.0, 3.0), (7.5, 1.5), 3, 11)
    given: dict[str, Any] = {
        "extent": extent,
        "attribution": None,
        "client": "https://x/static/1f/categorical.js",
        **changes,
    }
    return make_tilejson("S2", "https://x/{z}/{x}/{y}.png", legend=legend, classes=[], **given)


def test_the_document() -> None:
    """Fields and types as the specification of TileJSON 3.0.0 has them."""
    document = json.loads(json.dumps(make()))
    assert document == {
        "tilejson": "3.0.0",
        "name": "S2",
        "tiles": ["https://x/{z}/{x}/{y}.png"],
        "scheme": "xyz",
        "bounds": [6, 0, 9, 3],
        "center": [7.5, 1.5, 7],
        "minzoom": 0,
        "maxzoom": 11,
        "legend": "#010203 &lt;b&gt;Wald&lt;/b&gt; &amp; Wiese",
        "classes": [],
        "client": "https://x/static/1f/categorical.js",
    }


def test_credit_is_given_where_it_is_known() -> None:
    assert make(attribution="© ESA")["attribution"] == "© ESA"


def test_a_map_opens_no_deeper_than_there_are_tiles() -> None:
    assert make(extent=Extent((6, 0, 6, 0), (6, 0), 0, 9))["center"][2] == 9
