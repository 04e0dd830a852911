"""Reading much of a raster in bounded time and memory: which of its levels, and in which pieces."""

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from handler.areas.class_index import ClassIndex, Indices
from handler.tiles import Raster
from handler.tiles.level import Level
from handler.tiles.places import Places
from handler.tiles.raster import reading

PIECE = 1 << 20  # pixels in memory at a time, at most twice over

_STEP = math.sqrt(2)  # overviews are seldom closer to one another


@dataclass(frozen=True)
class Part:
    """Columns from `left` up to `right` and rows from `top` up to `bottom` of a level."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> int:
        """Its number of pixels."""
        return max(0, self.right - self.left) * max(0, self.bottom - self.top)

    @property
    def window(self) -> Window:
        """The same for rasterio."""
        return Window(self.left, self.top, self.right - self.left, self.bottom - self.top)

    @classmethod
    def around(cls, parts: Collection["Part"]) -> "Part":
        """The smallest part that holds all of `parts`, of which there is one at least."""
        return cls(
            min(part.left for part in parts),
            min(part.top for part in parts),
            max(part.right for part in parts),
            max(part.bottom for part in parts),
        )

    def within(self, other: "Part") -> "Part":
        """What both hold, if they meet."""
        return Part(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def slices_in(self, hull: "Part") -> tuple[slice, slice]:
        """Its rows and columns in an array of the hull's pixels."""
        rows = slice(self.top - hull.top, self.bottom - hull.top)
        return rows, slice(self.left - hull.left, self.right - hull.left)

    def cells(self, width: int, height: int) -> Iterator[tuple[int, int]]:
        """Columns and rows of the cells of that size that it touches, counted in cells."""
        if self.size:
            for row in range(self.top // height, -(-self.bottom // height)):
                for column in range(self.left // width, -(-self.right // width)):
                    yield column, row


def levels(raster: Raster) -> Iterator[Level]:
    """The raster's levels that may be shown, the finest first; overviews are opened when asked."""
    level, step = raster.level(1), 1.0
    yield level
    while step < max(level.width * level.across, level.height * level.down):
        step *= _STEP
        coarser = raster.level(step)
        if coarser is not level:
            level = coarser
            yield level


def finest(raster: Raster, fits: Callable[[Level], bool]) -> Level | None:
    """The finest level that `fits`, None if none does."""
    return next(filter(fits, levels(raster)), None)


def whole(level: Level) -> Part:
    """All of a level."""
    return Part(0, 0, level.width, level.height)


def piece_sides(level: Level) -> tuple[int, int]:
    """Width and height of the pieces in which to read: few pixels, whole blocks if these are small.

    So that hardly any block is decoded twice.
    """
    block_height, block_width = level.dataset.block_shapes[0]
    width = min(PIECE, block_width * max(1, math.isqrt(PIECE) // block_width))
    height = max(1, PIECE // min(width, level.width))
    return width, block_height * (height // block_height) or height


def windows(level: Level) -> Iterator[Window]:
    """Pieces that cover all of the level, row by row."""
    everything = whole(level)
    width, height = piece_sides(level)
    for column, row in everything.cells(width, height):
        left, top = column * width, row * height
        yield Part(left, top, left + width, top + height).within(everything).window


def read_classes(level: Level, window: Window, index: ClassIndex) -> Indices:
    """The numbers that `index` gives to the window's pixels, (height, width).

    Raises RasterUnavailable.
    """
    with reading():
        values = level.dataset.read(1, window=window)
        if not level.has_mask:
            return index.of(values)
        hidden = np.equal(level.dataset.read_masks(1, window=window), 0)
    return _with_hidden(values, hidden, index)


def read_classes_at(level: Level, places: Places, index: ClassIndex) -> Indices:
    """The same for the pixels at these places, in their shape."""
    with reading():
        values = level.values(places)
        if not level.has_mask:
            return index.of(values)
        hidden = level.hidden(places)
    return _with_hidden(values, hidden, index)


def _with_hidden(values: NDArray[Any], hidden: NDArray[np.bool_], index: ClassIndex) -> Indices:
    """As in tiles: a mask hides all but the nodata value that has a class."""
    numbers = index.of(values)
    kept = ~hidden | ((values == index.nodata) & (numbers != index.hidden))
    return np.where(kept, numbers, index.hidden)
