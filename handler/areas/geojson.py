"""Polygons from GeoJSON (RFC 7946): Polygon, MultiPolygon, Feature or FeatureCollection.

Read strictly, because an outline that is bent in silence measures something else. Edges are what
the RFC makes them: straight in longitude and latitude. What crosses the antimeridian is cut there
into a MultiPolygon, as the RFC wants it, or goes on beyond 180 degrees, as map libraries draw it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from categorical.errors import shown
from handler.errors import InvalidParameter, TooLarge

Ring = NDArray[np.float64]
"""Longitudes and latitudes (n, 2) of an outline; the last position is the first again."""

_LAST_LONGITUDE, _LAST_LATITUDE = 540.0, 90.0
_WHOLE_TURN = 360.0
_LONLAT = ("crs84", "epsg:4326", "epsg::4326", "wgs84")
_GIVE = "give a GeoJSON Polygon, MultiPolygon, Feature or FeatureCollection"


@dataclass(frozen=True)
class Polygon:
    """An area: what lies in an odd number of its rings, so that inner rings are holes."""

    rings: tuple[Ring, ...]

    @property
    def size(self) -> int:
        """The number of its positions."""
        return sum(map(len, self.rings))


def parse_polygons(body: bytes, max_positions: int) -> tuple[Polygon, ...]:
    """The polygons in a GeoJSON document, at least one.

    Raises InvalidParameter, which says where and what is wrong, and TooLarge for more than
    `max_positions`.
    """
    polygons = tuple(_Reader(max_positions).polygons(_parse_json(body), "the document"))
    if not polygons:
        raise InvalidParameter(f"the GeoJSON holds no polygon: {_GIVE}")
    return polygons


def _parse_json(body: bytes) -> object:
    if not body:
        raise InvalidParameter(f"the body is empty: {_GIVE}")
    try:
        return json.loads(body)
    except RecursionError as error:
        raise InvalidParameter(f"the body's brackets are nested too deeply: {_GIVE}") from error
    except ValueError as error:
        raise InvalidParameter(f"the body is no JSON ({error}): {_GIVE}") from error


class _Reader:
    """Walks through a document and counts its positions."""

    def __init__(self, max_positions: int) -> None:
        self._max, self._seen = max_positions, 0

    def polygons(self, item: object, where: str) -> Iterator[Polygon]:
        if not isinstance(item, Mapping):
            raise InvalidParameter(f"{where} is {shown(item)}: {_GIVE}")
        _check_crs(item)
        kind = item.get("type")
        if kind == "FeatureCollection":
            for number, feature in enumerate(_list(item, "features", where), 1):
                yield from self._feature(feature, f"feature {number}")
        elif kind == "Feature":
            yield from self._feature(item, "the feature")
        else:
            yield from self._geometry(item, where)

    def _feature(self, item: object, where: str) -> Iterator[Polygon]:
        if not isinstance(item, Mapping) or item.get("type") != "Feature":
            raise InvalidParameter(f"{where} is no Feature: {_GIVE}")
        yield from self._geometry(item.get("geometry"), where)

    def _geometry(self, item: object, where: str) -> Iterator[Polygon]:
        if not isinstance(item, Mapping):
            raise InvalidParameter(f"{where} has no geometry: {_GIVE}")
        _check_crs(item)
        kind = item.get("type")
        if kind == "Polygon":
            yield self._polygon(_list(item, "coordinates", where), where)
        elif kind == "MultiPolygon":
            for number, rings in enumerate(_list(item, "coordinates", where), 1):
                yield self._polygon(rings, f"{where}, polygon {number}")
        else:
            raise InvalidParameter(f"{where} is of type {shown(kind)}: {_GIVE}")

    def _polygon(self, rings: object, where: str) -> Polygon:
        if not isinstance(rings, list) or not rings:
            raise InvalidParameter(f"{where} is empty: a polygon is a list of rings")
        named = ((ring, f"{where}, ring {number}") for number, ring in enumerate(rings, 1))
        return _check_width(Polygon(tuple(self._ring(ring, name) for ring, name in named)), where)

    def _ring(self, positions: object, where: str) -> Ring:
        if not isinstance(positions, list) or len(positions) < 4:
            raise InvalidParameter(f"{where} is no list of at least four positions")
        self._seen += len(positions)
        if self._seen > self._max:
            raise TooLarge(
                f"the outline has more than {self._max:,} positions: simplify it, or ask in parts"
            )
        ring = np.array([_position(position, where) for position in positions])
        if (ring[0] != ring[-1]).any():
            raise InvalidParameter(f"{where} is not closed: its last position must be its first")
        return ring


def _position(position: object, where: str) -> tuple[float, float]:
    """Longitude and latitude; a height is left out."""
    if not isinstance(position, list) or len(position) < 2:
        raise InvalidParameter(f"{where}: {shown(position)} is no position such as [15.1, 49.6]")
    lon, lat = position[0], position[1]
    if not (_within(lon, _LAST_LONGITUDE) and _within(lat, _LAST_LATITUDE)):
        raise InvalidParameter(
            f"{where}: {shown(position)} is no longitude and latitude in degrees (WGS 84): "
            "transform the outline from its own coordinate reference system"
        )
    return float(lon), float(lat)


def _within(number: Any, last: float) -> bool:
    """Whether it is a number up to `last`; NaN is none."""
    return type(number) in (int, float) and abs(number) <= last


def _list(item: Mapping[str, Any], name: str, where: str) -> Sequence[Any]:
    found = item.get(name)
    if not isinstance(found, list):
        raise InvalidParameter(f'{where} has no list of "{name}": {_GIVE}')
    return found


def _check_width(polygon: Polygon, where: str) -> Polygon:
    lon = np.concatenate([ring[:, 0] for ring in polygon.rings])
    if np.ptp(lon) > _WHOLE_TURN:
        raise InvalidParameter(f"{where} goes more than once around the Earth")
    return polygon


def _check_crs(item: Mapping[str, Any]) -> None:
    """RFC 7946 knows no "crs"; older documents may name longitude and latitude by it."""
    crs = item.get("crs")
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if not str(name).lower().endswith(_LONLAT):
        raise InvalidParameter(
            f'crs is {shown(crs)}: GeoJSON is in longitude and latitude (WGS 84), without "crs"'
        )
