"""A tile's address in a URL, `z/x/y`, or the template `{z}/{x}/{y}` that stands for all."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from categorical.errors import InvalidURL, shown
from categorical.urls.json_numbers import whole_number

MAX_ZOOM = 30
TEMPLATE = "{z}/{x}/{y}"
LONGEST = f"{MAX_ZOOM}/{2**MAX_ZOOM - 1}/{2**MAX_ZOOM - 1}"

_ADDRESS = re.compile(r"([0-9]{1,10})/([0-9]{1,10})/([0-9]{1,10})")


class Tile(NamedTuple):
    """Zoom, column from the west, row from the north (XYZ), in the order of the URL."""

    z: int
    x: int
    y: int


class NamesItsParts(Protocol):
    """A tile with `z`, `x` and `y`, such as `mercantile.Tile`, whose own order is x, y, z."""

    @property
    def z(self) -> int: ...
    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...


AnyTile = Sequence[int] | NamesItsParts


def check_tile(tile: object) -> Tile:
    """`tile`, given as (z, x, y) or as an object that names its parts, if there is such a tile."""
    numbers = [whole_number(part) for part in _parts(tile)]
    if len(numbers) != 3 or None in numbers:
        raise InvalidURL(f"the tile {shown(tile)} is not three integers (z, x, y)")
    checked = Tile(*(number for number in numbers if number is not None))
    if not 0 <= checked.z <= MAX_ZOOM:
        raise InvalidURL(f"the zoom of the tile {shown(tile)} is not between 0 and {MAX_ZOOM}")
    last = 2**checked.z - 1
    if not (0 <= checked.x <= last and 0 <= checked.y <= last):
        raise InvalidURL(f"the tile {shown(tile)} is outside: at its zoom x and y end at {last}")
    return checked


def write_tile(tile: object) -> str:
    """`z/x/y` of a tile, or the template for None."""
    return TEMPLATE if tile is None else "{}/{}/{}".format(*check_tile(tile))


def parse_tile(text: str) -> Tile | None:
    """The tile of `z/x/y`, or None for the template."""
    if text == TEMPLATE:
        return None
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise InvalidURL(f"{shown(text)} is no tile: three numbers z/x/y, or {TEMPLATE}")
    return check_tile([int(part) for part in match.groups()])


def _parts(tile: object) -> Sequence[object]:
    if all(hasattr(tile, name) for name in Tile._fields):
        return [getattr(tile, name) for name in Tile._fields]
    return tile if isinstance(tile, (list, tuple)) else []
