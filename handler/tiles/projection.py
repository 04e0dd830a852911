"""From Web Mercator to a raster's coordinate reference system (CRS), by PROJ through rasterio."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import rasterio.warp
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError

from handler.tiles.frame import EARTH_RADIUS, HALF_WORLD, Floats

WEB_MERCATOR = CRS.from_epsg(3857)

# A probe that PROJ moves by less than this (degrees or metres) has not been moved.
_UNMOVED = 1e-11
_WORLD = np.linspace(-0.999, 0.999, 19) * HALF_WORLD


class Kind(Enum):
    """What PROJ does with a point of Web Mercator on its way to the CRS."""

    MERCATOR = "nothing"
    LONLAT = "longitude and latitude on the sphere, no shift of datum"
    OTHER = "anything else"


@dataclass(frozen=True)
class Axes:
    """Coordinates in the CRS that depend on one Web Mercator axis each, and their slopes.

    A slope is in the CRS's units a metre; that of y has y's shape.
    """

    x: Floats
    y: Floats
    x_slope: float
    y_slope: Floats


class Projection:
    """The exact way from Web Mercator to `crs`, and whether it has a closed form.

    PROJ is asked about a grid over the world and about `probes`, points of the raster itself in
    the CRS's units, shape (2, n). Where it does nothing, or only what the sphere's formulas do,
    these formulas serve, for they are the same to 1e-11 and need no call.
    Raises CRSError if no probe has a place on the map.
    """

    def __init__(self, crs: Any, probes: Floats) -> None:
        self.crs = crs
        on_map = self.inverse(probes)
        if not np.isfinite(on_map).any():
            raise CRSError("no point of the raster has a place in Web Mercator")
        self.kind = self._find_kind(on_map)
        self.period = self._find_period()

    def forward(self, points: Floats) -> Floats:
        """Web Mercator points (2, n) in the CRS; NaN where the CRS has no such place."""
        return transform(WEB_MERCATOR, self.crs, points)

    def inverse(self, points: Floats) -> Floats:
        """Points (2, n) of the CRS in Web Mercator."""
        return transform(self.crs, WEB_MERCATOR, points)

    def axes(self, x: Floats, y: Floats) -> "Axes":
        """What `x` and `y` of Web Mercator are in the CRS, where it has a closed form."""
        return Axes(x, y, 1, np.ones(y.shape)) if self.kind is Kind.MERCATOR else _lonlat(x, y)

    def _find_kind(self, probes: Floats) -> Kind:
        world = np.stack(np.meshgrid(_WORLD, _WORLD)).reshape(2, -1)
        on_map = (np.abs(probes) < 0.9999 * HALF_WORLD).all(axis=0)
        points = np.concatenate([world, probes[:, on_map]], axis=1)
        found = self.forward(points)
        if _same(found, points, _UNMOVED * EARTH_RADIUS):
            return Kind.MERCATOR
        sphere = _lonlat(*points)
        same = _same(found, np.stack([sphere.x, sphere.y]), _UNMOVED)
        return Kind.LONLAT if same else Kind.OTHER

    def _find_period(self) -> float | None:
        """After how many units of x the CRS is at the same place again, None if never."""
        if self.kind is Kind.MERCATOR:
            return 2 * HALF_WORLD
        if self.crs.is_geographic:
            return 2 * math.pi / float(self.crs.units_factor[1])
        return None


def _lonlat(x: Floats, y: Floats) -> Axes:
    """Degrees of longitude and latitude: EPSG's operation method 1024, inverse."""
    slope = math.degrees(1 / EARTH_RADIUS)
    y = y / EARTH_RADIUS
    return Axes(x * slope, np.degrees(np.arctan(np.sinh(y))), slope, slope / np.cosh(y))


def transform(source: Any, target: Any, points: Floats) -> Floats:
    """Points (2, n) of the CRS `source` in the CRS `target`; NaN where that has no such place."""
    # rasterio walks through the points one by one, which is quicker on lists than on arrays.
    x, y = points.tolist()
    try:
        found = np.array(rasterio.warp.transform(source, target, x, y))
    except CPLE_BaseError:
        return _transform_in_halves(source, target, points)
    return np.where(np.isfinite(found), found, np.nan)


def _transform_in_halves(source: Any, target: Any, points: Floats) -> Floats:
    """As `transform`, where PROJ refuses all points because some are outside of its domain.

    GDAL complains of at most 20 points, then it quietly answers infinity.
    """
    count = points.shape[1]
    if count <= 1:
        return np.full(points.shape, np.nan)
    halves = np.split(points, [count // 2], axis=1)
    return np.concatenate([transform(source, target, half) for half in halves], axis=1)


def _same(found: Floats, expected: Floats, tolerance: float) -> bool:
    return bool((np.abs(found - expected) <= tolerance).all())
