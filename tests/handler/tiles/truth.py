"""An oracle that says point by point what each pixel of a tile must show.

It shares no code with the reader: mercantile for the tile's bounds, pyproj for every single pixel
centre, the whole raster in memory, Pillow to decode the picture.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mercantile
import numpy as np
import pyproj
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio import Affine

from categorical.colors import Color

Array = NDArray[Any]
Tile = tuple[int, int, int]
Size = tuple[int, int]

WORLD = 40075016.68557849


@dataclass(frozen=True)
class Truth:
    """What the raster at `path`, or its overview `level` (0 is the finest), holds at a tile."""

    path: str
    level: int | None = None

    def values(self, tile: Tile, size: Size = (256, 256)) -> np.ma.MaskedArray[Any, Any]:
        """The class of the source pixel that holds each pixel's centre, masked outside."""
        level = {} if self.level is None else {"overview_level": self.level}
        with rasterio.open(self.path) as native, rasterio.open(self.path, **level) as file:
            across, down = native.width / file.width, native.height / file.height
            source = file.read(1)
        columns, rows = _places(self.path, tile, size)
        columns, rows = np.floor(columns / across), np.floor(rows / down)
        inside = (columns >= 0) & (rows >= 0)
        inside &= (columns < source.shape[1]) & (rows < source.shape[0])
        found = np.zeros(columns.shape, source.dtype)
        found[inside] = source[rows[inside].astype(int), columns[inside].astype(int)]
        return np.ma.MaskedArray(found, ~inside)

    def certain(self, tile: Tile, size: Size = (256, 256)) -> Array:
        """Where the centre is clearly in one native pixel, not on the edge between two."""
        distances = [np.abs(place - np.round(place)) for place in _places(self.path, tile, size)]
        return np.minimum(*distances) > 1e-6

    def step(self, tile: Tile, size: Size = (256, 256)) -> float:
        """The least distance of neighbouring centres within the raster, in native pixels."""
        columns, rows = _places(self.path, tile, size)
        columns = np.where(Truth(self.path).values(tile, size).mask, np.nan, columns)
        lengths = [np.hypot(np.diff(columns, axis=a), np.diff(rows, axis=a)) for a in (0, 1)]
        return float(min(np.nanmin(length) for length in lengths))


@lru_cache(maxsize=4)
def _places(path: str, tile: Tile, size: Size) -> tuple[Array, Array]:
    """Columns and rows of the tile's pixel centres in the native raster."""
    with rasterio.open(path) as file:
        transform, wkt, extent = file.transform, file.crs.to_wkt(), file.shape[::-1]
    crs = pyproj.CRS.from_wkt(wkt)
    transformer = pyproj.Transformer.from_crs(3857, crs, always_xy=True)
    x, y = transformer.transform(*_centres(tile, size))
    return _into(transform, extent, x, y, _period(crs))


def _centres(tile: Tile, size: Size) -> tuple[Array, Array]:
    z, x, y = tile
    bounds = mercantile.xy_bounds(x, y, z)
    width, height = size
    across = (np.arange(width) + 0.5) / width
    down = (np.arange(height) + 0.5) / height
    return np.meshgrid(
        bounds.left + across * (bounds.right - bounds.left),
        bounds.top - down * (bounds.top - bounds.bottom),
    )


def _period(crs: pyproj.CRS) -> float | None:
    if crs.is_geographic:
        return float(
            np.degrees(2 * np.pi) * np.radians(1) / crs.axis_info[0].unit_conversion_factor
        )
    return WORLD if crs.to_epsg() == 3857 else None


def _into(
    transform: Affine, extent: Size, x: Array, y: Array, period: float | None
) -> tuple[Array, Array]:
    """Columns and rows, at the turn around the world that falls into the raster, if any does."""
    columns, rows = _apply(~transform, x, y)
    for turns in (-1, 1, 2) if period else ():
        others = _apply(~transform, x + turns * period, y)
        hit = (others[0] >= 0) & (others[0] < extent[0])
        hit &= (others[1] >= 0) & (others[1] < extent[1])
        columns, rows = np.where(hit, others[0], columns), np.where(hit, others[1], rows)
    return columns, rows


def _apply(transform: Affine, x: Array, y: Array) -> tuple[Array, Array]:
    x, y = np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)
    a, b, c, d, e, f = transform[:6]
    return a * x + b * y + c, d * x + e * y + f


def tiles_over(
    path: str, zooms: tuple[int, ...], places: tuple[tuple[float, float], ...]
) -> list[Tile]:
    """The tiles that hold these places of a raster (parts of its width and height)."""
    with rasterio.open(path) as file:
        crs, transform, width, height = file.crs.to_wkt(), file.transform, file.width, file.height
    to_lonlat = pyproj.Transformer.from_crs(pyproj.CRS.from_wkt(crs), 4326, always_xy=True)
    points = [to_lonlat.transform(*(transform @ (a * width, b * height))) for a, b in places]
    points = [(lon, lat) for lon, lat in points if np.isfinite(lon) and abs(lat) < 90]
    tiles = [mercantile.tile((lon + 180) % 360 - 180, lat, z) for z in zooms for lon, lat in points]
    return list(dict.fromkeys((tile.z, tile.x, tile.y) for tile in tiles))


def some_colors(values: Any) -> dict[int | float, Color]:
    """A colour for each value, all different."""
    return {
        value: Color(position % 251, position // 251, 255 - position % 256)
        for position, value in enumerate(values)
    }


def decode(png: bytes) -> Array:
    """The picture's pixels, RGBA, shape (height, width, 4)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def picture(values: np.ma.MaskedArray[Any, Any], colors: dict[int | float, Color]) -> Array:
    """What a PNG of these values must show."""
    rgba = np.zeros((*values.shape, 4), np.uint8)
    for value, color in colors.items():
        rgba[np.asarray(values.filled(0) == value) & ~np.ma.getmaskarray(values)] = color
    return rgba


def exact_share(found: Array, expected: Array) -> float:
    """The share of pixels that are right, of those that either picture shows."""
    shown = (found[..., 3] > 0) | (expected[..., 3] > 0)
    right = (found == expected).all(axis=-1) | ~shown
    return 1.0 if not shown.any() else float(right[shown].mean())
