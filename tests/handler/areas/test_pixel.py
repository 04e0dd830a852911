"""The pixel that holds a place, judged by pyproj and plain arithmetic."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Transformer

from handler.areas.pixel import Pixel, pixel_at
from handler.tiles import Raster
from tests.handler.areas.rasters import Array, write_raster

NUMBERED = np.arange(30 * 40, dtype=np.int32).reshape(30, 40)  # each pixel another value
SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
PLACES = {
    "utm": ("EPSG:32633", Affine(10, 0, 5e5, 0, -10, 5.5e6)),
    "rotated": ("EPSG:32633", Affine(10, 3, 5e5, 4, -11, 5.5e6)),
    "south-up": ("EPSG:32633", Affine(10, 0, 5e5, 0, 10, 5.5e6)),
    "sinusoidal": (SINUSOIDAL, Affine(463.3, 0, -9e6, 0, -463.3, 4e6)),
    "north pole": ("EPSG:3413", Affine(1000, 0, -20_000, 0, -1000, 15_000)),
    "lonlat at 180": ("EPSG:4326", Affine(0.5, 0, 170, 0, -0.5, 10)),
    "mercator at 180": ("EPSG:3857", Affine(1000, 0, 2.0037508e7 - 2e4, 0, -1000, 1e6)),
}


@pytest.fixture(autouse=True)
def _env() -> Iterator[None]:
    with rasterio.Env():
        yield


def open_raster(path: Path, values: Array, crs: str, affine: Affine, **options: object) -> Raster:
    return Raster.open(write_raster(path / "a.tif", values, crs, affine, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PLACES)
def test_every_place_finds_its_pixel(tmp_path: Path, name: str) -> None:
    crs, affine = PLACES[name]
    raster = open_raster(tmp_path, NUMBERED, crs, affine)
    to_lonlat = Transformer.from_crs(CRS(crs), "EPSG:4326", always_xy=True)
    generator = np.random.default_rng(2)
    for column, row in zip(generator.uniform(0, 40, 50), generator.uniform(0, 30, 50), strict=True):
        lon, lat = to_lonlat.transform(*(affine * (column, row)))
        expected = Pixel(int(column), int(row), int(NUMBERED[int(row), int(column)]), False)
        for turn in (-360, 0, 360):
            assert pixel_at(raster, lon + turn, lat) == expected


def test_outside(tmp_path: Path) -> None:
    raster = open_raster(tmp_path, NUMBERED, *PLACES["utm"])
    for lon, lat in ((0, 0), (15, 49.7), (14.99, 49.65), (-165, -49.6), (0, 90), (105, 0)):
        assert pixel_at(raster, lon, lat) is None


def test_the_edges_of_the_world_are_in_it(tmp_path: Path) -> None:
    world = open_raster(tmp_path, NUMBERED, "EPSG:4326", Affine(9, 0, -180, 0, -6, 90))
    found = [pixel_at(world, *place) for place in ((-180, 90), (180, 90), (-180, -90), (0, -90))]
    assert [(p.column, p.row) for p in found if p] == [(0, 0), (0, 0), (0, 29), (20, 29)]


def test_nodata_mask_and_what_is_no_number(tmp_path: Path) -> None:
    values = np.array([[0, 7.0], [np.nan, 2.5]], np.float32)
    mask = np.array([[255, 0], [255, 255]], np.uint8)
    affine = Affine(1, 0, 0, 0, -1, 2)
    raster = open_raster(tmp_path, values, "EPSG:4326", affine, nodata=0, mask=mask)
    found = [pixel_at(raster, lon, lat) for lat in (1.5, 0.5) for lon in (0.5, 1.5)]
    assert [(p.value, p.is_nodata) for p in found if p] == [
        *((0, True), (None, True)),
        *((None, True), (2.5, False)),
    ]


def test_native_pixels_count_not_overviews(tmp_path: Path) -> None:
    values = np.zeros((256, 256), np.uint8)
    values[100, 100] = 9
    affine = Affine(0.01, 0, 0, 0, -0.01, 2.56)
    raster = open_raster(tmp_path, values, "EPSG:4326", affine, factors=(2, 4, 8))
    raster.level(8)
    assert pixel_at(raster, 1.005, 1.555) == Pixel(100, 100, 9, False)
