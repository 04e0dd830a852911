"""Statistics against Terracotta's own, from the whole raster in memory."""

import warnings

import numpy as np
import pytest
import rasterio
import shapely
from rasterio import Affine
from rasterio.warp import transform_geom
from terracotta.raster import compute_metadata

from ingest.counts import count
from ingest.errors import UnusableCrs
from ingest.statistics import continuous_statistics, geographic_bounds, statistics


def ours(path):
    with rasterio.open(path) as dataset:
        return statistics(dataset, count(dataset, 100_000))


def terracottas(path):
    """As Terracotta computes them, the warnings of rasterio and affine aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compute_metadata(str(path))


def patches(dtype, nodata=None):
    """A disc and a bar of several values on `nodata`."""
    rows, columns = np.mgrid[:90, :130]
    pixels = np.full(rows.shape, nodata or 0, dtype)
    pixels[(rows - 30) ** 2 + (columns - 70) ** 2 < 400] = 5
    pixels[60:70, 20:110] = np.arange(10)[:, None] + 1
    return pixels


CASES = {
    "nodata": (patches("uint8"), {"nodata": 0}),
    "no nodata": (patches("uint8"), {}),
    "signed": (patches("int16", -9999), {"nodata": -9999}),
    "wide": (patches("uint32") * np.uint32(100_000), {"nodata": 0}),
    "tiled": (patches("uint8"), {"nodata": 0, "tiled": True, "blockxsize": 16, "blockysize": 16}),
    "one pixel": (np.eye(3, dtype="uint8")[:1], {"nodata": 0}),
    "degrees": (
        patches("uint8"),
        {"nodata": 0, "crs": "EPSG:4326", "transform": Affine(0.01, 0, 5, 0, -0.01, 50)},
    ),
    "rotated": (
        patches("uint8"),
        {"nodata": 0, "transform": Affine(8, 3, 5e5, 2, -9, 5e6)},
    ),
    "south-up": (patches("uint8"), {"nodata": 0, "transform": Affine(10, 0, 5e5, 0, 10, 5e6)}),
}


@pytest.mark.parametrize("name", CASES)
def test_equal_to_terracottas(geotiff, name):
    pixels, options = CASES[name]
    path = geotiff(pixels, **options)
    found, expected = ours(path), terracottas(path)
    assert found.bounds == pytest.approx(expected["bounds"], abs=1e-12)
    for member in ("valid_percentage", "mean", "stdev", "range"):
        assert getattr(found, member) == pytest.approx(expected[member])
    np.testing.assert_allclose(found.percentiles, expected["percentiles"])
    if name != "rotated":  # Terracotta's hull is that of the raster turned north-up
        assert_same_area(found.convex_hull, expected["convex_hull"])


def assert_same_area(geometry, expected):
    hull, other = shapely.geometry.shape(geometry), shapely.geometry.shape(expected)
    assert hull.symmetric_difference(other).area <= 1e-9 * other.area


def test_hull_of_a_rotated_raster_follows_its_pixels(geotiff):
    pixels = np.zeros((9, 9), "uint8")
    pixels[2:4, 5:8] = 1
    path = geotiff(pixels, nodata=0, transform=Affine(8, 3, 5e5, 2, -9, 5e6), crs="EPSG:32633")
    corners = [(8 * c + 3 * r + 5e5, 2 * c - 9 * r + 5e6) for c, r in CORNERS]
    box = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    assert_same_area(ours(path).convex_hull, transform_geom("EPSG:32633", "EPSG:4326", box))


CORNERS = [(5, 2), (8, 2), (8, 4), (5, 4)]


def test_mask_band_counts_as_invalid(geotiff):
    mask = np.zeros((90, 130), "uint8")
    mask[20:40, 30:60] = 255
    path = geotiff(patches("uint8"), mask=mask)
    found, expected = ours(path), terracottas(path)
    assert found.valid_percentage == pytest.approx(expected["valid_percentage"])
    assert found.mean == pytest.approx(expected["mean"])


def test_no_valid_pixel_gives_zeros_and_the_bounds(geotiff):
    found = ours(geotiff(np.zeros((5, 5), "uint8"), nodata=0))
    assert (found.valid_percentage, found.range, found.mean) == (0, (0, 0), 0)
    assert found.percentiles == (0,) * 99
    assert shapely.geometry.shape(found.convex_hull).bounds == pytest.approx(found.bounds)


def test_raster_that_lies_nowhere(geotiff):
    path = geotiff(np.ones((5, 5), "uint8"), transform=Affine(1e9, 0, 1e12, 0, -1e9, 1e12))
    with pytest.raises(UnusableCrs):
        ours(path)


def test_measurements_have_terracottas_statistics(geotiff):
    pixels = np.linspace(-1, 1, 400, dtype="float32").reshape(20, 20)
    path = geotiff(pixels, nodata=-9999)
    with rasterio.open(path) as dataset:
        found = continuous_statistics(dataset)
    assert found.model_dump()["mean"] == pytest.approx(terracottas(path)["mean"])


def test_measurements_without_any_valid_pixel(geotiff):
    with rasterio.open(geotiff(np.full((5, 5), np.nan, "float32"))) as dataset:
        assert continuous_statistics(dataset) is None


NOT_ON_EARTH = {
    "metres called degrees": ("EPSG:4326", Affine(10, 0, 500_000, 0, -10, 5_000_000)),
    "latitude before longitude": ("EPSG:4326", Affine(0.01, 0, 50, 0, -0.01, 110)),
    "a vertical system": ("EPSG:3855", Affine(10, 0, 500_000, 0, -10, 5_000_000)),
    "a geocentric system": ("EPSG:4978", Affine(10, 0, 500_000, 0, -10, 5_000_000)),
    "a local system": ('LOCAL_CS["x",UNIT["metre",1]]', Affine(10, 0, 0, 0, -10, 0)),
}


@pytest.mark.parametrize("name", NOT_ON_EARTH)
def test_coordinates_that_are_not_on_the_earth(geotiff, name):
    crs, transform = NOT_ON_EARTH[name]
    path = geotiff(np.ones((8, 8), "uint8"), crs=crs, transform=transform)
    with rasterio.open(path) as dataset, pytest.raises(UnusableCrs) as caught:
        geographic_bounds(dataset)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("west", "north", "width", "height"),
    [
        (0, 90, 360, 180),
        (-180, 90.125, 360, 180.25),
        (-181.25, 91.25, 362.5, 182.5),
        (170, 5, 20, 9),
    ],
)
def test_grids_of_the_whole_earth_overshoot_it(geotiff, west, north, width, height):
    transform = Affine(width / 8, 0, west, 0, -height / 4, north)
    path = geotiff(np.ones((4, 8), "uint8"), crs="EPSG:4326", transform=transform)
    with rasterio.open(path) as dataset:
        assert geographic_bounds(dataset) == (west, north - height, west + width, north)
