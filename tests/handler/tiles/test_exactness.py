"""Every pixel of a tile shows the class of the source pixel that holds its centre."""

from collections.abc import Callable
from typing import Any, NamedTuple

import mercantile
import numpy as np
import pyproj
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio import Affine

from handler.tiles import Palette, Raster, render_tile
from tests.handler.tiles.truth import (
    Size,
    Truth,
    decode,
    exact_share,
    picture,
    some_colors,
    tiles_over,
)

WriteRaster = Callable[..., str]


class Case(NamedTuple):
    """A raster's CRS, geotransform and size, and zooms to draw it at."""

    crs: str
    transform: Affine
    width: int
    height: int
    zooms: tuple[int, ...]


MODIS = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
LAMBERT = "+proj=lcc +lat_1=30 +lat_2=60 +lat_0=45 +lon_0=20 +ellps=bessel +units=m +no_defs"
CLARKE = "+proj=longlat +a=6378206.4 +b=6356583.8 +no_defs"


def north_up(left: float, top: float, size: float) -> Affine:
    return Affine(size, 0, left, 0, -size, top)


CASES = {
    "lonlat": Case("EPSG:4326", north_up(6, 3, 0.003), 1000, 1000, (3, 6, 9, 12)),
    "lonlat, the world": Case("EPSG:4326", north_up(-180, 90, 0.25), 1440, 720, (0, 1, 4, 8)),
    "lonlat, 0 to 360": Case("EPSG:4326", north_up(0, 90, 0.25), 1440, 720, (0, 1, 2, 6)),
    "lonlat, over the antimeridian": Case(
        "EPSG:4326", north_up(170, 10, 0.02), 1000, 900, (1, 4, 8)
    ),
    "lonlat, beyond -180": Case("EPSG:4326", north_up(-190, 10, 0.02), 1000, 900, (1, 4, 8)),
    "lonlat, south-up": Case("EPSG:4326", Affine(0.01, 0, 6, 0, 0.01, -50), 600, 500, (4, 7, 10)),
    "lonlat, mirrored": Case("EPSG:4326", Affine(-0.01, 0, 16, 0, -0.01, 50), 600, 500, (4, 7, 10)),
    "lonlat, rotated": Case(
        "EPSG:4326",
        Affine.translation(6, 50) @ Affine.rotation(30) @ Affine.scale(0.01, -0.02),
        600,
        500,
        (4, 7, 10),
    ),
    "lonlat, rotated over the antimeridian": Case(
        "EPSG:4326",
        Affine.translation(176, 50) @ Affine.rotation(-30) @ Affine.scale(0.01, -0.02),
        600,
        500,
        (2, 5, 9),
    ),
    "lonlat, quarter turn": Case(
        "EPSG:4326", Affine(0, 0.01, 6, 0.01, 0, 40), 600, 500, (4, 7, 10)
    ),
    "lonlat, oblong pixels": Case(
        "EPSG:4326", Affine(0.05, 0, 6, 0, -0.01, 50), 120, 500, (4, 7, 10)
    ),
    "NAD83": Case("EPSG:4269", north_up(-100, 45, 0.01), 700, 600, (3, 7, 10)),
    "NAD27": Case("EPSG:4267", north_up(-100, 45, 0.01), 700, 600, (3, 7, 10)),
    "Paris, in grads": Case("EPSG:4807", north_up(-4, 54, 0.01), 700, 600, (4, 7, 10)),
    "lonlat, no EPSG code": Case(CLARKE, north_up(-180, 90, 0.25), 1440, 720, (0, 3, 6)),
    "Web Mercator": Case("EPSG:3857", north_up(1e6 / 3, 6e6 / 7, 333.3), 900, 800, (5, 8, 11)),
    "Web Mercator, over the antimeridian": Case(
        "EPSG:3857", north_up(19.9e6, 6e6, 777.7), 900, 800, (2, 5, 9)
    ),
    "Web Mercator, rotated": Case(
        "EPSG:3857",
        Affine.translation(1e6, 5e6) @ Affine.rotation(11) @ Affine.scale(333, -333),
        900,
        800,
        (5, 8, 11),
    ),
    "UTM": Case("EPSG:32634", north_up(399960, 4100040, 123.4), 900, 800, (1, 4, 7, 9, 12)),
    "UTM, ten metres": Case("EPSG:32634", north_up(399960, 4100040, 10), 900, 800, (9, 12, 14, 17)),
    "UTM, south-up": Case(
        "EPSG:32734", Affine(100, 0, 399960, 0, 100, 4100040), 900, 800, (5, 8, 11)
    ),
    "UTM, rotated": Case(
        "EPSG:32634",
        Affine.translation(4e5, 4e6) @ Affine.rotation(57) @ Affine.scale(90, -110),
        900,
        800,
        (5, 8, 11),
    ),
    "UTM, over the antimeridian": Case(
        "EPSG:32701", north_up(20000, 8200000, 500), 900, 800, (0, 3, 6, 9)
    ),
    "UTM, near the pole": Case(
        "EPSG:32633", north_up(200000, 9350000, 1000), 600, 500, (0, 3, 6, 9)
    ),
    "LAEA": Case("EPSG:3035", north_up(4000000, 3100000, 100), 900, 800, (3, 6, 8, 12)),
    "LAEA, all of Europe": Case(
        "EPSG:3035", north_up(900000, 5500000, 10000), 650, 460, (0, 2, 4, 7)
    ),
    "Albers": Case("EPSG:5070", north_up(-2356095, 3172605, 5000), 920, 580, (0, 2, 5, 8)),
    "sinusoidal": Case(
        MODIS, north_up(-10007554.677, 4447802.0787, 926.63), 1200, 1200, (0, 3, 5, 8)
    ),
    "sinusoidal, the world": Case(
        MODIS, north_up(-20015109.354, 10007554.677, 40000), 1000, 500, (0, 1, 4)
    ),
    "sinusoidal, around the Pacific": Case(
        MODIS.replace("lon_0=0", "lon_0=180"),
        north_up(-20015109.354, 10007554.677, 40000),
        1000,
        500,
        (0, 1, 4),
    ),
    "polar stereographic, north": Case(
        "EPSG:3413", north_up(-3850000, 5850000, 12500), 608, 896, (0, 1, 3, 6)
    ),
    "polar stereographic, south": Case(
        "EPSG:3031", north_up(-3950000, 4350000, 12500), 632, 664, (0, 1, 3, 6)
    ),
    "Lambert, no EPSG code": Case(LAMBERT, north_up(-500000, 900000, 1500), 800, 700, (3, 6, 9)),
    "Lambert-93": Case("EPSG:2154", north_up(650000, 6900000, 100), 800, 700, (6, 9, 12)),
    "Gauss-Krueger, another datum": Case(
        "EPSG:31467", north_up(3450000, 5500000, 100), 800, 700, (6, 9, 12)
    ),
    "Mercator around the Pacific": Case(
        "EPSG:3832", north_up(2000000, 3000000, 3000), 800, 700, (1, 3, 6)
    ),
    "Mollweide, the world": Case(
        "ESRI:54009", north_up(-18040096, 9020048, 40000), 902, 451, (0, 1, 4)
    ),
}
PLACES = ((0.5, 0.5), (0.997, 0.004))


def noise(width: int, height: int, values: int = 9) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(1, values + 1, (height, width), dtype=np.uint8)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_native_pixels(case: Case, write_raster: WriteRaster) -> None:
    path = write_raster(noise(case.width, case.height), case.crs, case.transform)
    colors = some_colors(range(1, 10))
    raster, palette, truth = Raster.open(path), Palette(colors), Truth(path)
    for tile in tiles_over(path, case.zooms, PLACES):
        found = decode(render_tile(raster, *tile, palette))
        assert exact_share(found, picture(truth.values(tile), colors)) >= 0.9999, tile
    raster.close()


@pytest.mark.parametrize(
    "name",
    [
        "lonlat",
        "lonlat, the world",
        "lonlat, over the antimeridian",
        "lonlat, rotated",
        "Web Mercator",
        "UTM",
        "LAEA",
        "sinusoidal",
        "polar stereographic, north",
    ],
)
def test_overview_pixels(name: str, write_raster: WriteRaster) -> None:
    """No level coarser than the tile, at most one finer than needed, and of it the right pixels."""
    case, factors = CASES[name], (2, 4, 8, 16)
    path = write_raster(noise(case.width, case.height), case.crs, case.transform, factors=factors)
    colors = some_colors(range(1, 10))
    raster, palette, native = Raster.open(path), Palette(colors), Truth(path)
    for tile in tiles_over(path, case.zooms[:3], PLACES[:2]):
        fitting = [i for i, factor in enumerate(factors) if factor <= native.step(tile) * 1.001]
        found = decode(render_tile(raster, *tile, palette))
        shares = [
            exact_share(found, picture(Truth(path, level).values(tile), colors))
            for level in [None, *fitting][-2:]
        ]
        assert max(shares) >= 0.9999, (tile, shares)
    raster.close()


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (511, 256), (100, 333), (512, 512)])
@pytest.mark.parametrize("name", ["lonlat", "lonlat, rotated", "UTM", "polar stereographic, south"])
def test_any_tile_size(name: str, size: Size, write_raster: WriteRaster) -> None:
    case = CASES[name]
    path = write_raster(noise(case.width, case.height), case.crs, case.transform)
    colors = some_colors(range(1, 10))
    raster, palette, truth = Raster.open(path), Palette(colors), Truth(path)
    for tile in tiles_over(path, case.zooms[-2:], PLACES[:1]):
        found = decode(render_tile(raster, *tile, palette, size))
        assert found.shape == (size[1], size[0], 4)
        assert exact_share(found, picture(truth.values(tile, size), colors)) >= 0.9999, tile
    raster.close()


INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


@pytest.mark.parametrize("dtype", [*INTEGERS, "float32", "float64"])
def test_any_type_to_its_limits(dtype: str, write_raster: WriteRaster) -> None:
    limits = np.iinfo(dtype) if dtype in INTEGERS else np.iinfo("int16")
    classes = np.array([limits.min, limits.min + 1, 0, 1, 77, limits.max - 1, limits.max], dtype)
    values = classes[noise(400, 300, 7) - 1]
    path = write_raster(values, "EPSG:32634", north_up(399960, 4100040, 100))
    named = [int(value) for value in dict.fromkeys(classes.tolist())][:-1]
    assert_exact(path, some_colors(named), (8, 10))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_narrow_range_of_any_type(dtype: str, write_raster: WriteRaster) -> None:
    offset = 100 if dtype.startswith("u") else -4
    values = (noise(400, 300).astype(np.int64) + offset).astype(dtype)
    path = write_raster(values, "EPSG:4326", north_up(6, 50, 0.003))
    assert_exact(path, some_colors(range(offset + 2, offset + 9)), (8, 10))


def assert_exact(path: str, colors: dict[Any, Any], zooms: tuple[int, ...]) -> None:
    raster, palette, truth = Raster.open(path), Palette(colors), Truth(path)
    for tile in tiles_over(path, zooms, PLACES):
        found = decode(render_tile(raster, *tile, palette))
        assert exact_share(found, picture(truth.values(tile), colors)) == 1.0, tile
    raster.close()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    crs=st.sampled_from(["EPSG:4326", "EPSG:32634", "EPSG:3035", "EPSG:3413", "EPSG:3857"]),
    angle=st.sampled_from([0, 90, 180]) | st.floats(0, 360),
    stretch=st.floats(0.3, 3),
    flip=st.sampled_from([1, -1]),
    lon=st.floats(-179, 179),
    lat=st.floats(-80, 84),
    zoom=st.integers(0, 18),
    relative=st.floats(0.1, 30),
    dtype=st.sampled_from(INTEGERS),
)
def test_any_geotransform(
    crs: str,
    angle: float,
    stretch: float,
    flip: int,
    lon: float,
    lat: float,
    zoom: int,
    relative: float,
    dtype: str,
    write_raster: WriteRaster,
) -> None:
    """A raster of 300 x 200 pixels laid somewhere, each `relative` tile pixels large."""
    place = {"EPSG:32634": (21 + lon / 45, lat), "EPSG:3035": (10 + lon / 6, 52 + lat / 5)}
    lon, lat = place.get(crs, (lon, abs(lat) if crs == "EPSG:3413" else lat))
    x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    metres = relative * 40075016.7 / 256 / 2**zoom * np.cos(np.radians(lat))
    size = metres / 111320 if crs == "EPSG:4326" else metres
    size = min(size, 0.5 if crs == "EPSG:4326" else 10000.0)
    transform = (
        Affine.translation(x, y)
        @ Affine.rotation(angle)
        @ Affine.scale(size, flip * size * stretch)
        @ Affine.translation(-150, -100)
    )
    values = noise(300, 200).astype(dtype)
    path = write_raster(values, crs, transform)
    tile = mercantile.tile(lon, lat, zoom)
    raster, colors = Raster.open(path), some_colors(range(1, 10))
    found = decode(render_tile(raster, tile.z, tile.x, tile.y, Palette(colors)))
    raster.close()
    place = (tile.z, tile.x, tile.y)
    expected, certain = Truth(path).values(place), Truth(path).certain(place)
    share = exact_share(found[certain], picture(expected, colors)[certain])
    assert not expected.count() or share >= 0.9999


def test_a_centre_on_an_edge_belongs_to_the_pixel_right_of_and_below_it(
    write_raster: WriteRaster,
) -> None:
    """A raster in the tile grid of zoom 9, drawn from its native pixels at zoom 8."""
    size = 40075016.68557849 / 256 / 2**9
    left, top = -20037508.342789244 + 300 * 256 * size, 20037508.342789244 - 200 * 256 * size
    values = noise(512, 512)
    path = write_raster(values, "EPSG:3857", north_up(left, top, size))
    raster, colors = Raster.open(path), some_colors(range(1, 10))
    found = decode(render_tile(raster, 8, 150, 100, Palette(colors)))
    raster.close()
    assert (found == picture(np.ma.MaskedArray(values[1::2, 1::2]), colors)).all()
