"""Terracotta's further query parameters, such as `tile_size=[512,512]`: names and values.

Lists and numbers are canonical JSON, so that this package and `categorical.js` write the same
bytes: no spaces, numbers as ECMAScript writes them.
"""

import json
import re
from collections.abc import Sequence
from numbers import Integral

from categorical.errors import InvalidURL, shown
from categorical.urls.components import quote_component
from categorical.urls.json_numbers import MAX_SAFE_INTEGER, write_number

Scalar = str | int | float | bool | None
Option = str | int | float | bool | Sequence[Scalar]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# `maxBytes` is JavaScript's max_bytes: refused here as max_bytes is refused there.
_RESERVED = {"colormap", "explicit_color_map", "tile", "max_bytes", "maxBytes"}


def check_option_name(name: str) -> str:
    """`name` itself, if it may stand beside the parameters that a tile URL always has."""
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise InvalidURL(f"{shown(name)} is no name of a further parameter")
    return name


def write_option(value: object) -> str:
    """The text of a parameter: text as it is; a number, true, false or a flat list as JSON.

    Raises InvalidURL for anything else, among it NaN and numbers past 2 ** 53, which JavaScript
    does not hold exactly.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return f"[{','.join(_write_item(item) for item in value)}]"
    return _write_scalar(value)


def read_option(text: str) -> Option:
    """What `write_option` was given: the value that `text` spells canonically, else `text`."""
    try:
        parsed = json.loads(text)
        value: Option = tuple(parsed) if isinstance(parsed, list) else parsed
        return value if write_option(value) == text else text
    except (ValueError, RecursionError):
        return text


def _write_item(item: object) -> str:
    if item is None:
        return "null"
    if isinstance(item, str):
        quote_component(item)  # refuses half a surrogate pair, which JSON would escape
        return json.dumps(item, ensure_ascii=False)
    return _write_scalar(item)


def _write_scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    number = int(value) if isinstance(value, Integral) else value
    if isinstance(number, (int, float)) and abs(number) <= MAX_SAFE_INTEGER:
        return write_number(number)
    raise InvalidURL(f"{shown(value)} is no value of a parameter: give text, a number or a list")
