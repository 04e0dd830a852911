"""How large the pixels of a grid are on the Earth.

Where pixels lie between parallels and meridians the area of each row has a closed form, which is
exact. Elsewhere a square kilometre about a place is turned into longitudes and latitudes, whose
area on the ellipsoid says how large pixels are there; that is evaluated at few places and
interpolated, altogether to a part in a million or better (measured in the tests).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from rasterio.windows import Window

from handler.areas.ellipsoid import (
    AUTHALIC_RADIUS,
    authalic_points,
    authalic_sine,
    quadrilateral_areas,
)
from handler.areas.grid import Floats, Grid
from handler.areas.smooth import evaluate

_TOLERANCE = 1e-8  # of interpolated areas, relative to that of a pixel in the middle
_ALIKE = 1e-6  # areas that differ by no more, relatively, are the same
_CELL = 1_000.0  # metres: smaller cells lose digits, larger ones are curved
_CORNERS = np.array([[-0.5, 0.5, 0.5, -0.5], [-0.5, -0.5, 0.5, 0.5]])
_PROBES = 9


@dataclass(frozen=True)
class PixelAreas:
    """The areas of a grid's pixels, in m2; those that do not lie on the Earth have none."""

    grid: Grid

    @cached_property
    def constant(self) -> float | None:
        """The area of each native pixel, if all have the same: the CRS is equal-area."""
        areas = self._density(*self._probes())
        alike = areas.min() > 0 and areas.max() / areas.min() - 1 <= _ALIKE
        return float(areas.mean()) if alike else None

    def of(self, window: Window, across: float, down: float) -> Floats:
        """Areas of the pixels of an overview's window, whose pixels are `across` x `down` native.

        They broadcast to the window's (height, width).
        """
        if self.constant is not None:
            return np.full((1, 1), self.constant * across * down)
        if self.grid.is_upright:
            return self._of_rows(window, across, down)

        def exact(columns: Floats, rows: Floats) -> Floats:
            left, top = window.col_off, window.row_off
            return self._density((columns + left) * across, (rows + top) * down)[np.newaxis]

        density = evaluate(exact, window.width, window.height, _TOLERANCE * self.typical)
        return np.asarray(density[0] * across * down)

    def _of_rows(self, window: Window, across: float, down: float) -> Floats:
        edges = (window.row_off + np.arange(window.height + 1)) * down
        columns = np.full(edges.shape, self.grid.width / 2)
        sines = authalic_sine(np.clip(self.grid.lonlat(columns, edges)[1], -90, 90))
        assert self.grid.degree is not None
        width = np.radians(abs(self.grid.affine.a) / self.grid.degree * across)
        areas = AUTHALIC_RADIUS**2 * width * np.abs(np.diff(sines))
        return np.asarray(np.nan_to_num(areas)[:, np.newaxis])

    def _density(self, columns: Floats, rows: Floats) -> Floats:
        """Square metres a native pixel at these places (n,), 0 where the Earth ends."""
        return self._cells(columns, rows, _CELL / np.sqrt(self.typical))

    def _cells(self, columns: Floats, rows: Floats, side: float) -> Floats:
        """As `_density`, from squares about the places that are `side` native pixels wide."""
        around = np.stack([columns, rows])[:, np.newaxis] + side * _CORNERS[:, :, np.newaxis]
        lonlat = self.grid.lonlat(*around.reshape(2, -1))
        points = authalic_points(lonlat).reshape(3, 4, -1).swapaxes(0, 1)
        return np.nan_to_num(quadrilateral_areas(points)) / side**2

    @cached_property
    def typical(self) -> float:
        """Roughly the area of a native pixel."""
        areas = self._cells(*self._probes(), 1)
        return float(np.median(areas[areas > 0])) if (areas > 0).any() else 1.0

    def _probes(self) -> tuple[Floats, Floats]:
        """Columns and rows of places all over the grid."""
        steps = (np.arange(_PROBES) + 0.5) / _PROBES
        columns, rows = np.meshgrid(steps * self.grid.width, steps * self.grid.height)
        return columns.ravel(), rows.ravel()
