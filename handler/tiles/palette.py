"""A palette: from pixel values to colours."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from categorical.colors import TRANSPARENT, Color

# Values that span at most this many numbers are looked up in a table, others by bisection.
_WIDEST_TABLE = 1 << 16

Number = int | float


class Palette:
    """The colours of pixel values; a value that it does not name is transparent.

    `rgba` are the distinct colours, shape (n, 4), the first of them transparent. Tables for the
    data types met are kept: there are about a dozen types, each table has at most 65,537 entries.
    """

    def __init__(self, colors: Mapping[Number, Color]) -> None:
        visible = {value: color for value, color in colors.items() if color.alpha}
        distinct = list(dict.fromkeys([TRANSPARENT, *visible.values()]))
        position = {color: index for index, color in enumerate(distinct)}
        self.rgba = np.array(distinct, np.uint8)
        self._named = frozenset(colors)
        self._indices = {value: position[color] for value, color in visible.items()}
        self.index_type = np.min_scalar_type(len(distinct) - 1)
        self._lookups: dict[np.dtype[Any], _Table | _Search] = {}

    def names(self, value: Number | None) -> bool:
        """Whether the palette says how to draw this pixel value."""
        return value in self._named

    def index(self, values: NDArray[Any]) -> NDArray[Any]:
        """For each value the index of its colour in `rgba`, same shape, 0 where it has none."""
        lookup = self._lookups.get(values.dtype)
        if lookup is None:
            lookup = self._lookups[values.dtype] = self._lookup_for(values.dtype)
        return lookup(values)

    def _lookup_for(self, dtype: np.dtype[Any]) -> "_Table | _Search":
        known = {
            key: index
            for value, index in self._indices.items()
            if (key := _as_type(value, dtype)) is not None
        }
        keys = sorted(known)
        indices = np.array([known[key] for key in keys], self.index_type)
        if dtype.kind in "iu" and keys and keys[-1] - keys[0] < _WIDEST_TABLE:
            return _Table([int(key) for key in keys], indices, dtype)
        return _Search(np.array(keys, dtype), indices)


class _Table:
    """Looks values up in a table that covers the range of the keys."""

    def __init__(self, keys: list[int], indices: NDArray[Any], dtype: np.dtype[Any]) -> None:
        # Unsigned arithmetic wraps round, so that what is below the range lies far above it.
        self._unsigned = np.dtype(f"u{dtype.itemsize}")
        self._lowest = np.array(keys[0], dtype).astype(self._unsigned)
        span = keys[-1] - keys[0] + 1
        self._beyond = np.array(min(span, np.iinfo(self._unsigned).max), self._unsigned)
        self._table = np.zeros(span + 1, indices.dtype)
        self._table[[key - keys[0] for key in keys]] = indices
        self._bytes = self._as_bytes() if dtype.itemsize == 1 and indices.itemsize == 1 else None

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        if self._bytes is not None:
            found = values.tobytes().translate(self._bytes)
            return np.frombuffer(found, np.uint8).reshape(values.shape)
        offsets = values.view(self._unsigned) - self._lowest
        return np.asarray(self._table.take(np.minimum(offsets, self._beyond)))

    def _as_bytes(self) -> bytes:
        offsets = np.arange(256, dtype=np.uint8) - self._lowest
        return bytes(self._table.take(np.minimum(offsets, self._beyond)))


class _Search:
    """Looks values up by bisection among the sorted keys: as small as the keys are few."""

    def __init__(self, keys: NDArray[Any], indices: NDArray[Any]) -> None:
        self._keys, self._indices = keys, indices

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        if not self._keys.size:
            return np.zeros(values.shape, self._indices.dtype)
        place = np.minimum(np.searchsorted(self._keys, values), len(self._keys) - 1)
        return np.where(self._keys[place] == values, self._indices[place], 0)


def _as_type(value: Number, dtype: np.dtype[Any]) -> Number | None:
    """The value as a pixel of this data type can hold it, None if none can."""
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return float(dtype.type(value))
    limits = np.iinfo(dtype)
    whole = isinstance(value, int) or value.is_integer()
    return int(value) if whole and limits.min <= value <= limits.max else None
