"""Squares of the map in which a raster's coordinates are polynomials, kept for many tiles."""

import math
from collections.abc import Callable
from functools import lru_cache

from handler.tiles.chebyshev import grid, interpolation_error, nodes, resample, spread
from handler.tiles.frame import HALF_WORLD, Floats, Frame

_MOST = 256  # patches kept, 1.3 KB each
# A patch ends two centimetres before the antimeridian, where longitudes may jump.
_SIDE = 1 - 1e-9

Exact = Callable[[Floats], Floats]
"""From points of Web Mercator (2, n) to source columns and rows (2, n), NaN for nowhere."""


class Patches:
    """The largest tiles in which one polynomial follows `exact` to within `tolerance`.

    They are sought from zoom `coarsest` on, that of a tile about as large as the raster. What lies
    within a patch needs no transformation of its own.
    """

    def __init__(self, exact: Exact, tolerance: float, coarsest: int) -> None:
        self._exact, self._tolerance, self._coarsest = exact, tolerance, coarsest
        self._patch = lru_cache(maxsize=_MOST)(self._make)

    def known(self, frame: Frame) -> Floats | None:
        """Source places (2, 9, 9) at the frame's nodes, None if it lies in no patch."""
        x, y = frame.x(spread(0, frame.width)), frame.y(spread(0, frame.height))
        for zoom in range(self._coarsest, _zoom(frame)):
            half = HALF_WORLD / 2**zoom
            column, row = (
                int((x[0] + HALF_WORLD) / (2 * half)),
                int((HALF_WORLD - y[0]) / (2 * half)),
            )
            patch = self._patch(zoom, column, row)
            if patch is not None:
                middle_x, middle_y = _middle(half, column, row)
                columns, rows = (x - middle_x) / (half * _SIDE), (middle_y - y) / (half * _SIDE)
                within = max(abs(columns[0]), abs(columns[-1]), abs(rows[0]), abs(rows[-1])) <= 1
                return resample(patch, columns, rows) if within else None
        return None

    def _make(self, zoom: int, column: int, row: int) -> Floats | None:
        half = HALF_WORLD / 2**zoom
        x, y = _middle(half, column, row)
        places = nodes() * half * _SIDE
        known = self._exact(grid(x + places, y - places)).reshape(2, len(places), -1)
        return known if interpolation_error(known) <= self._tolerance else None


def _zoom(frame: Frame) -> int:
    """The zoom whose tiles are about as large as the frame."""
    side = max(frame.width * frame.pixel_width, frame.height * frame.pixel_height)
    return round(math.log2(2 * HALF_WORLD / side))


def _middle(half: float, column: int, row: int) -> tuple[float, float]:
    return (2 * column + 1) * half - HALF_WORLD, HALF_WORLD - (2 * row + 1) * half
