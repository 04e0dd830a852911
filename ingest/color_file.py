"""Colour files: `.clr` as Esri, GRASS and QGIS write them.

A line a value: `10 0 100 0 Tree cover`, with commas or spaces between, an alpha before the label
or not. QGIS adds `INTERPOLATION:EXACT` and comments with `#`.
"""

import re
from collections.abc import Iterator

from categorical.colors import parse_color
from categorical.errors import InvalidColor
from ingest.attribute_table import whole
from ingest.carried import MAX_ENTRIES, Entry

_BETWEEN = re.compile(r"\s*[,;\t]\s*|\s+")
_IGNORED = re.compile(r"\s*(#.*|INTERPOLATION:.*|nv\b.*)?", re.IGNORECASE)


def parse_color_file(content: bytes) -> list[Entry]:
    """Values with their colours and, where given, labels. Raises ValueError on what is no line."""
    text = content.decode("utf-8-sig", errors="replace")
    if (lines := text.count("\n")) > MAX_ENTRIES:
        raise ValueError(f"it has {lines:,} lines, more than {MAX_ENTRIES:,}")
    return list(_entries(text))


def _entries(text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.splitlines(), start=1):
        if _IGNORED.fullmatch(line):
            continue
        parts = _BETWEEN.split(line.strip(), maxsplit=4)
        value, channels = whole(parts[0]), [whole(part) for part in parts[1:4]]
        rest = parts[4] if len(parts) > 4 else ""
        alpha, label = _alpha_and_label(rest)
        try:
            if value is None or len(channels) < 3:
                raise InvalidColor(f"{line!r} is no value with a colour")
            yield Entry(value, label, parse_color([*channels, alpha]))
        except InvalidColor as error:
            raise ValueError(f"line {number}: {error}") from error


def _alpha_and_label(rest: str) -> tuple[int, str]:
    first, *label = _BETWEEN.split(rest, maxsplit=1)
    alpha = whole(first)
    if alpha is not None and 0 <= alpha <= 255:
        return alpha, label[0] if label else ""
    return 255, rest
