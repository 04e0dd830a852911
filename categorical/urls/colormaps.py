"""Terracotta's explicit colour map: {pixel value: colour} as one component of a URL."""

import json
import re
from collections.abc import Iterable, Mapping

from categorical.colors import Color, parse_color
from categorical.errors import InvalidColor, InvalidURL, shown
from categorical.urls.components import quote_component
from categorical.urls.json_numbers import whole_number

# {pixel value: colour}; a colour is hex digits or a sequence of channels.
Colors = Mapping[int, object] | Mapping[float, object] | Mapping[str, object]

# A colour as a colour map has it: six lower-case hex digits, or RGBA where it is not opaque.
WrittenColor = str | tuple[int, int, int, int]

_INTEGER = re.compile(r"([+-]?[0-9]{1,20})(?:\.0{1,20})?")


def explicit_color_map(colors: Colors) -> str:
    """The encoded value of `explicit_color_map` for {pixel value: colour}.

    A pixel value is an integer, also as a float or as text; a colour is hex with or without `#`
    (3, 4, 6 or 8 digits) or an RGB(A) tuple of 0 to 255. The JSON inside is canonical: no spaces,
    values in numeric order, colours as six lower-case hex digits, or as an RGBA list where alpha is
    below 255. Raises InvalidURL or InvalidColor with the entry at fault.
    """
    if not isinstance(colors, Mapping):
        raise InvalidURL(f"{shown(colors)} is no mapping from pixel values to colours")
    return quote_component(_write(_read(colors.items())))


def parse_color_map(text: str) -> dict[int, WrittenColor]:
    """{pixel value: colour} in numeric order, from the decoded JSON of a colour map in any form.

    Raises InvalidURL or InvalidColor with the entry at fault.
    """
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise InvalidURL(f"the colour map {shown(text)} is no JSON") from error
    if not isinstance(pairs, _Pairs):
        raise InvalidURL(f"the colour map {shown(text)} is no JSON object")
    return {value: _written(color) for value, color in _read(pairs).items()}


class _Pairs(list[tuple[str, object]]):
    """A JSON object as its pairs, so that no equal name is lost."""


def _read(pairs: Iterable[tuple[object, object]]) -> dict[int, Color]:
    read: dict[int, Color] = {}
    for key, given in pairs:
        value = _pixel_value(key)
        if value in read:
            raise InvalidURL(f"the pixel value {value} has more than one colour: {shown(key)}")
        try:
            read[value] = parse_color(given)
        except InvalidColor as error:
            raise InvalidColor(f"pixel value {value}: {error}") from error
    if not read:
        raise InvalidURL("the colour map {} is empty: give at least one colour")
    return dict(sorted(read.items()))


def _pixel_value(key: object) -> int:
    if isinstance(key, str):
        match = _INTEGER.fullmatch(key)
        value = int(match[1]) if match else None
    else:
        value = whole_number(key)
    if value is None:
        raise InvalidURL(f"the pixel value {shown(key)} is not an integer")
    if not -(2**63) <= value < 2**64:
        raise InvalidURL(f"the pixel value {shown(key)} is outside of the 64-bit integers")
    return value


def _write(colors: Mapping[int, Color]) -> str:
    entries = (f'"{value}":{_write_color(color)}' for value, color in colors.items())
    return f"{{{','.join(entries)}}}"


def _write_color(color: Color) -> str:
    return json.dumps(_written(color), separators=(",", ":"))


def _written(color: Color) -> WrittenColor:
    return color.hex.lower() if color.alpha == 255 else color
