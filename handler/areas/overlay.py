"""One raster's pixels at the pixel centres of another's grid: the nearest ones.

That is the pixel which holds the centre. On an edge it is the one right of it or below it, as in
tiles, whichever way the arithmetic rounds.
"""

from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from handler.areas.class_index import ClassIndex, Indices
from handler.areas.grid import Floats, Grid
from handler.areas.scan import Part, read_classes_at, whole
from handler.areas.smooth import evaluate
from handler.tiles.level import Level
from handler.tiles.places import pixels_at, within

_TOLERANCE = 1e-5  # of interpolated places, in pixels
_ON_EDGE = 1e-7  # pixels
_NODES = 65  # on each side of a grid, to see what of another one it covers


@dataclass(frozen=True)
class Overlay:
    """Where the pixels of `grid` fall in `other`."""

    grid: Grid
    other: Grid

    def covered(self, level: Level) -> Part:
        """The part of a level of `other` that the grid covers, rather more than less."""
        steps = np.linspace(0, 1, _NODES)
        columns, rows = np.meshgrid(steps * self.grid.width, steps * self.grid.height)
        places = self._exact(columns.ravel(), rows.ravel())
        if np.isnan(places).any():
            return whole(level)
        scaled = places / [[level.across], [level.down]]
        corners = np.stack([np.floor(scaled.min(axis=1)), np.ceil(scaled.max(axis=1))])
        corners = corners.clip(0, [level.width, level.height]).astype(np.intp)
        return Part(*corners.ravel().tolist())

    def read(self, window: Window, level: Level, other: Level, index: ClassIndex) -> Indices:
        """The numbers that `index` gives to the pixels of `other` at the centres of a window.

        The window is of a `level` of the grid; the answer is (height, width), `index.hidden` where
        the other raster has no pixel. Raises RasterUnavailable.
        """
        columns, rows = self._places(window, level)
        places = pixels_at(columns / other.across + _ON_EDGE, rows / other.down + _ON_EDGE)
        found, inside = within(places, other.width, other.height)
        shape = (window.height, window.width)
        numbers = np.full(shape, index.hidden)
        if found is not None:
            read = read_classes_at(other, found, index)
            numbers[np.broadcast_to(inside, shape)] = read.ravel()
        return numbers

    def _places(self, window: Window, level: Level) -> tuple[Floats, Floats]:
        """Columns and rows in native pixels of `other`, which broadcast to (height, width)."""
        left, top = window.col_off, window.row_off
        if self._is_parallel:
            columns = (left + np.arange(window.width) + 0.5) * level.across
            rows = (top + np.arange(window.height) + 0.5) * level.down
            across = self._along(columns, np.zeros_like(columns))[0]
            down = self._along(np.zeros_like(rows), rows)[1]
            return across[np.newaxis], down[:, np.newaxis]

        def exact(columns: Floats, rows: Floats) -> Floats:
            return self._exact((columns + left) * level.across, (rows + top) * level.down)

        across, down = evaluate(exact, window.width, window.height, _TOLERANCE)
        return across, down

    @property
    def _is_parallel(self) -> bool:
        """Whether both grids have their columns and rows along the axes of one CRS."""
        turned = (each.affine.b or each.affine.d for each in (self.grid, self.other))
        return bool(self.grid.crs == self.other.crs) and not any(turned)

    def _along(self, columns: Floats, rows: Floats) -> Floats:
        """Places in `other` of places in the grid, which has the same CRS."""
        return self.other.pixels(*(self.grid.affine * (columns, rows)))

    def _exact(self, columns: Floats, rows: Floats) -> Floats:
        if self._is_parallel:
            return self._along(columns, rows)
        return self.other.places(self.grid.lonlat(columns, rows))
