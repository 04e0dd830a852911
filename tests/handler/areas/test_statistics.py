"""Pixels and areas per class, judged by pyproj's geodesics and by numpy on all pixels at once."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod

from categorical.classes import Class
from handler.areas.geojson import Polygon
from handler.areas.statistics import Statistics, measure_polygons, measure_raster
from handler.errors import TooLarge
from handler.tiles import Raster
from tests.handler.areas.rasters import write_raster

GEOD = Geod(ellps="WGS84")
CLASSES = [Class(value, f"c{value}", f"class {value}") for value in range(4)]
MOST = 1 << 25
LONLAT = ("EPSG:4326", Affine(0.01, 0, 5, 0, -0.01, 60))
LAEA = ("EPSG:3035", Affine(100, 0, 4e6, 0, -100, 3e6))
UTM = ("EPSG:32633", Affine(100, 0, 4e5, 0, -100, 5.6e6))
MERCATOR = ("EPSG:3857", Affine(500, 0, 1e6, 0, -500, 6.5e6))
SINUSOIDAL = (
    "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs",
    Affine(463.3, 0, -1.0e7, 0, -463.3, 4.4e6),
)
Values = NDArray[Any]


@pytest.fixture(autouse=True)
def _env() -> Iterator[None]:
    with rasterio.Env():
        yield


def bands(height: int = 300, width: int = 400) -> Values:
    """Classes 0 to 3 from north to south, with a little of each everywhere."""
    generator = np.random.default_rng(4)
    rows = np.arange(height)[:, np.newaxis] * 4 // height
    return np.where(
        generator.random((height, width)) < 0.1,
        generator.integers(0, 4, (height, width)),
        np.broadcast_to(rows, (height, width)),
    ).astype(np.uint8)


def open_raster(folder: Path, values: Values, place: tuple[str, Affine], **options: Any) -> Raster:
    return Raster.open(write_raster(folder / "a.tif", values, *place, **options))


def counts(values: Values) -> Mapping[int, int]:
    return {value: int((values == value).sum()) for value in range(4)}


def row_areas(place: tuple[str, Affine], height: int) -> NDArray[np.float64]:
    """The area of a pixel in each row of a raster in longitude and latitude."""
    _, affine = place
    steps = np.linspace(0, affine.a, 50)
    found = []
    for row in range(height):
        north, south = affine.f + row * affine.e, affine.f + (row + 1) * affine.e
        lon = np.concatenate([steps, steps[::-1]])
        lat = np.concatenate([np.full(50, south), np.full(50, north)])
        found.append(abs(GEOD.polygon_area_perimeter(lon, lat)[0]))
    return np.array(found)


def areas(values: Values, place: tuple[str, Affine]) -> list[float]:
    sizes = row_areas(place, values.shape[0])[:, np.newaxis]
    return [float((sizes * (values == value)).sum()) for value in range(4)]


def test_a_raster_that_is_read_whole(tmp_path: Path) -> None:
    values = bands()
    found = measure_raster(open_raster(tmp_path, values, LONLAT), CLASSES, {}, MOST)
    assert found.tally.counts.tolist() == [*counts(values).values(), 0, 0]
    assert found.tally.areas[:4] == pytest.approx(areas(values, LONLAT), rel=1e-9)
    assert (found.resolution, found.exact_counts, found.exact_areas) == (1, True, True)


def test_unclassified_and_hidden_pixels(tmp_path: Path) -> None:
    values = bands()
    values[:10], values[10:30] = 9, 77
    raster = open_raster(tmp_path, values, LONLAT, nodata=9)
    found = measure_raster(raster, CLASSES, {}, MOST).tally
    assert found.counts[-2:].tolist() == [20 * 400, 10 * 400]
    sizes = row_areas(LONLAT, 30)
    expected = [sizes[10:].sum() * 400, sizes[:10].sum() * 400]
    assert found.areas[-2:] == pytest.approx(expected, rel=1e-9)


def test_equal_areas_and_registered_counts_need_no_pixel(tmp_path: Path) -> None:
    raster = open_raster(tmp_path, bands(), LAEA)
    registered = {0: 7, 1: 0, 2: 10, 3: 1_000_000}
    found = measure_raster(raster, CLASSES, registered, 1)
    assert found.tally.counts.tolist() == [7, 0, 10, 1_000_000, 0, 0]
    assert found.tally.areas[:4] == pytest.approx([7e4, 0, 1e5, 1e10], rel=1e-6)
    assert (found.resolution, found.exact_counts, found.exact_areas) == (None, True, True)


def test_counts_that_were_registered_in_part_do_not_count(tmp_path: Path) -> None:
    values = bands()
    found = measure_raster(open_raster(tmp_path, values, LAEA), CLASSES, {0: 7}, MOST)
    assert found.tally.counts[:4].tolist() == list(counts(values).values())


def test_an_overview_tells_how_large_the_registered_pixels_are(tmp_path: Path) -> None:
    values = bands()
    raster = open_raster(tmp_path, values, LONLAT, factors=(2, 4))
    found = measure_raster(raster, CLASSES, counts(values), 10_000)
    assert found.tally.counts[:4].tolist() == list(counts(values).values())
    assert found.tally.areas[:4] == pytest.approx(areas(values, LONLAT), rel=5e-3)
    assert (found.resolution, found.exact_counts, found.exact_areas) == (4, True, False)


def test_a_class_too_rare_for_the_overview_has_the_mean_area(tmp_path: Path) -> None:
    values = np.zeros((256, 256), np.uint8)
    values[3, 3] = 1
    raster = open_raster(tmp_path, values, LONLAT, factors=(4,))
    classes = CLASSES[:2]
    found = measure_raster(raster, classes, {0: 256 * 256 - 1, 1: 1}, 5000).tally
    assert found.areas[1] == pytest.approx(row_areas(LONLAT, 256).mean(), rel=1e-3)


def test_an_overview_alone_gives_an_estimate(tmp_path: Path) -> None:
    values = bands()
    raster = open_raster(tmp_path, values, LONLAT, factors=(2, 4))
    found = measure_raster(raster, CLASSES, {}, 10_000)
    assert found.tally.counts.sum() == values.size
    assert found.tally.areas.sum() == pytest.approx(sum(areas(values, LONLAT)), rel=1e-6)
    assert found.tally.counts[:4] == pytest.approx(list(counts(values).values()), rel=0.15)
    assert (found.resolution, found.exact_counts, found.exact_areas) == (4, False, False)


def test_a_large_raster_without_overviews_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="10,000"):
        measure_raster(open_raster(tmp_path, bands(), LONLAT), CLASSES, {}, 10_000)


def ring(*corners: tuple[float, float]) -> NDArray[np.float64]:
    return np.array([*corners, corners[0]], np.float64)


def own_area(polygon: Polygon) -> tuple[float, float]:
    """Area and perimeter on the ellipsoid, edges straight in longitude and latitude."""
    area = perimeter = 0.0
    for number, each in enumerate(polygon.rings):
        shares = np.linspace(0, 1, 500, endpoint=False)[:, np.newaxis]
        dense = np.concatenate([start + shares * (end - start) for start, end in pairwise(each)])
        one, length = GEOD.polygon_area_perimeter(dense[:, 0], dense[:, 1])
        area += abs(one) if number == 0 else -abs(one)
        perimeter += length
    return area, perimeter


POLYGONS = {
    "lonlat": (LONLAT, Polygon((ring((5.3, 57.4), (8.6, 57.9), (8.1, 59.6), (5.9, 59.1)),))),
    "laea": (LAEA, Polygon((ring((5.65, 49.8), (6.0, 49.85), (5.95, 50.0), (5.7, 49.95)),))),
    "utm": (UTM, Polygon((ring((13.7, 50.35), (14.05, 50.3), (13.95, 50.5)),))),
    "mercator": (MERCATOR, Polygon((ring((9.2, 49.5), (10.6, 49.6), (10.1, 50.2)),))),
    "sinusoidal": (SINUSOIDAL, Polygon((ring((-115.0, 38.6), (-113.3, 38.5), (-114.1, 39.3)),))),
    "hole": (
        LONLAT,
        Polygon(
            (
                ring((5.3, 57.4), (8.6, 57.9), (8.1, 59.6), (5.9, 59.1)),
                ring((6.5, 58.2), (7.5, 58.3), (7.2, 59.0)),
            )
        ),
    ),
}


@pytest.mark.parametrize("name", POLYGONS)
def test_areas_agree_with_the_polygons_own(tmp_path: Path, name: str) -> None:
    """Within the pixels of its edge, and mostly far better, for these go both ways."""
    place, polygon = POLYGONS[name]
    raster = open_raster(tmp_path, bands(), place)
    found = measure_polygons(raster, CLASSES, [polygon], MOST)
    total, (expected, perimeter) = found.tally.areas.sum(), own_area(polygon)
    pixel = total / found.tally.counts.sum()
    assert abs(total - expected) < 0.1 * perimeter * np.sqrt(pixel)
    assert total == pytest.approx(expected, rel=2e-3)
    assert (found.resolution, found.exact_counts, found.exact_areas) == (1, True, True)


def whole(place: tuple[str, Affine]) -> Polygon:
    return Polygon((ring((-180, -90), (180, -90), (180, 90), (-180, 90)),))


@pytest.mark.parametrize("place", [LONLAT, UTM, SINUSOIDAL])
def test_around_all_of_the_raster(tmp_path: Path, place: tuple[str, Affine]) -> None:
    values = bands()
    raster = open_raster(tmp_path, values, place)
    found = measure_polygons(raster, CLASSES, [whole(place)], MOST).tally
    everything = measure_raster(raster, CLASSES, {}, MOST).tally
    assert found.counts.tolist() == everything.counts.tolist() == [*counts(values).values(), 0, 0]
    assert found.areas == pytest.approx(everything.areas, rel=1e-7)


def test_a_large_polygon_is_read_from_an_overview(tmp_path: Path) -> None:
    raster = open_raster(tmp_path, bands(), LONLAT, factors=(2, 4))
    exact = measure_polygons(raster, CLASSES, [whole(LONLAT)], MOST)
    coarse = measure_polygons(raster, CLASSES, [whole(LONLAT)], 60_000)
    assert coarse.tally.areas.sum() == pytest.approx(exact.tally.areas.sum(), rel=1e-6)
    assert (coarse.resolution, coarse.exact_counts, coarse.exact_areas) == (2, False, False)
    with pytest.raises(TooLarge, match="5,000"):
        measure_polygons(raster, CLASSES, [whole(LONLAT)], 5_000)


def test_outside(tmp_path: Path) -> None:
    raster = open_raster(tmp_path, bands(), LONLAT)
    away = Polygon((ring((-60, -10), (-50, -10), (-50, 0)),))
    found: Statistics = measure_polygons(raster, CLASSES, [away], MOST)
    assert not found.tally.counts.any()
    assert not found.tally.areas.any()
    assert found.resolution == 1
