"""One colour of a class: parsed from hex digits or an RGB(A) tuple, written as hex digits."""

import re
from collections.abc import Sequence
from numbers import Integral
from typing import NamedTuple

from categorical.errors import InvalidColor, shown

_HEX = re.compile(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")


class Color(NamedTuple):
    """Red, green, blue and alpha, integers from 0 to 255; alpha 255 is opaque."""

    red: int
    green: int
    blue: int
    alpha: int = 255

    @property
    def hex(self) -> str:
        """Six upper-case hex digits as STAC's `color_hint` wants them; alpha is not in them."""
        return f"{self.red:02X}{self.green:02X}{self.blue:02X}"


TRANSPARENT = Color(0, 0, 0, 0)


def parse_color(value: object) -> Color:
    """The colour that `value` describes.

    Takes hex digits with or without `#` (3, 4, 6 or 8 of them, as in CSS Color 4) or a sequence of
    three or four whole numbers from 0 to 255. Raises InvalidColor for everything else.
    """
    if isinstance(value, str):
        return _parse_hex(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return _parse_channels(value)
    raise InvalidColor(f"{shown(value)} is no colour: {_REMEDY}")


def write_color(color: Color) -> str:
    """Six hex digits, or eight where the colour is not opaque."""
    return color.hex if color.alpha == 255 else f"{color.hex}{color.alpha:02X}"


_REMEDY = 'give hex digits such as "99d594", or three or four whole numbers from 0 to 255'


def _parse_hex(text: str) -> Color:
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise InvalidColor(f"{shown(text)} is no colour: {_REMEDY}")
    digits = match[1]
    if len(digits) < 6:
        digits = "".join(2 * digit for digit in digits)
    return Color(*bytes.fromhex(digits))


def _parse_channels(channels: Sequence[object]) -> Color:
    if len(channels) not in (3, 4):
        raise InvalidColor(f"{shown(channels)} is no colour: {_REMEDY}")
    return Color(*(_parse_channel(channel, channels) for channel in channels))


def _parse_channel(channel: object, channels: Sequence[object]) -> int:
    whole = isinstance(channel, Integral) or (isinstance(channel, float) and channel.is_integer())
    if not whole or isinstance(channel, bool) or not 0 <= channel <= 255:  # type: ignore[operator]
        raise InvalidColor(f"{shown(channel)} in {shown(channels)} is no colour: {_REMEDY}")
    return int(channel)  # type: ignore[call-overload, no-any-return]
