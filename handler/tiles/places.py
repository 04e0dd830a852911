"""The pixels of a raster's level that a picture shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from handler.tiles.frame import Floats

Indices = NDArray[np.int32]
Inside = NDArray[np.bool_] | np.bool_


@dataclass(frozen=True)
class Places:
    """Columns and rows of pixels; `hull` is the smallest window that holds them all.

    Either they have the same shape, or they are the axes of a grid, (1, n) and (m, 1).
    """

    columns: Indices
    rows: Indices
    hull: Window

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that columns and rows broadcast to."""
        return np.broadcast_shapes(self.columns.shape, self.rows.shape)

    @property
    def scattered(self) -> "Places":
        """The same pixels one by one, shape (n,)."""
        columns, rows = np.broadcast_arrays(self.columns, self.rows)
        return Places(columns.ravel(), rows.ravel(), self.hull)

    def chosen(self, members: NDArray[Any]) -> "Places":
        """Some of them, if they are no grid."""
        return make_places(self.columns[members], self.rows[members])

    def pick(self, window: NDArray[Any]) -> NDArray[Any]:
        """The values at these places out of the hull's pixels, shape (height, width)."""
        columns, rows = self.columns - self.hull.col_off, self.rows - self.hull.row_off
        if columns.shape != rows.shape:
            return np.asarray(window.take(rows[:, 0], 0).take(columns[0], 1))
        rows *= window.shape[1]
        rows += columns
        # numpy takes by machine words; it is slow to convert others on its way.
        return np.asarray(window.take(rows.astype(np.intp)))


def make_places(columns: Indices, rows: Indices) -> Places:
    """Places with their hull."""
    left, top = int(columns.min()), int(rows.min())
    width, height = int(columns.max()) - left + 1, int(rows.max()) - top + 1
    return Places(columns, rows, Window(left, top, width, height))


def pixels_at(columns: Floats, rows: Floats) -> Places:
    """The pixels that hold these points, in the raster or beside it. The points are lost."""
    np.floor(columns, out=columns)
    np.floor(rows, out=rows)
    # What is too far away for 32 bits becomes the lowest or the highest of them: still outside.
    with np.errstate(invalid="ignore"):
        return make_places(columns.astype(np.int32), rows.astype(np.int32))


def within(places: Places, width: int, height: int) -> tuple[Places | None, Inside]:
    """The places that a level of this size has, and which these are, shape (height, width).

    Those of a grid remain one, others come one by one. None if there are none, and no shape if
    the level has them all.
    """
    hull = places.hull
    right, bottom = hull.col_off + hull.width, hull.row_off + hull.height
    if hull.col_off >= 0 and hull.row_off >= 0 and right <= width and bottom <= height:
        return places, np.True_
    columns, rows = places.columns, places.rows
    across = (columns >= 0) & (columns < width)
    down = (rows >= 0) & (rows < height)
    inside = across & down
    if not inside.any():
        return None, inside
    if columns.shape != rows.shape:
        return make_places(columns[:, across[0]], rows[down[:, 0]]), inside
    return make_places(columns[inside], rows[inside]), inside
