"""The query parameters `lon` and `lat`: a place on the Earth."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from categorical.errors import shown
from handler.errors import InvalidParameter

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LAST_LATITUDE = 90.0
_LAST_LONGITUDE = 36_000.0  # a hundred turns: a map that is dragged on and on


@dataclass(frozen=True)
class Place:
    """Longitude, from -180 up to but not 180, and latitude in degrees, WGS 84."""

    lon: float
    lat: float


def parse_place(args: Mapping[str, str]) -> Place:
    """The place; a longitude beyond 180 degrees is on the Earth's next turn.

    Raises InvalidParameter with the parameter's name.
    """
    lon = _parse(args, "lon", _LAST_LONGITUDE)
    lat = _parse(args, "lat", _LAST_LATITUDE)
    return Place(lon if -180 <= lon < 180 else (lon + 180) % 360 - 180, lat)


def _parse(args: Mapping[str, str], name: str, last: float) -> float:
    text = args.get(name)
    if text is None:
        raise InvalidParameter(
            f"{name} is missing: give lon and lat in degrees, ?lon=15.1&lat=49.6"
        )
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not abs(number) <= last:  # nor is NaN
        raise InvalidParameter(
            f"{name} is {shown(text)}: give degrees from {-last:.0f} to {last:.0f}, such as 49.6"
        )
    return number
