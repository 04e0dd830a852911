"""From pixel values to classes, many at a time."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from categorical.classes import Class

Indices = NDArray[np.intp]
Lookup = Callable[[NDArray[Any]], Indices]

_TABLED = 2  # bytes of an integer type; every value of it has a place in a table


@dataclass(frozen=True)
class ClassIndex:
    """Numbers `classes` in their order; two more stand for values of no class and for nodata.

    `nodata` is the raster's; a class that has this value goes first, as in tiles.
    """

    classes: Sequence[Class]
    nodata: float | None

    @property
    def unclassified(self) -> int:
        """The number of values that no class has."""
        return len(self.classes)

    @property
    def hidden(self) -> int:
        """The number of what is no data: the raster's nodata value, and what its mask hides."""
        return len(self.classes) + 1

    @property
    def size(self) -> int:
        """One more than the largest number."""
        return len(self.classes) + 2

    def of(self, values: NDArray[Any]) -> Indices:
        """The number of each value's class, in the shape of `values`."""
        lookup = self._lookups.get(values.dtype)
        if lookup is None:
            lookup = self._lookups[values.dtype] = self._lookup(values.dtype)
        return lookup(values)

    @cached_property
    def _lookups(self) -> dict[np.dtype[Any], Lookup]:
        """One for each data type met, of which there are about a dozen."""
        return {}

    def _values(self) -> Iterator[tuple[float | None, int]]:
        for number, item in enumerate(self.classes):
            yield item.value, number

    def _lookup(self, dtype: np.dtype[Any]) -> Lookup:
        search = self._search(dtype)
        if dtype.kind not in "iu" or dtype.itemsize > _TABLED:
            return search
        limits = np.iinfo(dtype)
        table = search(np.arange(limits.min, limits.max + 1).astype(dtype))
        return lambda values: np.asarray(table.take(values.astype(np.intp) - limits.min))

    def _search(self, dtype: np.dtype[Any]) -> Lookup:
        numbers: dict[float, int] = {}
        for value, number in [*self._values(), (self.nodata, self.hidden)]:
            key = _as_type(value, dtype)
            if key is not None:
                numbers.setdefault(key, number)
        keys = np.array(sorted(numbers), dtype)
        ordered = np.array([numbers[key] for key in sorted(numbers)], np.intp)

        def search(values: NDArray[Any]) -> Indices:
            if not keys.size:
                return np.full(values.shape, self.unclassified)
            places = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
            found = np.where(keys[places] == values, ordered[places], self.unclassified)
            return np.where(np.isnan(values), self.hidden, found) if dtype.kind == "f" else found

        return search


def _as_type(value: float | None, dtype: np.dtype[Any]) -> float | None:
    """The value as a pixel of this data type holds it, None if none can."""
    if value is None or not math.isfinite(value):
        return None
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return float(dtype.type(value))
    limits = np.iinfo(dtype)
    whole = isinstance(value, int) or value.is_integer()
    return int(value) if whole and limits.min <= value <= limits.max else None
