"""Which tiles to ask for: distinct ones that lie inside a raster, the same in every run."""

from collections.abc import Sequence
from math import asinh, floor, pi, radians, tan
from pathlib import Path
from random import Random
from typing import NamedTuple

import rasterio
from pyproj import Transformer

_SEED = 20181010


class Tile(NamedTuple):
    """A tile of the Web Mercator pyramid."""

    z: int
    x: int
    y: int


def pick(path: Path, zoom: int, count: int, side_m: float | None = None) -> list[Tile]:
    """Up to `count` distinct tiles that lie wholly inside the raster, shuffled.

    `side_m` leaves only those within a square of that size (in the raster's units) at its centre.
    """
    with rasterio.open(path) as raster:
        west, south, east, north = raster.bounds
        crs = raster.crs.to_wkt()
    if side_m is not None:
        x, y, half = (west + east) / 2, (south + north) / 2, side_m / 2
        west, south, east, north = x - half, y - half, x + half, y + half
    inner = _inside(crs, (west, south, east, north), zoom)
    Random(_SEED + zoom).shuffle(inner)
    return inner[:count]


def with_tiles(path: Path, zooms: Sequence[int], least: int) -> list[int]:
    """Those of the zooms at which so many tiles lie inside the raster; ValueError if none does."""
    found = [zoom for zoom in zooms if len(pick(path, zoom, least)) == least]
    if not found:
        raise ValueError(
            f"{path.name} covers fewer than {least} tiles at zoom {max(zooms)}: take a larger one"
        )
    return found


def _inside(crs: str, bounds: tuple[float, float, float, float], zoom: int) -> list[Tile]:
    """The tiles of which no corner lies outside of `bounds`."""
    to_mercator = Transformer.from_crs(crs, "EPSG:3857", always_xy=True)
    to_raster = Transformer.from_crs("EPSG:3857", crs, always_xy=True)
    west, south, east, north = to_mercator.transform_bounds(*bounds)
    half, side = pi * 6_378_137, 2 * pi * 6_378_137 / 2**zoom

    def holds(x: int, y: int) -> bool:
        left, top = x * side - half, half - y * side
        corners = to_raster.transform_bounds(left, top - side, left + side, top)
        return (
            bounds[0] <= corners[0]
            and bounds[1] <= corners[1]
            and corners[2] <= bounds[2]
            and corners[3] <= bounds[3]
        )

    columns = range(floor((west + half) / side), floor((east + half) / side) + 1)
    rows = range(floor((half - north) / side), floor((half - south) / side) + 1)
    return [Tile(zoom, x, y) for x in columns for y in rows if holds(x, y)]


def covering(zoom: int, lon: float, lat: float) -> Tile:
    """The tile that holds a place."""
    x, y = (lon + 180) / 360, (1 - asinh(tan(radians(lat))) / pi) / 2
    return Tile(zoom, floor(x * 2**zoom), floor(y * 2**zoom))
