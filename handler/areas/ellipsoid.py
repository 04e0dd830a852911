"""Areas on the WGS 84 ellipsoid, by way of the sphere that has the same area everywhere.

Each latitude on the ellipsoid has its authalic latitude on that sphere: what lies between two
parallels and two meridians has the same area on both, exactly. J. P. Snyder, Map Projections: A
Working Manual, USGS Professional Paper 1395 (1987), equations 3-11 to 3-13.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEMI_MAJOR_AXIS = 6_378_137.0  # metres
FLATTENING = 1 / 298.257223563

_E = math.sqrt(FLATTENING * (2 - FLATTENING))


def _q(sine: Floats) -> Floats:
    return (1 - _E**2) * (sine / (1 - (_E * sine) ** 2) + np.arctanh(_E * sine) / _E)


_Q_POLE = float(_q(np.array(1.0)))

# 6,371,007.2 m: the sphere's surface is the ellipsoid's, 510,065,622 km2.
AUTHALIC_RADIUS = SEMI_MAJOR_AXIS * math.sqrt(_Q_POLE / 2)


def authalic_sine(latitude: Floats) -> Floats:
    """Sine of the authalic latitude, of latitudes in degrees.

    The area between two parallels and two meridians is the square of the authalic radius times the
    difference of these sines times that of the longitudes in radians.
    """
    return _q(np.sin(np.radians(latitude))) / _Q_POLE


def authalic_points(lonlat: Floats) -> Floats:
    """Points on the authalic sphere, (3, n) in radii, of longitudes and latitudes (2, n)."""
    longitude, sine = np.radians(lonlat[0]), authalic_sine(lonlat[1])
    cosine = np.sqrt(np.maximum(0, 1 - sine**2))
    return np.stack([cosine * np.cos(longitude), cosine * np.sin(longitude), sine])


def quadrilateral_areas(corners: Floats) -> Floats:
    """Areas (n,) in m2 of small quadrilaterals, whose corners (4, 3, n) lie on the sphere.

    Taken for plane, which is right to the square of their side in radii.
    """
    one, other = corners[2] - corners[0], corners[3] - corners[1]
    doubled = np.linalg.norm(np.cross(one, other, axis=0), axis=0)
    return np.asarray(AUTHALIC_RADIUS**2 / 2 * doubled)
