"""Places on the Earth and in the grid, judged by pyproj."""

import math

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Transformer

from handler.areas.grid import Floats, Grid


def grid(crs: str, affine: Affine, width: int, height: int) -> Grid:
    return Grid(rasterio.crs.CRS.from_user_input(crs), affine, width, height)


def square(crs: str, x: float, y: float, side: float, pixels: int = 100) -> Grid:
    """A grid with its middle at x, y."""
    pixel = side / pixels
    return grid(crs, Affine(pixel, 0, x - side / 2, 0, -pixel, y + side / 2), pixels, pixels)


MODIS = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
ROTATED = Affine(10, 3, 500_000, 4, -11, 5_600_000)
GRIDS = {
    "utm": square("EPSG:32633", 500_000, 5_500_000, 100_000),
    "rotated": grid("EPSG:32633", ROTATED, 100, 100),
    "south-up": grid("EPSG:32633", Affine(10, 0, 5e5, 0, 10, 5.5e6), 100, 100),
    "laea": square("EPSG:3035", 4e6, 3e6, 1e6),
    "albers": square("EPSG:5070", 0, 2e6, 1e6),
    "sinusoidal": square(MODIS, -9e6, 4e6, 1e6),
    "lonlat": square("EPSG:4326", 10, 50, 3),
    "mercator": square("EPSG:3857", 1e6, 6e6, 1e5),
    "north pole": square("EPSG:3413", 0, 0, 8e6),
    "lonlat at 180": square("EPSG:4326", 180, 10, 20),
    "mercator at 180": square("EPSG:3857", 2.0037508e7, 1e6, 1e6),
    "utm at 180": square("EPSG:32601", 166_021, 2e6, 1e6),
}
EACH = pytest.mark.parametrize("name", GRIDS)


def truth(grid: Grid, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
    transformer = Transformer.from_crs(CRS(grid.crs.to_wkt()), "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(*(grid.affine * (columns, rows)))
    return lon, lat


def sample(grid: Grid) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(1)
    return generator.uniform(0, grid.width, 200), generator.uniform(0, grid.height, 200)


@EACH
def test_lonlat(name: str) -> None:
    columns, rows = sample(GRIDS[name])
    lon, lat = GRIDS[name].lonlat(columns, rows)
    expected_lon, expected_lat = truth(GRIDS[name], columns, rows)
    assert np.allclose((lon - expected_lon + 180) % 360, 180, atol=1e-9)
    assert np.allclose(lat, expected_lat, atol=1e-9)


@EACH
@pytest.mark.parametrize("turns", [-1, 0, 1])
def test_places_are_the_way_back_on_any_turn_around_the_earth(name: str, turns: int) -> None:
    columns, rows = sample(GRIDS[name])
    lon, lat = truth(GRIDS[name], columns, rows)
    found = GRIDS[name].places(np.stack([lon + 360 * turns, lat]))
    assert np.allclose(found, [columns, rows], atol=1e-6)


@EACH
def test_the_box_holds_the_grid_and_its_bounds(name: str) -> None:
    west, south, east, north = GRIDS[name].box
    lon, lat = truth(GRIDS[name], *sample(GRIDS[name]))
    assert 0 < east - west <= 360
    assert ((lon - west) % 360 <= east - west).all()
    assert ((lat >= south) & (lat <= north)).all()
    inner = GRIDS[name].bounds
    assert -180 <= inner[0] < inner[2]
    assert (inner[0] - west) % 360 <= east - west
    assert south <= inner[1] < inner[3] <= north


@EACH
def test_the_earth_is_not_cut_within_the_grid(name: str) -> None:
    lon, _ = truth(GRIDS[name], *sample(GRIDS[name]))
    lon = lon[:-1]
    if name != "north pole":  # which any cut meets
        assert np.ptp((lon - GRIDS[name].cut) % 360) < 180


@pytest.mark.parametrize(
    ("name", "period"),
    [("lonlat", 360), ("mercator", 2 * math.pi * 6378137), ("utm", None), ("sinusoidal", None)],
)
def test_the_period(name: str, period: float | None) -> None:
    assert GRIDS[name].period == (period and pytest.approx(period, rel=1e-12))
    assert GRIDS[name].is_upright == (period is not None)


def test_a_rotated_grid_is_not_upright() -> None:
    assert not grid("EPSG:4326", Affine(0.1, 0.02, 5, 0.02, -0.1, 50), 10, 10).is_upright


def test_bounds_go_on_beyond_180_degrees() -> None:
    assert GRIDS["lonlat at 180"].bounds == pytest.approx((170, 0, 190, 20))
    whole = grid("EPSG:4326", Affine(1, 0, 0, 0, -1, 90), 360, 180)
    assert whole.bounds == pytest.approx((-180, -90, 180, 90))


def test_a_grid_beyond_the_earth_covers_all_that_it_may() -> None:
    disk = grid(
        "+proj=geos +h=35785831 +lon_0=9.5 +sweep=y",
        Affine(9e4, 0, -5.5e6, 0, -9e4, 5.5e6),
        122,
        122,
    )
    assert disk.bounds == (-180, -90, 180, 90)
    assert np.isnan(disk.lonlat(np.array([0.0]), np.array([0.0]))).all()
    assert np.isnan(disk.places(np.array([[-170.0], [0.0]]))).all()
