"""From Web Mercator to a raster's coordinate reference system (CRS), by PROJ through rasterio."""

import math
from enum import Enum
from typing import Any

import numpy as np
import rasterio.warp
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS

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


class Projection:
    """The exact way from Web Mercator to `crs`, and whether it has a closed form.

    PROJ is asked about a grid over the world and about `probes`, points of the raster itself in
    the CRS's units, shape (2, n): where it does nothing, or only what the sphere's formulas do,
    these formulas serve, for they are the same to 1e-11 and need no call.
    """

    def __init__(self, crs: Any, probes: Floats) -> None:
        self.crs = crs
        self.kind = self._find_kind(self.inverse(probes))
        self.period = self._find_period()

    def forward(self, points: Floats) -> Floats:
        """Web Mercator points (2, n) in the CRS; not finite where the CRS has no such place."""
        return _transform(WEB_MERCATOR, self.crs, points)

    def inverse(self, points: Floats) -> Floats:
        """Points (2, n) of the CRS in Web Mercator."""
        return _transform(self.crs, WEB_MERCATOR, points)

    def _find_kind(self, probes: Floats) -> Kind:
        world = np.stack(np.meshgrid(_WORLD, _WORLD)).reshape(2, -1)
        on_map = (np.abs(probes) < 0.9999 * HALF_WORLD).all(axis=0)
        points = np.concatenate([world, probes[:, on_map]], axis=1)
        found = self.forward(points)
        if _same(found, points, _UNMOVED * EARTH_RADIUS):
            return Kind.MERCATOR
        x, y = points
        return Kind.LONLAT if _same(found, np.stack([lon(x), lat(y)]), _UNMOVED) else Kind.OTHER

    def _find_period(self) -> float | None:
        """After how many units of x the CRS is at the same place again, None if never."""
        if self.kind is Kind.MERCATOR:
            return 2 * HALF_WORLD
        if self.crs.is_geographic:
            return 2 * math.pi / float(self.crs.units_factor[1])
        return None


def lon(x: Floats) -> Floats:
    """Longitude in degrees of Web Mercator x in metres."""
    return np.degrees(x / EARTH_RADIUS)


def lat(y: Floats) -> Floats:
    """Latitude in degrees of Web Mercator y in metres."""
    return np.degrees(np.arctan(np.sinh(y / EARTH_RADIUS)))


def _transform(source: Any, target: Any, points: Floats) -> Floats:
    # rasterio walks through the points one by one, which is quicker on lists than on arrays.
    x, y = points.tolist()
    try:
        return np.array(rasterio.warp.transform(source, target, x, y))
    except CPLE_BaseError:
        return _transform_in_halves(source, target, points)


def _transform_in_halves(source: Any, target: Any, points: Floats) -> Floats:
    """As `_transform`, where PROJ refuses all points because some are outside of its domain.

    GDAL complains of at most 20 points, then it quietly answers infinity, as is done here.
    """
    count = points.shape[1]
    if count <= 1:
        return np.full(points.shape, np.inf)
    halves = np.split(points, [count // 2], axis=1)
    return np.concatenate([_transform(source, target, half) for half in halves], axis=1)


def _same(found: Floats, expected: Floats, tolerance: float) -> bool:
    return bool((np.abs(found - expected) <= tolerance).all())
