"""Outlines on a raster's grid: polygons in longitude and latitude as polygons of pixels.

An edge that is straight in longitude and latitude is curved in most grids: it is halved until each
chord follows it to a small part of a pixel. Before that, outlines are clipped to what the raster
covers, on every turn around the Earth and up to the meridian where its CRS is cut open, so that no
edge leads where the CRS has no place or jumps from one end of the map to the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
class Outlines:
    """Edges (n, 2, 2) of polygons, one after the other: their two ends in native pixels, column and
    row each. `starts` (m,) are the places of each polygon's first edge.
    """

    edges: Floats
    starts: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.starts)

    def of(self, number: int) -> Floats:
        """The edges of one polygon."""
        end = self.starts[number + 1] if number + 1 < len(self) else None
        return self.edges[self.starts[number] : end]

    @cached_property
    def hulls(self) -> Floats:
        """Left, top, right and bottom of each polygon, (m, 4)."""
        if not len(self):
            return np.empty((0, 4))
        low, high = self.edges.min(axis=1), self.edges.max(axis=1)
        corners = np.minimum.reduceat(low, self.starts), np.maximum.reduceat(high, self.starts)
        return np.concatenate(corners, axis=1)

    @property
    def crossings(self) -> float:
        """How many rows of pixels the edges cross, all together."""
        return float(np.abs(np.diff(self.edges[:, :, 1])).sum())


def trace(polygons: Iterable[Polygon], grid: Grid) -> Outlines:
    """The outlines of those polygons that come near the grid.

    All are projected at once, as there may be many small ones. Raises InvalidParameter where one
    leaves what the grid's CRS can show, TooLarge where that takes too many positions.
    """
    rings, owners = [], []
    for owner, polygon in enumerate(polygons):
        near = [ring for ring in _near(polygon, grid.box) if len(ring) > 3]
        rings += near
        owners += [owner] * len(near)
    if not rings:
        return Outlines(np.empty((0, 2, 2)), np.empty(0, np.intp))
    line = _Line(np.concatenate(rings), np.repeat(np.arange(len(rings)), [*map(len, rings)]))
    places, numbers = _project(line, grid)
    joined = numbers[:-1] == numbers[1:]
    edges = np.stack([places[:-1], places[1:]], axis=1)[joined]
    owner_of = np.array(owners)[numbers[:-1][joined]]
    return Outlines(edges, np.flatnonzero(np.diff(owner_of, prepend=-1)))


def _near(polygon: Polygon, box: Box) -> Iterator[Ring]:
    """What of the polygon's rings lies in the box, on any turn around the Earth."""
    for turned in _turns(polygon, box):
        for ring in turned:
            yield _clip(ring, box)


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
    if (ring >= box[:2]).all() and (ring <= box[2:]).all():
        return ring
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


class _Line(NamedTuple):
    """Longitudes and latitudes (n, 2) of rings, one after the other, and the `ring` of each."""

    lonlat: Floats
    ring: NDArray[np.intp]


def _project(line: _Line, grid: Grid) -> tuple[Floats, NDArray[np.intp]]:
    """Places (m, 2) in the grid's pixels, as many as the curves need, and the ring of each."""
    lonlat, ring = _cut_long_edges(line, grid.box)
    places = _shown(grid.places(lonlat.T).T)
    bent = ring[:-1] == ring[1:]  # not yet known to follow their chord
    for _ in range(_ROUNDS):
        where = np.flatnonzero(bent)
        middles = (lonlat[where] + lonlat[where + 1]) / 2
        exact = _shown(grid.places(middles.T).T)
        off = np.abs(exact - (places[where] + places[where + 1]) / 2).max(axis=1) > _TOLERANCE
        if not off.any():
            return places, ring
        after = where[off] + 1
        if len(lonlat) + len(after) > _MOST_POSITIONS:
            raise TooLarge("the outline is too detailed: simplify it, or ask in parts")
        lonlat = np.insert(lonlat, after, middles[off], axis=0)
        places = np.insert(places, after, exact[off], axis=0)
        ring = np.insert(ring, after, ring[after])
        bent[:] = False
        bent[where[off]] = True
        bent = np.insert(bent, after, True)
    raise InvalidParameter(_NOWHERE)


def _shown(places: Floats) -> Floats:
    if np.isnan(places).any():
        raise InvalidParameter(_NOWHERE)
    return places


def _cut_long_edges(line: _Line, box: Box) -> _Line:
    """The line with positions added, so that no edge is long against the box."""
    limits = _LONGEST * np.array([box[2] - box[0], box[3] - box[1]])
    joined = line.ring[:-1] == line.ring[1:]
    length = (np.abs(np.diff(line.lonlat, axis=0)) / limits).max(axis=1)
    pieces = np.where(joined, np.ceil(length).clip(1), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    steps = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    shares = (steps / pieces[edge])[:, np.newaxis]
    cut = line.lonlat[edge] + shares * (line.lonlat[edge + 1] - line.lonlat[edge])
    return _Line(
        np.concatenate([cut, line.lonlat[-1:]]), np.concatenate([line.ring[edge], line.ring[-1:]])
    )
