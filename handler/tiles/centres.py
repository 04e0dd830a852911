"""Where the pixel centres of a frame fall in a raster."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from handler.tiles.chebyshev import Surface, interpolate
from handler.tiles.frame import HALF_WORLD, Floats, Frame
from handler.tiles.patches import Patches
from handler.tiles.projection import Kind, Projection

# In source pixels: interpolated coordinates are this good, so of 50,000 centres one may fall on
# the wrong side of a pixel's edge.
_TOLERANCE = 1e-5
# In source pixels: a centre on an edge belongs to the pixel right of it or below it, whichever way
# the arithmetic rounds.
_ON_EDGE = 1e-7


class Centres(Protocol):
    """Where a frame's pixel centres fall in a raster.

    `step` is the least distance in native pixels of neighbouring centres, infinite if all lie far
    outside.
    """

    @property
    def step(self) -> float: ...

    def points(self, across: float, down: float) -> tuple[Floats, Floats]:
        """Columns and rows from the top left corner, in units of `across`, `down` native pixels.

        Both broadcast to (height, width): (1, width) and (height, 1) where the axes are separable.
        Negative, or outside of the raster, where a centre has no source pixel.
        """
        ...


@dataclass(frozen=True)
class _Computed:
    """Centres that are known in native pixels."""

    columns: Floats
    rows: Floats
    step: float

    def points(self, across: float, down: float) -> tuple[Floats, Floats]:
        return self.columns / across, self.rows / down


class Placement:
    """A raster's place on earth: its CRS, its geotransform, its size in pixels."""

    def __init__(self, crs: Any, transform: Any, width: int, height: int) -> None:
        self._size = width, height
        self._inverse = ~transform
        grid = np.meshgrid(np.linspace(0, width, 9), np.linspace(0, height, 9))
        probes = _apply(transform, *np.reshape(grid, (2, -1)))
        self._projection = Projection(crs, probes)
        self.middle, x = self._find_middle(probes)
        # The seam is the meridian opposite the raster's middle: x is wrapped to lie east of it.
        self._seam = x - (self._projection.period or 0) / 2
        left, _, right, _ = self.bounds()
        coarsest = max(0, round(math.log2(2 * HALF_WORLD / max(right - left, 1e-3))))
        self._patches = Patches(self._exact, _TOLERANCE, coarsest)

    def _find_middle(self, probes: Floats) -> tuple[tuple[float, float], float]:
        """The raster's middle, or else another point that is on the map, in metres; its x."""
        on_map = self._projection.inverse(probes)
        known = np.asarray(np.isfinite(on_map).all(axis=0))
        middle = probes.shape[1] // 2
        chosen = middle if known[middle] else int(known.argmax())
        x, y = on_map[:, chosen].tolist()
        return (x, y), float(probes[0, chosen])

    def locate(self, frame: Frame) -> Centres:
        """Where the frame's pixel centres fall, exact to a small part of a source pixel."""
        if self._projection.kind is Kind.OTHER:
            return self._interpolated(frame)
        return self._computed(frame)

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of the raster in Web Mercator metres, as far as the map goes.

        Right lies beyond the map's edge where the raster crosses the antimeridian.
        """
        width, height = self._size
        columns, rows = np.meshgrid(np.linspace(0, width, 21), np.linspace(0, height, 21))
        points = _apply(~self._inverse, columns.ravel(), rows.ravel())
        x, y = self._projection.inverse(points).reshape(2, 21, 21)
        x = np.unwrap(np.where(np.isfinite(x), x, self.middle[0]), period=2 * HALF_WORLD)
        x -= 2 * HALF_WORLD * np.round((x[:, 10:11] - self.middle[0]) / (2 * HALF_WORLD))
        y = np.clip(y[np.isfinite(y)], -HALF_WORLD, HALF_WORLD)
        left = float(x.min())
        return left, float(y.min()), min(float(x.max()), left + 2 * HALF_WORLD), float(y.max())

    def _computed(self, frame: Frame) -> _Computed:
        x = frame.x(np.arange(float(frame.width)))[np.newaxis, :]
        y = frame.y(np.arange(float(frame.height)))[:, np.newaxis]
        axes = self._projection.axes(x, y)
        columns, rows = _apply_axes(self._inverse, self._wrapped(axes.x), axes.y)
        inverse, near = self._inverse, ((rows >= 0) & (rows <= self._size[1])).any(axis=1)
        across = axes.x_slope * frame.pixel_width * float(np.hypot(inverse.a, inverse.d))
        down = axes.y_slope * frame.pixel_height * float(np.hypot(inverse.b, inverse.e))
        step = float(down[near].min(initial=across))
        return _Computed(columns + _ON_EDGE, rows + _ON_EDGE, step)

    def _interpolated(self, frame: Frame) -> Surface:
        def exact(columns: Floats, rows: Floats) -> Floats:
            return self._exact(np.stack([frame.x(columns), frame.y(rows)]))

        known = self._patches.known(frame)
        return interpolate(exact, frame.width, frame.height, self._size, _TOLERANCE, known)

    def _exact(self, points: Floats) -> Floats:
        """Where points of Web Mercator (2, n) fall in the raster, one by one."""
        x, y = self._projection.forward(points)
        return _apply(self._inverse, self._wrapped(x), y) + _ON_EDGE

    def _wrapped(self, x: Floats) -> Floats:
        period = self._projection.period
        return x if period is None else self._seam + np.mod(x - self._seam, period)


def _apply(transform: Any, x: Floats, y: Floats) -> Floats:
    return np.stack(
        [
            x * transform.a + y * transform.b + transform.c,
            x * transform.d + y * transform.e + transform.f,
        ]
    )


def _apply_axes(transform: Any, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """As `_apply`, but an axis that the other does not turn stays one-dimensional."""
    if transform.b == transform.d == 0:
        return x * transform.a + transform.c, y * transform.e + transform.f
    columns, rows = _apply(transform, *np.broadcast_arrays(x, y))
    return columns, rows
