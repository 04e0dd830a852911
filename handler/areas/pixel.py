"""One pixel: the one that holds a place on the Earth."""

import math
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from handler.areas.grid import Grid
from handler.tiles import Raster
from handler.tiles.raster import reading

# In pixels: a place on an edge belongs to the pixel right of it or below it, as in tiles, and one
# on the raster's last edge to its last pixel.
_ON_EDGE = 1e-7

Number = int | float


@dataclass(frozen=True)
class Pixel:
    """A native pixel; `value` is None where the raster's own mask hides it or it is not a number.

    `is_nodata` says that the raster itself calls the value nodata.
    """

    column: int
    row: int
    value: Number | None
    is_nodata: bool


def pixel_at(raster: Raster, lon: float, lat: float) -> Pixel | None:
    """The pixel that holds the place, given in degrees; None outside of the raster.

    Raises RasterUnavailable.
    """
    grid = Grid.of(raster)
    places = grid.places(np.array([[lon], [lat]]))[:, 0].tolist()
    column, row = (_pixel(place, size) for place, size in zip(places, _size(grid), strict=True))
    if column is None or row is None:
        return None
    level, window = raster.level(1), Window(column, row, 1, 1)
    with reading():
        value = _number(level.dataset.read(1, window=window)[0, 0].item())
        hidden = level.has_mask and level.dataset.read_masks(1, window=window)[0, 0] == 0
    if value is None or (hidden and value != raster.nodata):
        return Pixel(column, row, None, is_nodata=True)
    return Pixel(column, row, value, is_nodata=value == raster.nodata)


def _size(grid: Grid) -> tuple[int, int]:
    return grid.width, grid.height


def _pixel(place: float, size: int) -> int | None:
    if not -_ON_EDGE <= place <= size + _ON_EDGE:  # nor is NaN
        return None
    return max(0, min(math.floor(place + _ON_EDGE), size - 1))


def _number(value: Number) -> Number | None:
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value
    return value
