"""How large pixels are, judged by pyproj's geodesics on the WGS 84 ellipsoid."""

from collections.abc import Iterator

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from rasterio.windows import Window

from handler.areas.ellipsoid import AUTHALIC_RADIUS
from handler.areas.grid import Grid
from handler.areas.pixel_areas import PixelAreas

GEOD = Geod(ellps="WGS84")
SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"


@pytest.fixture(autouse=True)
def _env() -> Iterator[None]:
    with rasterio.Env():
        yield


def grid(crs: str, affine: Affine, width: int, height: int) -> Grid:
    return Grid(rasterio.crs.CRS.from_user_input(crs), affine, width, height)


GRIDS = {
    "utm": grid("EPSG:32633", Affine(10, 0, 4e5, 0, -10, 5.5e6), 10_980, 10_980),
    "utm, rotated": grid("EPSG:32633", Affine(30, 9, 5e5, 4, -28, 5.5e6), 500, 400),
    "utm, south-up": grid("EPSG:32633", Affine(10, 0, 4e5, 0, 10, 5.4e6), 500, 500),
    "lambert conic": grid("EPSG:2154", Affine(100, 0, 2e5, 0, -100, 7e6), 8000, 8000),
    "sinusoidal": grid(SINUSOIDAL, Affine(463.31, 0, -1.0e7, 0, -463.31, 4.4e6), 2400, 2400),
    "mercator": grid("EPSG:3857", Affine(150, 0, 1e6, 0, -150, 7e6), 4000, 4000),
    "lonlat": grid("EPSG:4326", Affine(1 / 12_000, 0, 6, 0, -1 / 12_000, 53), 36_000, 36_000),
    "lonlat, coarse": grid("EPSG:4326", Affine(1, 0, -180, 0, -1, 90), 360, 180),
    "lonlat, rotated": grid("EPSG:4326", Affine(0.01, 0.002, 5, 0.001, -0.01, 50), 300, 300),
    "unknown datum": grid(
        "+proj=longlat +ellps=clrk66", Affine(0.05, 0, -180, 0, -0.05, 90), 7200, 3600
    ),
    "nad27": grid("EPSG:4267", Affine(0.001, 0, -100, 0, -0.001, 40), 3000, 3000),
    "polar": grid("EPSG:3413", Affine(1000, 0, -4e6, 0, -1000, 4e6), 8000, 8000),
    "us feet": grid("EPSG:2263", Affine(10, 0, 9e5, 0, -10, 3e5), 1000, 1000),
}
EQUAL_AREA = {
    "laea": grid("EPSG:3035", Affine(100, 0, 4e6, 0, -100, 3e6), 5000, 5000),
    "albers": grid("EPSG:5070", Affine(30, 0, -1e5, 0, -30, 1.8e6), 9000, 9000),
    "cylindrical": grid("EPSG:6933", Affine(1000, 0, -1e6, 0, -1000, 5e6), 2000, 2000),
}
ALL = GRIDS | EQUAL_AREA


def truth(grid: Grid, column: int, row: int, across: float = 1, down: float = 1) -> float:
    """The area within a pixel's outline, which is drawn in 200 steps a side."""
    steps, ones = np.linspace(0, 1, 200, endpoint=False), np.ones(200)
    x = column + np.concatenate([steps, ones, 1 - steps, 0 * ones])
    y = row + np.concatenate([0 * ones, steps, ones, 1 - steps])
    to_lonlat = Transformer.from_crs(CRS(grid.crs.to_wkt()), "EPSG:4326", always_xy=True)
    lon, lat = to_lonlat.transform(*(grid.affine * (x * across, y * down)))
    return abs(GEOD.polygon_area_perimeter(lon, lat)[0])


def areas(grid: Grid, window: Window, factor: float = 1) -> NDArray[np.float64]:
    found = PixelAreas(grid).of(window, factor, factor)
    return np.broadcast_to(found, (window.height, window.width))


@pytest.mark.parametrize("name", ALL)
def test_pixels_all_over_the_grid(name: str) -> None:
    here = ALL[name]
    width, height = min(here.width, 700), min(here.height, 700)
    for left in (0, (here.width - width) // 2, here.width - width):
        for top in (0, (here.height - height) // 2, here.height - height):
            found = areas(here, Window(left, top, width, height))
            for x, y in ((0, 0), (width // 3, height // 2), (width - 1, height - 1)):
                expected = truth(here, left + x, top + y)
                assert found[y, x] == pytest.approx(expected, rel=2e-6), (left + x, top + y)


def test_small_pixels() -> None:
    """Of 10 cm, whose area no geodesic measures well: a hundred metres have a million of them."""
    here = grid("EPSG:32633", Affine(0.1, 0, 4e5, 0, -0.1, 5.5e6), 1000, 1000)
    expected = truth(here, 0, 0, 1000, 1000)
    assert areas(here, Window(0, 0, 1000, 1000)).sum() == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize("name", EQUAL_AREA)
def test_equal_area(name: str) -> None:
    here = EQUAL_AREA[name]
    assert PixelAreas(here).constant == pytest.approx(truth(here, 5, 5), rel=1e-6)


@pytest.mark.parametrize("name", GRIDS)
def test_not_equal_area(name: str) -> None:
    assert PixelAreas(GRIDS[name]).constant is None


@pytest.mark.parametrize("name", ["utm", "lonlat", "laea", "polar"])
def test_pixels_of_overviews(name: str) -> None:
    here = ALL[name]
    found = areas(here, Window(100, 50, 40, 30), 7.5)
    assert found[3, 2] == pytest.approx(truth(here, 102, 53, 7.5, 7.5), rel=1e-5)


def test_the_whole_earth_has_its_surface() -> None:
    """510,065,621.724 km2: https://en.wikipedia.org/wiki/World_Geodetic_System"""
    whole = ALL["lonlat, coarse"]
    surface = areas(whole, Window(0, 0, 360, 180)).sum()
    assert surface == pytest.approx(510_065_621.724e6, rel=1e-9)
    assert surface == pytest.approx(4 * np.pi * AUTHALIC_RADIUS**2, rel=1e-12)


@pytest.mark.parametrize("crs", ["ESRI:54009", SINUSOIDAL])
def test_what_is_beside_the_earth_has_no_area(crs: str) -> None:
    """World maps with corners that are nowhere, in a CRS of the sphere: so it ends at its edge."""
    here = grid(crs, Affine(1e5, 0, -2.1e7, 0, -1e5, 1.05e7), 420, 210)
    found = areas(here, Window(0, 0, 420, 210))
    assert found[0, 0] == found[-1, -1] == 0
    assert found.sum() == pytest.approx(510_065_621.724e6, rel=5e-3)


def test_the_pole_in_a_pixel() -> None:
    here = ALL["polar"]
    found = areas(here, Window(3990, 3990, 20, 20))
    assert found == pytest.approx(np.full((20, 20), found[0, 0]), rel=1e-4)
