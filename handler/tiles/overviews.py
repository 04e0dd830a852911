"""Whether a raster's overviews may be drawn: only if they hold no value that it does not."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

# Methods that copy values; every other one (average, bilinear, cubic, ...) makes new ones.
_COPYING = {"NEAREST", "MODE"}
_PROBE_SIDE = 256
_MOST_SUSPECTS = 16
_PATCH = 64

Pixels = NDArray[np.intp]


class OverviewsRejected(Exception):
    """The overviews hold a value that the raster does not; they are not used any more."""


def are_copies(native: Any, overviews: list[Any]) -> bool:
    """Whether the overviews, finest first, were made by copying pixels, not by averaging them.

    What the file says of the method is believed. Otherwise the rarest values of an overview of
    moderate size are looked up, as averages are rare and lie where classes meet; and around one
    pixel of each, the finest overview's pixels must all be found in the native pixels below or
    next to them. That is strong evidence, no proof.
    """
    method = _method(native, overviews[0])
    if method is not None:
        return method in _COPYING
    return all(_is_copied(native, overviews[0], *place) for place in _suspects(_probe(overviews)))


def _method(native: Any, finest: Any) -> str | None:
    """The overviews' resampling method as GDAL 3.9 and later note it, if it is noted."""
    named = native.tags(ns="IMAGE_STRUCTURE").get("OVERVIEW_RESAMPLING")
    named = named or finest.tags(1).get("RESAMPLING")
    return named.upper() if named else None


def _probe(overviews: list[Any]) -> Any:
    """The coarsest overview that has 256 columns or rows, the finest if all are smaller."""
    large = [level for level in overviews if max(level.shape) >= _PROBE_SIDE]
    return large[-1] if large else overviews[0]


def _suspects(probe: Any) -> list[tuple[float, float]]:
    """A pixel of each of the rarest values, as parts of the raster's height and width."""
    values = probe.read(1)
    _, first, counts = np.unique(values, return_index=True, return_counts=True)
    rarest = first[np.argsort(counts, kind="stable")[:_MOST_SUSPECTS]]
    rows, columns = np.unravel_index(rarest, values.shape)
    return list(zip((rows + 0.5) / probe.height, (columns + 0.5) / probe.width, strict=True))


def _is_copied(native: Any, finest: Any, y: float, x: float) -> bool:
    """Whether the finest overview's pixels around this place are native pixels next to them."""
    down, across = native.height / finest.height, native.width / finest.width
    rows, columns = _around(y, finest.height, down), _around(x, finest.width, across)
    copies = finest.read(1, window=_hull(rows, columns))
    rows, columns = _below(rows, down, native.height), _below(columns, across, native.width)
    pixels = native.read(1, window=_hull(rows, columns))
    found = np.isnan(copies)
    for row in rows - rows.min():
        for column in columns - columns.min():
            found |= pixels[np.ix_(row, column)] == copies
    return bool(found.all())


def _around(place: float, size: int, ratio: float) -> Pixels:
    """Some pixels of an axis around a place from 0 to 1, about 128 native pixels' worth."""
    middle, reach = int(place * size), max(1, int(_PATCH / ratio))
    return np.arange(max(0, middle - reach), min(size, middle + reach))


def _below(pixels: Pixels, ratio: float, size: int) -> Pixels:
    """Native pixels (n, m) of an axis below each of m overview pixels, and one on either side."""
    offsets = np.arange(-1, int(np.ceil(ratio)) + 2)[:, np.newaxis]
    return np.asarray(np.clip((pixels * ratio).astype(np.intp) + offsets, 0, size - 1))


def _hull(rows: Pixels, columns: Pixels) -> Window:
    top, left = int(rows.min()), int(columns.min())
    return Window(left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
