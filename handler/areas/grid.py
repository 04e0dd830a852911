"""A raster's pixel grid on the Earth: from pixels to longitude and latitude, and back.

Longitude and latitude are those of WGS 84, in degrees, as GeoJSON has them. Columns and rows count
pixels from the raster's top left corner, so that the first pixel's centre is (0.5, 0.5).
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import rasterio.warp
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from handler.tiles import Raster
from handler.tiles.projection import transform

_ASTRAY = 0.5  # pixels
_POLE = 90 + 1e-9
_BESIDE = 1e-9  # degrees, a tenth of a millimetre: on the cut itself either side may come out

LONLAT = CRS.from_epsg(4326)
WORLD = (-180.0, -90.0, 180.0, 90.0)

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; east is always larger than west, perhaps beyond 180."""

# Degrees of longitude and of latitude from a raster's middle at which a CRS is asked for its shape.
_STEPS = np.array([[0.0, 1.0, 30.0, 0.0, 1.0, 30.0], [0.0, 0.0, 0.0, 20.0, 20.0, 20.0]])


@dataclass(frozen=True)
class Grid:
    """The grid of `width` x `height` pixels that `affine` places in `crs`."""

    crs: Any
    affine: Affine
    width: int
    height: int

    @classmethod
    def of(cls, raster: Raster) -> "Grid":
        """The grid of the raster's native pixels."""
        native = raster.level(1).dataset
        return cls(raster.crs, native.transform, native.width, native.height)

    def lonlat(self, columns: Floats, rows: Floats) -> Floats:
        """Longitude and latitude (2, n) of places (n,) in the grid; NaN where the Earth ends.

        Beyond its edge PROJ refuses some projections' places, and others it finds once more on the
        other side: what does not lead back is none.
        """
        lonlat = self._inverse(columns, rows)
        if self.crs.is_geographic:
            return lonlat
        found = np.abs(lonlat[1]) <= _POLE  # nor is NaN
        back = self.places(lonlat[:, found])
        found[found] = np.abs(back - np.stack([columns, rows])[:, found]).max(axis=0) <= _ASTRAY
        return np.where(found, lonlat, np.nan)

    def places(self, lonlat: Floats) -> Floats:
        """Columns and rows (2, n) of longitudes and latitudes (2, n), NaN where the CRS has none.

        Where the CRS repeats itself around the Earth, those nearest to the grid's middle.
        """
        return self.pixels(*transform(LONLAT, self.crs, lonlat))

    def pixels(self, x: Floats, y: Floats) -> Floats:
        """Columns and rows (2, n) of places (n,) in the CRS's own units, likewise."""
        if self.period is not None:
            x = self._seam + np.mod(x - self._seam, self.period)
        return np.stack(~self.affine * (x, y))

    @cached_property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the grid's middle; (0, 0) if it is nowhere on Earth."""
        middle = self._inverse(np.array([self.width / 2]), np.array([self.height / 2]))
        lon, lat = np.nan_to_num(middle[:, 0]).tolist()
        return lon, lat

    @cached_property
    def period(self) -> float | None:
        """After how many units of x the CRS is at the same place again; None if never."""
        if self.crs.is_geographic:
            return 2 * math.pi / float(self.crs.units_factor[1])
        return None if self.degree is None else 360 * self.degree

    @property
    def is_upright(self) -> bool:
        """Whether pixels of a column share their longitude, and those of a row their latitude."""
        return self.degree is not None and self.affine.b == self.affine.d == 0

    @cached_property
    def degree(self) -> float | None:
        """Units of x in a degree of longitude where the CRS is a cylinder upright on the Earth:
        x goes with longitude alone, and y with latitude alone. None for any other CRS.
        """
        lon, lat = self.middle
        away = -1 if (lon - self._central) % 360 < 180 else 1  # from where the CRS is cut open
        probes = np.stack([lon + away * _STEPS[0], lat + (-1 if lat > 0 else 1) * _STEPS[1]])
        x, y = transform(LONLAT, self.crs, probes).reshape(2, 2, 3)
        degree = float(x[0, 1] - x[0, 0])
        straight = np.allclose(x - x[0, 0], [0, degree, 30 * degree], rtol=1e-9, atol=1e-12)
        level = np.allclose(y - y[:, :1], 0, atol=1e-9 * abs(degree))
        return abs(degree) if straight and level and degree else None

    @cached_property
    def box(self) -> Box:
        """What the grid covers, a little more rather than less; the world if that is not known."""
        west, south, east, north = self.bounds
        across, down = (east - west) / 50 + 0.001, (north - south) / 50 + 0.001
        if east - west + 2 * across >= 360:
            west, east = self.cut + _BESIDE, self.cut + 360 - _BESIDE
        else:
            west, east = west - across, east + across
        return west, max(-90.0, south - down), east, min(90.0, north + down)

    @cached_property
    def bounds(self) -> Box:
        """What the grid covers; the world if that is not known. West is from -180 to 180."""
        corners = np.array([[0, 1, 0, 1], [0, 0, 1, 1]]) * [[self.width], [self.height]]
        x, y = self.affine * tuple(corners)
        box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        try:
            found = rasterio.warp.transform_bounds(self.crs, LONLAT, *box, densify_pts=21)
        except (RasterioError, CPLE_BaseError):
            return WORLD
        return _unwrapped(found) if all(map(math.isfinite, found)) else WORLD

    @property
    def cut(self) -> float:
        """The meridian where the CRS is cut open, opposite of its own middle, or of the grid's."""
        return (self._central if self.period is None else self.middle[0]) - 180

    @cached_property
    def _central(self) -> float:
        """The CRS's central meridian, the grid's own where the CRS names none."""
        return float(self.crs.to_dict().get("lon_0", self.middle[0]))

    def _inverse(self, columns: Floats, rows: Floats) -> Floats:
        return transform(self.crs, LONLAT, np.stack(self.affine * (columns, rows)))

    @cached_property
    def _seam(self) -> float:
        assert self.period is not None
        return float((self.affine * (self.width / 2, self.height / 2))[0]) - self.period / 2


def _unwrapped(bounds: Box) -> Box:
    west, south, east, north = bounds
    if east <= west:
        east += 360
    turns = 360 * math.floor((west + 180) / 360 + 1e-12)
    if east - west >= 360 - 1e-9:
        west, east, turns = -180.0, 180.0, 0
    return west - turns, max(south, -90.0), east - turns, min(north, 90.0)
