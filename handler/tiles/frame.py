"""Frames: a rectangle of Web Mercator (EPSG:3857) cut into pixels, such as an XYZ tile."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS = 6378137.0
HALF_WORLD = math.pi * EARTH_RADIUS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A picture's place on the map: top left corner and pixel size in metres, size in pixels."""

    left: float
    top: float
    pixel_width: float
    pixel_height: float
    width: int
    height: int

    def x(self, columns: Floats) -> Floats:
        """Web Mercator x in metres of the centres of these pixel columns."""
        return self.left + (columns + 0.5) * self.pixel_width

    def y(self, rows: Floats) -> Floats:
        """Web Mercator y in metres of the centres of these pixel rows."""
        return self.top - (rows + 0.5) * self.pixel_height

    def pixel_of(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the pixel that holds a point in metres, None outside the frame."""
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        column = math.floor((x - self.left) / self.pixel_width)
        row = math.floor((self.top - y) / self.pixel_height)
        inside = 0 <= column < self.width and 0 <= row < self.height
        return (row, column) if inside else None


def tile_frame(z: int, x: int, y: int, size: tuple[int, int]) -> Frame:
    """The frame of an XYZ tile of `size` (width, height) pixels.

    Raises ValueError for a tile that zoom `z` does not have.
    """
    tiles = 2**z if z >= 0 else 0
    if not (0 <= x < tiles and 0 <= y < tiles):
        raise ValueError(f"there is no tile {z}/{x}/{y}")
    side = 2 * HALF_WORLD / tiles
    width, height = size
    return Frame(
        x * side - HALF_WORLD, HALF_WORLD - y * side, side / width, side / height, width, height
    )


def bounds_frame(bounds: tuple[float, float, float, float], size: tuple[int, int]) -> Frame:
    """The frame that squeezes `bounds` (left, bottom, right, top in metres) into `size` pixels."""
    left, bottom, right, top = bounds
    width, height = size
    return Frame(left, top, (right - left) / width, (top - bottom) / height, width, height)
