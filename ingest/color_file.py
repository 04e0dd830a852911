"""Colour files: `.clr` as Esri, GRASS and QGIS write them.

A line a value: `10 0 100 0 Tree cover`, with commas or spaces between, an alpha before the label
or not. QGIS adds `INTERPOLATION:EXACT` and comments with `#`.

A number before a label may be an alpha or begin the label (`111 Continuous urban fabric`): it is an
alpha if each line has one there that can be.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from categorical.colors import parse_color
from categorical.errors import InvalidColor
from ingest.attribute_table import Entry, whole
from ingest.carried import MAX_ENTRIES
from ingest.text import decode

_BETWEEN = re.compile(r"\s*[,;\t]\s*|\s+")
_IGNORED = re.compile(r"\s*(#.*|INTERPOLATION:.*|nv\b.*)?", re.IGNORECASE)


def parse_color_file(content: bytes) -> list[Entry]:
    """Values with their colours and, where given, labels. Raises ValueError on what is no line."""
    text = decode(content)
    if (lines := text.count("\n")) > MAX_ENTRIES:
        raise ValueError(f"it has {lines:,} lines, more than {MAX_ENTRIES:,}")
    rows = list(_lines(text))
    has_alpha = all(_alpha(line.rest) is not None for line in rows if line.rest)
    return [_entry(line, has_alpha) for line in rows]


class _Line(NamedTuple):
    number: int
    value: int
    channels: list[int | None]
    rest: str


def _lines(text: str) -> Iterator[_Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        if _IGNORED.fullmatch(line):
            continue
        parts = _BETWEEN.split(line.strip(), maxsplit=4)
        value, channels = whole(parts[0]), [whole(part) for part in parts[1:4]]
        if value is None or len(channels) < 3:
            raise ValueError(f"line {number}: {line[:80]!r} is no value with a colour")
        yield _Line(number, value, channels, parts[4] if len(parts) > 4 else "")


def _alpha(rest: str) -> int | None:
    """The alpha that the rest of a line begins with, if it does."""
    alpha = whole(_BETWEEN.split(rest, maxsplit=1)[0])
    return alpha if alpha is not None and 0 <= alpha <= 255 else None


def _entry(line: _Line, has_alpha: bool) -> Entry:
    alpha = _alpha(line.rest) if has_alpha and line.rest else 255
    _, *label = _BETWEEN.split(line.rest, maxsplit=1) if has_alpha else ("", line.rest)
    try:
        color = parse_color([*line.channels, alpha])
    except InvalidColor as error:
        raise ValueError(f"line {line.number}: {error}") from error
    return Entry(line.value, "".join(label), color)
