"""Terracotta's parameter `explicit_color_map`: which colour a pixel value is drawn in.

JSON such as `{"0": "99d594", "1": [43, 131, 186], "2": "#fff8"}`. Read strictly: an entry that is
dropped or bent in silence would be a class in the wrong colour.
"""

import json
import math
import re
from collections.abc import Sequence

from categorical.colors import Color, parse_color
from categorical.errors import InvalidColor, shown
from handler.errors import InvalidParameter

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NAME = "explicit_color_map"


def parse_color_map(text: str, max_colors: int) -> dict[int | float, Color]:
    """{pixel value: colour} from the JSON in `text`.

    A colour is hex digits with or without `#` (3, 4, 6 or 8) or a list of three or four whole
    numbers from 0 to 255. Raises InvalidParameter, which names the entry at fault: a value that is
    no finite number or occurs twice ("1" and "1.0" too), a colour that is none, more than
    `max_colors` entries, or none at all.
    """
    pairs = _parse_json(text)
    if not isinstance(pairs, _Object) or not pairs:
        raise InvalidParameter(f'{_NAME} must be a JSON object such as {{"0": "99d594"}}')
    if len(pairs) > max_colors:
        raise InvalidParameter(
            f"{_NAME} has {len(pairs):,} entries, more than {max_colors:,}: "
            "leave out values that the raster does not hold"
        )
    colors: dict[int | float, Color] = {}
    for key, entry in pairs:
        value = _parse_value(key)
        if value in colors:
            raise InvalidParameter(f"{_NAME} names the value {shown(key)} twice")
        colors[value] = _parse_entry(key, entry)
    return colors


class _Object(tuple[tuple[str, object], ...]):
    """A JSON object with all of its members; a dict would keep the last of two equal ones."""


def _pairs(pairs: Sequence[tuple[str, object]]) -> _Object:
    return _Object(pairs)


def _parse_json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        raise InvalidParameter(
            f"{_NAME} is not JSON: {error.msg} at character {error.pos + 1}"
        ) from error
    except (RecursionError, ValueError) as error:  # nested deeply, or a number of 5,000 digits
        raise InvalidParameter(f"{_NAME} is not JSON that anybody means") from error


def _parse_value(text: str) -> int | float:
    """An int if `text` is a whole number that a pixel can hold (64 bits), otherwise a float."""
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise InvalidParameter(f"{_NAME} names {shown(text)}, which is no pixel value")
    if not number.is_integer():
        return number
    whole = int(text) if _INTEGER.fullmatch(text) else int(number)
    return whole if -(2**63) <= whole < 2**64 else number


def _parse_entry(key: str, entry: object) -> Color:
    if isinstance(entry, _Object):
        raise InvalidParameter(
            f'{_NAME}, entry {shown(key)}: an object is no colour: give digits such as "99d594"'
        )
    try:
        return parse_color(entry)
    except InvalidColor as error:
        raise InvalidParameter(f"{_NAME}, entry {shown(key)}: {error}") from error
