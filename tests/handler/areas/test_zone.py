"""Pixels inside polygons in any projection, judged by pyproj and shapely at every centre."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from handler.areas.geojson import Polygon
from handler.areas.grid import Grid
from handler.areas.outline import trace
from handler.areas.zone import Zone
from handler.errors import InvalidParameter, TooLarge
from handler.tiles import Raster
from tests.handler.areas.rasters import write_raster

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
PLACES: dict[str, tuple[str, Affine, tuple[int, int]]] = {
    "utm": ("EPSG:32633", Affine(1000, 0, 4e5, 0, -1000, 5.6e6), (150, 200)),
    "rotated": ("EPSG:32633", Affine(800, 300, 4e5, 250, -900, 5.6e6), (150, 200)),
    "south-up": ("EPSG:32633", Affine(1000, 0, 4e5, 0, 1000, 5.4e6), (150, 200)),
    "laea": ("EPSG:3035", Affine(20_000, 0, 2.5e6, 0, -20_000, 5.4e6), (180, 200)),
    "sinusoidal tile": (SINUSOIDAL, Affine(5000, 0, -1e7, 0, -5000, 4.4e6), (200, 200)),
    "lonlat": ("EPSG:4326", Affine(0.02, 0, 5, 0, -0.02, 52), (150, 200)),
    "mercator": ("EPSG:3857", Affine(1000, 0, 1e6, 0, -1000, 6.5e6), (150, 200)),
    "lonlat at 180": ("EPSG:4326", Affine(0.1, 0, 170, 0, -0.1, 10), (150, 200)),
    "mercator at 180": ("EPSG:3857", Affine(10_000, 0, 1.9e7, 0, -10_000, 1e6), (150, 200)),
    "utm at 180": ("EPSG:32601", Affine(5000, 0, -2e5, 0, -5000, 3e6), (150, 200)),
    "north pole": ("EPSG:3413", Affine(40_000, 0, -4e6, 0, -40_000, 4e6), (200, 200)),
    "south pole": ("EPSG:3031", Affine(40_000, 0, -4e6, 0, -40_000, 4e6), (200, 200)),
    "world": ("EPSG:4326", Affine(1, 0, -180, 0, -1, 90), (180, 360)),
    "world from 0": ("EPSG:4326", Affine(1, 0, 0, 0, -1, 90), (180, 360)),
    "world, mercator": (
        "EPSG:3857",
        Affine(2e5, 0, -2.0037508e7, 0, -2e5, 2.0037508e7),
        (200, 200),
    ),
    "world, sinusoidal": (SINUSOIDAL, Affine(1e5, 0, -2.01e7, 0, -1e5, 1.005e7), (201, 402)),
    "world, mollweide": ("ESRI:54009", Affine(1e5, 0, -1.81e7, 0, -1e5, 9.1e6), (182, 362)),
    "world, mollweide of Asia": (
        "+proj=moll +lon_0=100",
        Affine(1e5, 0, -1.81e7, 0, -1e5, 9.1e6),
        (182, 362),
    ),
}
EACH = pytest.mark.parametrize("name", PLACES)
Array = NDArray[np.float64]


@pytest.fixture(autouse=True)
def _env() -> Iterator[None]:
    with rasterio.Env():
        yield


def open_raster(name: str, folder: Path, **options: Any) -> Raster:
    crs, affine, shape = PLACES[name]
    return Raster.open(
        write_raster(folder / "a.tif", np.ones(shape, np.uint8), crs, affine, **options)
    )


def polygon(*rings: Array) -> Polygon:
    return Polygon(tuple(np.concatenate([ring, ring[:1]]) for ring in rings))


def inside(raster: Raster, *polygons: Polygon, step: float = 1) -> NDArray[np.bool_]:
    """Which pixels the zone holds, each at most once."""
    grid, level = Grid.of(raster), raster.level(step)
    outlines = trace(polygons, grid)
    found = np.zeros((level.height, level.width), np.uint8)
    for window, mask in Zone(level, outlines).pieces():
        rows = slice(window.row_off, window.row_off + window.height)
        found[rows, window.col_off : window.col_off + window.width] += mask
    assert found.max() <= 1
    return found == 1


def centres(name: str) -> tuple[Array, Array]:
    """Longitudes and latitudes of all pixel centres, infinite beside the Earth."""
    crs, affine, (height, width) = PLACES[name]
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    lonlat, there = (
        Transformer.from_crs(*pair, always_xy=True)
        for pair in ((CRS(crs), "EPSG:4326"), ("EPSG:4326", CRS(crs)))
    )
    x, y = affine * (columns, rows)
    lon, lat = lonlat.transform(x, y)
    astray = np.hypot(
        *(np.subtract(a, b) for a, b in zip(there.transform(lon, lat), (x, y), strict=True))
    )
    if "world, " in name:
        lon = np.where((astray > 1) | (np.abs(lat) > 90), np.inf, lon)
    return lon, lat


def holds(polygons: Sequence[Polygon], lon: Array, lat: Array) -> NDArray[np.bool_]:
    """By shapely, on every turn around the Earth, with a little room for rounding on edges."""
    found = np.zeros(lon.shape, bool)
    for each in polygons:
        area = shapely.Polygon(each.rings[0], each.rings[1:])
        for turn in (-360, 0, 360):
            found |= shapely.contains_xy(area, lon + turn, lat)
    return found


def wrong(name: str, raster: Raster, *polygons: Polygon) -> int:
    """Pixels that are in or out unlike the truth, but for centres right on an edge."""
    lon, lat = centres(name)
    unlike = inside(raster, *polygons) != holds(polygons, lon, lat)
    _, _, across, down = middle(name)
    edges = shapely.unary_union([shapely.LineString(ring) for p in polygons for ring in p.rings])
    nearest = [
        shapely.distance(edges, shapely.points(lon[unlike] + turn, lat[unlike]))
        for turn in (-360, 0, 360)
    ]
    return int((np.min(nearest, axis=0) > 0.002 * max(across, down) / 60).sum())


def middle(name: str) -> tuple[float, float, float, float]:
    """A longitude and latitude in the raster, and how far it reaches in degrees."""
    lon, lat = centres(name)
    height, width = lon.shape
    row, column = height // 2 + 3, width // 2 + 3
    return (
        float(lon[row, column]),
        float(lat[row, column]),
        float(abs((lon[row, column + 20] - lon[row, column] + 180) % 360 - 180)) * 3,
        float(abs(lat[row + 20, column] - lat[row, column])) * 3,
    )


def star(name: str, seed: int, points: int = 25) -> Polygon:
    """A polygon with a hole that reaches out of the raster here and there."""
    lon, lat, across, down = middle(name)
    across, down = max(across, 0.1), max(down, 0.1)
    generator = np.random.default_rng(seed)
    angles = np.sort(generator.uniform(0, 2 * np.pi, points))
    radii = generator.uniform(0.3, 2, points)
    outer = np.stack([radii * np.cos(angles) * across, radii * np.sin(angles) * down], axis=1)
    outer[:, 0] *= min(1, 170 / np.abs(outer[:, 0]).max())
    outer[:, 1] = np.clip(outer[:, 1] + lat, -90, 90) - lat
    at = np.array([lon, lat])
    return polygon(outer + at, outer * 0.4 + at)


@EACH
@pytest.mark.parametrize("seed", range(4))
def test_any_polygon(tmp_path: Path, name: str, seed: int) -> None:
    raster = open_raster(name, tmp_path)
    here = star(name, seed)
    assert inside(raster, here).any()
    assert wrong(name, raster, here) == 0


@EACH
def test_the_whole_world(tmp_path: Path, name: str) -> None:
    corners = np.array([[-180, -90], [180, -90], [180, 90], [-180, 90.0]])
    raster = open_raster(name, tmp_path)
    lon, _ = centres(name)
    assert np.array_equal(inside(raster, polygon(corners)), np.isfinite(lon))


@pytest.mark.parametrize("name", [name for name in PLACES if "180" in name or "world" in name])
def test_across_the_antimeridian(tmp_path: Path, name: str) -> None:
    """However that is written: cut as RFC 7946 wants it, or going on beyond 180 or -180 degrees."""
    raster = open_raster(name, tmp_path)
    shape = np.array([[-6.1, -3.1], [7.2, -2.3], [5.3, 2.4], [-5.4, 3.7]])
    shape[:, 1] += middle(name)[1] + 0.0123  # so that no centre is right on an edge
    east, west = (shape + np.array([lon, 0]) for lon in (180, -180))
    halves = [
        polygon(
            np.array(shapely.box(*box).intersection(shapely.Polygon(ring)).exterior.coords)[:-1]
        )
        for box, ring in (((0, -90, 180, 90), east), ((-180, -90, 0, 90), west))
    ]
    found = inside(raster, polygon(east))
    assert found.any()
    assert wrong(name, raster, polygon(east)) == 0
    assert np.array_equal(found, inside(raster, polygon(west)))
    assert np.array_equal(found, inside(raster, *halves))


@pytest.mark.parametrize("name", ["north pole", "south pole"])
def test_around_a_pole(tmp_path: Path, name: str) -> None:
    sign = 1 if name == "north pole" else -1
    cap = np.array([[-180, 70], [180, 70], [180, 90], [-180, 90.0]]) * [1, sign]
    raster = open_raster(name, tmp_path)
    assert wrong(name, raster, polygon(cap)) == 0
    assert inside(raster, polygon(cap))[95:105, 95:105].all()


def test_overlapping_polygons_count_once(tmp_path: Path) -> None:
    raster = open_raster("utm", tmp_path)
    stars = [star("utm", seed) for seed in range(5)]
    assert wrong("utm", raster, *stars) == 0


def test_what_crosses_itself_holds_what_it_goes_around_an_odd_number_of_times(
    tmp_path: Path,
) -> None:
    raster = open_raster("lonlat", tmp_path)
    bow_tie = polygon(np.array([[6, 50], [8, 51], [8, 50], [6, 51.0]]))
    lon, lat = centres("lonlat")
    area = shapely.make_valid(shapely.Polygon(bow_tie.rings[0]))
    assert np.array_equal(inside(raster, bow_tie), shapely.contains_xy(area, lon, lat))


def test_elsewhere(tmp_path: Path) -> None:
    raster = open_raster("utm", tmp_path)
    away = polygon(np.array([[-60, -10], [-50, -10], [-50, 0.0]]))
    assert len(trace([away], Grid.of(raster))) == 0
    assert not inside(raster, away).any()


def test_on_an_overview(tmp_path: Path) -> None:
    raster = open_raster("utm", tmp_path, factors=(2, 4))
    here = star("utm", 1)
    native, coarse = inside(raster, here).sum(), inside(raster, here, step=4).sum()
    assert coarse * 16 == pytest.approx(native, rel=0.02)


def test_what_it_costs(tmp_path: Path) -> None:
    raster = open_raster("utm", tmp_path, factors=(2,))
    lon, lat, across, down = middle("utm")
    square = np.array(
        [[lon, lat], [lon + across, lat], [lon + across, lat + down], [lon, lat + down]]
    )
    outlines = trace([polygon(square)], Grid.of(raster))
    native, coarse = Zone(raster.level(1), outlines), Zone(raster.level(2), outlines)
    assert native.fits(4 * 64 * 64)  # 60 x 60 pixels, in four blocks at most
    assert not native.fits(3000)
    assert coarse.fits(2 * 64 * 64)
    assert Zone(raster.level(1), trace([], Grid.of(raster))).fits(1)


def test_many_small_polygons_far_apart_cost_whole_blocks(tmp_path: Path) -> None:
    raster = open_raster("world", tmp_path)
    dots = [
        polygon(np.array([[x, y], [x + 1, y], [x, y + 1.0]]))
        for x in range(-179, 170, 64)
        for y in (-60, 0, 60)
    ]
    outlines = trace(dots, Grid.of(raster))
    zone = Zone(raster.level(1), outlines)
    assert zone.fits(18 * 64 * 64)
    assert not zone.fits(10 * 64 * 64)


def test_crossing_itself_time_and_again_costs_too(tmp_path: Path) -> None:
    raster = open_raster("utm", tmp_path)
    lon, lat, across, down = middle("utm")
    zigzag = np.array([[lon + (i % 7) * across / 7, lat + (i % 2) * down] for i in range(1000)])
    outlines = trace([polygon(zigzag)], Grid.of(raster))
    assert not Zone(raster.level(1), outlines).fits(30_000)


def test_more_detail_than_anybody_needs(tmp_path: Path) -> None:
    raster = open_raster("sinusoidal tile", tmp_path)
    turns = np.array([[-110 + 15 * (i % 2), 30 + 9 * (i % 3)] for i in range(200_001)])
    with pytest.raises(TooLarge, match="simplify"):
        trace([polygon(turns.astype(float))], Grid.of(raster))


def test_where_the_raster_shows_no_earth(tmp_path: Path) -> None:
    crs = "+proj=geos +h=35785831 +lon_0=9.5 +sweep=y"
    disk = Grid(rasterio.crs.CRS.from_string(crs), Affine(9e4, 0, -5.5e6, 0, -9e4, 5.5e6), 122, 122)
    assert len(trace([polygon(np.array([[0, 0], [20, 0], [10, 30.0]]))], disk)) == 1
    with pytest.raises(InvalidParameter, match="no place"):
        trace([polygon(np.array([[0, 0], [170, 0], [10, 30.0]]))], disk)
