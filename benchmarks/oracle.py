"""What a tile must show, point by point; shares no code with any reader.

Each pixel's centre is transformed by pyproj from Web Mercator into the raster's CRS, by the inverse
geotransform into a column and row, and the class is that of the source pixel which holds it. A
peer may have read any level, native or overview: it is judged by the one that fits it best.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from math import pi
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from pyproj import Transformer

from benchmarks.tiles import Tile

HALF = pi * 6_378_137  # metres from the middle of the Web Mercator square to its edge
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Share:
    """Of how many pixels that either side shows, how many are right."""

    exact: int
    shown: int

    def __add__(self, other: "Share") -> "Share":
        return Share(self.exact + other.exact, self.shown + other.shown)

    @property
    def fraction(self) -> float | None:
        """From 0 to 1; None if nothing was to be seen."""
        return self.exact / self.shown if self.shown else None


NOTHING = Share(0, 0)


def judge(png: bytes, levels: Iterable[Pixels]) -> Share:
    """How much of the tile is exact, by the one of `levels` (see `expected`) that fits it best."""
    seen = np.asarray(Image.open(BytesIO(png)).convert("RGBA"))
    shares = [_compare(seen, right) for right in levels]
    return max(shares, key=lambda share: share.fraction or 0)


def expected(
    path: Path, tile: Tile, colors: Mapping[int, tuple[int, int, int]], size: int = 256
) -> Iterator[Pixels]:
    """The tile in RGBA (size, size, 4), once from each level of the raster, native first."""
    with rasterio.open(path) as raster:
        levels = len(raster.overviews(1))
        columns, rows = places(raster, tile, size)
        width, height = raster.width, raster.height
    for level in range(-1, levels):
        options = {} if level < 0 else {"overview_level": level}
        with rasterio.open(path, **options) as raster:
            across, down = raster.width / width, raster.height / height
            yield _painted(raster, columns * across, rows * down, colors)


def places(
    raster: rasterio.DatasetReader, tile: Tile, size: int = 256
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns and rows of the raster, whole and fraction, at each pixel's centre: (size, size)."""
    to_raster = Transformer.from_crs("EPSG:3857", raster.crs.to_wkt(), always_xy=True)
    columns, rows = ~raster.transform * to_raster.transform(*_centres(tile, size))
    return columns, rows


def _centres(tile: Tile, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Web Mercator x and y of each pixel's centre, (size, size)."""
    along = (np.arange(size) + 0.5) / size
    metres = 2 * HALF / 2**tile.z
    x, y = np.meshgrid((tile.x + along) * metres - HALF, HALF - (tile.y + along) * metres)
    return x, y


def _painted(
    raster: rasterio.DatasetReader,
    columns: NDArray[np.float64],
    rows: NDArray[np.float64],
    colors: Mapping[int, tuple[int, int, int]],
) -> Pixels:
    column, row = np.floor(columns).astype(int), np.floor(rows).astype(int)
    inside = (column >= 0) & (column < raster.width) & (row >= 0) & (row < raster.height)
    painted = np.zeros((*column.shape, 4), "uint8")
    if not inside.any():
        return painted
    left, top = column[inside].min(), row[inside].min()
    right, bottom = column[inside].max() + 1, row[inside].max() + 1
    source = raster.read(1, window=((top, bottom), (left, right)))
    values = source[row[inside] - top, column[inside] - left]
    shown = np.zeros((len(values), 4), "uint8")
    for value, color in colors.items():
        shown[values == value] = (*color, 255)
    painted[inside] = shown
    return painted


def _compare(seen: Pixels, right: Pixels) -> Share:
    shown = (seen[..., 3] > 0) | (right[..., 3] > 0)
    return Share(exact=int((seen == right).all(axis=-1)[shown].sum()), shown=int(shown.sum()))
