"""Where the parts of a legend's picture go: one card, a line for each class.

The card is opaque and nearly white with dark text, whatever it lies on: a picture cannot know
whether its page is light or dark.
"""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from categorical.colors import Color
from categorical.legend import Entry, Legend

BACKGROUND, INK, FRAME = Color(255, 255, 255), Color(26, 26, 26), Color(118, 118, 118)
SWATCH, TEXT_SIZE, TITLE_SIZE = 16, 14, 15

_PADDING, _GAP, _LINE = 12, 8, 18
_CHARACTERS = 60  # in a line; a longer label goes on below
_MOST_LINES = 4  # of one label, which may have 500 characters
_MIN_WIDTH = 120

Measure = Callable[[str, int], float]
"""Takes a line of text and its size in pixels, gives its width in pixels."""


@dataclass(frozen=True)
class Line:
    """A line of text that begins at x and stands on the baseline y."""

    x: int
    y: int
    text: str


@dataclass(frozen=True)
class Swatch:
    """A square in a class's colour, x and y are its top left corner."""

    x: int
    y: int
    color: Color


@dataclass(frozen=True)
class Layout:
    """The parts of the picture, in pixels from its top left corner."""

    width: int
    height: int
    title: tuple[Line, ...]
    labels: tuple[Line, ...]
    swatches: tuple[Swatch, ...]


def lay_out(legend: Legend, measure: Measure, most: int) -> Layout:
    """The layout of `legend`'s first `most` entries; a last line counts those left out."""
    title = tuple(_lines(legend.title, _PADDING, _PADDING))
    top = _PADDING + _LINE * len(title) + _GAP
    labels: list[Line] = []
    swatches: list[Swatch] = []
    for text, color in _rows(legend.entries, most):
        swatches += [Swatch(_PADDING, top, color)] if color else []
        lines = list(_lines(text, _PADDING + SWATCH + _GAP, top))
        labels += lines
        top += _LINE * len(lines) + _GAP // 2
    widths = [
        *(line.x + measure(line.text, TITLE_SIZE) for line in title),
        *(line.x + measure(line.text, TEXT_SIZE) for line in labels),
    ]
    width = max(_MIN_WIDTH, round(max(widths, default=0)) + _PADDING)
    return Layout(width, top + _PADDING - _GAP // 2, title, tuple(labels), tuple(swatches))


def _rows(entries: tuple[Entry, ...], most: int) -> Iterator[tuple[str, Color | None]]:
    for entry in entries[:most]:
        yield entry.label, entry.color
    if len(entries) > most:
        yield f"and {len(entries) - most:,} more classes", None
    if not entries:
        yield "no classes", None


def _lines(text: str, x: int, top: int) -> Iterator[Line]:
    wrapped = textwrap.wrap(text, _CHARACTERS, max_lines=_MOST_LINES, placeholder=" ...")
    for number, line in enumerate(wrapped or [""]):
        yield Line(x, top + TEXT_SIZE - 1 + number * _LINE, line)
