"""Outlines on a raster's grid: polygons in longitude and latitude as polygons of pixels.

An edge that is straight in longitude and latitude is curved in most grids: it is halved until each
chord follows it to a small part of a pixel. Before that, outlines are clipped to what the raster
covers, on every turn around the Earth and up to the meridian where its CRS is cut open, so that no
edge leads where the CRS has no place or jumps from one end of the map to the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

from handler.areas.geojson import Polygon, Ring
from handler.areas.grid import Box, Floats, Grid
from handler.errors import InvalidParameter, TooLarge

_TOLERANCE = 1e-3  # pixels between an edge and its chord
_LONGEST = 0.1  # of the box that the grid covers: edges are at least cut to this before
_ROUNDS = 30
_MOST_POSITIONS = 1 << 20
_NOWHERE = (
    "the outline leads where the raster's coordinate reference system has no place or is cut open: "
    "keep it away from there"
)


@dataclass(frozen=True)
class Outline:
    """Edges (n, 2, 2) of one polygon: their two ends, column and row each, in native pixels."""

    edges: Floats

    @property
    def hull(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        ends = self.edges.reshape(-1, 2)
        return cast(tuple[float, float, float, float], (*ends.min(axis=0), *ends.max(axis=0)))

    @property
    def crossings(self) -> float:
        """How many rows of pixels its edges cross, all together."""
        return float(np.abs(np.diff(self.edges[:, :, 1])).sum())


def trace(polygon: Polygon, grid: Grid) -> Outline | None:
    """The polygon's outline in the grid; None if it does not come near it.

    Raises InvalidParameter where it leaves what the grid's CRS can show, TooLarge where that takes
    too many positions.
    """
    rings = [
        _project(clipped, grid)
        for turned in _turns(polygon, grid.box)
        for clipped in (_clip(ring, grid.box) for ring in turned)
        if len(clipped) > 3
    ]
    edges = [np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings]
    return Outline(np.concatenate(edges)) if edges else None


def _turns(polygon: Polygon, box: Box) -> Iterator[list[Ring]]:
    """The polygon's rings on each turn around the Earth on which they may meet the box."""
    west, _, east, _ = box
    lon = np.concatenate([ring[:, 0] for ring in polygon.rings])
    first, last = np.ceil((west - lon.max()) / 360), np.floor((east - lon.min()) / 360)
    for turn in range(int(first), int(last) + 1):
        yield [ring + np.array([360.0 * turn, 0.0]) for ring in polygon.rings]


def _clip(ring: Ring, box: Box) -> Ring:
    """The ring's part within the box, along whose sides it may run back and forth.

    I. Sutherland, G. Hodgman, Reentrant polygon clipping, CACM 17 (1974). What lies in it keeps
    lying in it an odd or even number of times.
    """
    west, south, east, north = box
    for axis, bound, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        ring = _clip_at(ring, axis, bound, sign)
    return ring


def _clip_at(ring: Ring, axis: int, bound: float, sign: int) -> Ring:
    depth = sign * (ring[:, axis] - bound)
    inside = depth >= 0
    if inside.all() or not len(ring):
        return ring
    crossing = inside[:-1] != inside[1:]
    share = np.divide(
        depth[:-1], depth[:-1] - depth[1:], where=crossing, out=np.zeros(len(ring) - 1)
    )
    met = ring[:-1] + share[:, np.newaxis] * np.diff(ring, axis=0)
    met[:, axis] = bound
    points = np.stack([ring[:-1], met], axis=1)[np.stack([inside[:-1], crossing], axis=1)]
    return np.concatenate([points, points[:1]])


def _project(ring: Ring, grid: Grid) -> Floats:
    """The ring (m, 2) in the grid's pixels, with as many positions as its curves need."""
    lonlat = _cut_long_edges(ring, grid.box)
    places = _shown(grid.places(lonlat.T).T)
    bent = np.ones(len(lonlat) - 1, np.bool_)
    for _ in range(_ROUNDS):
        where = np.flatnonzero(bent)
        middles = (lonlat[where] + lonlat[where + 1]) / 2
        exact = _shown(grid.places(middles.T).T)
        off = np.abs(exact - (places[where] + places[where + 1]) / 2).max(axis=1) > _TOLERANCE
        if not off.any():
            return places
        after = where[off] + 1
        if len(lonlat) + len(after) > _MOST_POSITIONS:
            raise TooLarge("the outline is too detailed: simplify it, or ask in parts")
        lonlat = np.insert(lonlat, after, middles[off], axis=0)
        places = np.insert(places, after, exact[off], axis=0)
        bent[:] = False
        bent[where[off]] = True
        bent = np.insert(bent, after, True)
    raise InvalidParameter(_NOWHERE)


def _shown(places: Floats) -> Floats:
    if np.isnan(places).any():
        raise InvalidParameter(_NOWHERE)
    return places


def _cut_long_edges(ring: Ring, box: Box) -> Ring:
    """The ring with positions added, so that no edge is long against the box."""
    limits = _LONGEST * np.array([box[2] - box[0], box[3] - box[1]])
    pieces = np.ceil((np.abs(np.diff(ring, axis=0)) / limits).max(axis=1)).clip(1).astype(np.intp)
    edges = np.repeat(np.arange(len(pieces)), pieces)
    steps = np.arange(len(edges)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    shares = (steps / pieces[edges])[:, np.newaxis]
    cut = ring[edges] + shares * (ring[edges + 1] - ring[edges])
    return np.concatenate([cut, ring[-1:]])
