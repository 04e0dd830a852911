"""Whether a raster's overviews may be drawn: only if they hold no value that it does not."""

from collections.abc import Collection
from typing import Any

import numpy as np
from rasterio.windows import Window

# Methods that copy values; every other one (average, bilinear, cubic, ...) makes new ones.
_COPYING = {"NEAREST", "MODE"}
_PROBE_SIDE = 256
_MOST_SUSPECTS = 16


def are_faithful(native: Any, overviews: list[Any], known: Collection[float]) -> bool:
    """Whether the overviews were made by copying pixels, never by averaging them.

    What the file says of the method is believed. Otherwise an overview of moderate size is read,
    the first in a COG and so mostly in memory already. If all values of the raster are `known`,
    it must hold no other; if nothing is, its rarest values must be found in the native pixels
    below. Both are evidence, not proof: averages are mostly no classes, and they are rare.
    """
    method = _method(native, overviews[0])
    if method is not None:
        return method in _COPYING
    probe = _probe(overviews)
    values = probe.read(1)
    if known:
        return set(np.unique(values).tolist()) <= set(known)
    return all(_is_below(native, probe, *suspect) for suspect in _suspects(values))


def _method(native: Any, finest: Any) -> str | None:
    named = native.tags(ns="IMAGE_STRUCTURE").get("OVERVIEW_RESAMPLING")
    named = named or finest.tags(1).get("RESAMPLING") or finest.tags().get("RESAMPLING")
    return named.upper() if named else None


def _probe(overviews: list[Any]) -> Any:
    """The coarsest overview that has 256 columns or rows, the finest if all are smaller."""
    large = [level for level in overviews if max(level.shape) >= _PROBE_SIDE]
    return large[-1] if large else overviews[0]


def _suspects(values: Any) -> list[tuple[Any, int, int]]:
    """The rarest values, each with the row and column of one of its pixels."""
    found, first, counts = np.unique(values, return_index=True, return_counts=True)
    rarest = np.argsort(counts, kind="stable")[:_MOST_SUSPECTS]
    return [(found[i], *divmod(int(first[i]), values.shape[1])) for i in rarest]


def _is_below(native: Any, probe: Any, value: Any, row: int, column: int) -> bool:
    """Whether the native pixels below this overview pixel, or next to them, have the value."""
    down, across = native.height / probe.height, native.width / probe.width
    top, left = int((row - 0.5) * down), int((column - 0.5) * across)
    window = Window(left, top, int(2 * across) + 1, int(2 * down) + 1)
    below = native.read(1, window=window.intersection(Window(0, 0, native.width, native.height)))
    return bool((below == value).any())
