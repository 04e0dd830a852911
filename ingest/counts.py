"""How often each value occurs in a raster, and where its valid pixels begin and end.

Exact and in bounded memory: whole blocks of the file are read, about a million pixels at a time,
into the same buffer (fresh memory for each block costs more than decoding it). Blocks of one value
are read once, see `ingest.blocks`. A class raster has few values, and comparing a block with one of
them takes 0.06 ns a pixel, so the values seen so far are counted one by one, the most frequent
first, until all pixels of the block have been counted. Where there are more values, class rasters
still consist of runs: finding their ends and adding up their lengths takes half of the time of
counting pixel by pixel.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio import DatasetReader
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from ingest.blocks import Pixels, blocks, pieces
from ingest.errors import TooManyValues

_FEW = 16  # values that are counted one by one
_RUNS = 8  # runs are used where they are this long on average
_SPREAD = 2**20  # widest range of values that is counted in an array

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """`values` {value: pixels} in ascending order, `masked` the pixels that a mask band hides.

    `edges` has two rows of `height` columns: the first and the last valid pixel of each raster row,
    (width, -1) where it has none.
    """

    values: dict[int, int]
    masked: int
    edges: NDArray[np.int64]


def count(dataset: DatasetReader, max_values: int) -> Counts:
    """Counts of the only band. Raises TooManyValues, and RasterioIOError where it is damaged."""
    if MaskFlags.per_dataset in dataset.mask_flag_enums[0]:
        return _count_unmasked(dataset, max_values)
    nodata = integer_nodata(dataset)
    values = ValueCounter(np.dtype(dataset.dtypes[0]), max_values, watched=nodata)
    edges = Edges(dataset.height, dataset.width)
    for window, piece in pieces(dataset):
        size = window.height * window.width
        invalid = values.add(piece, size)
        if invalid < size and not edges.cover(window):
            edges.add(window, piece != nodata if invalid else True)
    return Counts(values.result(), 0, edges.rows)


def _count_unmasked(dataset: DatasetReader, max_values: int) -> Counts:
    masked, values = 0, ValueCounter(np.dtype(dataset.dtypes[0]), max_values)
    edges = Edges(dataset.height, dataset.width)
    for window, block in blocks(dataset):
        mask = dataset.read_masks(1, window=window) != 0
        masked += int(mask.size - np.count_nonzero(mask))
        values.add(block[mask])
        edges.add(window, mask)
    return Counts(values.result(), masked, edges.rows)


def distinct_values(dataset: DatasetReader, max_values: int) -> set[int]:
    """The values of the only band. Raises as `count` does."""
    values = ValueCounter(np.dtype(dataset.dtypes[0]), max_values)
    for _, piece in pieces(dataset):
        values.add(piece)
    return set(values.result())


def integer_nodata(dataset: DatasetReader) -> int | None:
    """The nodata value, if there is one that an integer pixel can have."""
    nodata = dataset.nodata
    return int(nodata) if nodata is not None and float(nodata).is_integer() else None


class Edges:
    """First and last valid pixel of each row, all that a convex hull needs to know."""

    def __init__(self, height: int, width: int) -> None:
        self.rows = np.empty((2, height), dtype=np.int64)
        self.rows[0], self.rows[1] = width, -1

    def add(self, window: Window, valid: Mask | bool) -> None:
        """Widen the rows of `window` by its valid pixels: a mask, or True for all."""
        left, right = window.col_off, window.col_off + window.width - 1
        first, last = self._rows_of(window)
        if isinstance(valid, bool):
            np.minimum(first, left, out=first)
            np.maximum(last, right, out=last)
            return
        rows = np.flatnonzero(first > left)
        columns = _first_valid(valid, rows)
        first[rows] = np.minimum(first[rows], np.where(columns < 0, first[rows], left + columns))
        rows = np.flatnonzero(last < right)
        columns = _first_valid(valid[:, ::-1], rows)
        last[rows] = np.maximum(last[rows], np.where(columns < 0, last[rows], right - columns))

    def cover(self, window: Window) -> bool:
        """Whether nothing in `window` could widen them."""
        first, last = self._rows_of(window)
        right = window.col_off + window.width - 1
        return bool((first <= window.col_off).all() and (last >= right).all())

    def _rows_of(self, window: Window) -> NDArray[np.int64]:
        return self.rows[:, window.row_off : window.row_off + window.height]


def _first_valid(valid: Mask, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """The column of the first valid pixel in each of some rows, -1 where there is none."""
    columns = np.zeros(rows.size, np.intp)
    hidden = np.flatnonzero(~valid[rows, 0])  # most rows begin with a valid pixel
    some = valid[rows[hidden]]
    columns[hidden] = some.argmax(axis=1)
    columns[hidden[~some[np.arange(hidden.size), columns[hidden]]]] = -1
    return columns


class ValueCounter:
    """Adds up how often each value occurs, for any integer type."""

    def __init__(
        self, dtype: np.dtype[np.integer], max_values: int, watched: int | None = None
    ) -> None:
        self._max_values = max_values
        self._watched = watched
        self._low = int(np.iinfo(dtype).min)
        self._bins = np.zeros(2 ** (8 * dtype.itemsize) if dtype.itemsize <= 2 else 0, np.int64)
        self._wide: Counter[int] = Counter()
        self._few: list[int] = []
        self._equal = np.empty(0, np.bool_)

    def add(self, piece: Pixels | int, size: int = 1) -> int:
        """Count pixels, or `size` times one value; how often the watched value is among them.

        Raises TooManyValues.
        """
        if isinstance(piece, int):
            return self._store({piece: size})
        if piece.size == 0:
            return 0
        pixels = piece.ravel()
        counts = self._one_by_one(pixels)
        return self._count(pixels) if counts is None else self._store(counts)

    def result(self) -> dict[int, int]:
        """{value: pixels}, ascending. Raises TooManyValues."""
        found = np.flatnonzero(self._bins)
        if found.size > self._max_values:
            raise TooManyValues(
                f"it has {found.size:,} distinct values, more than {self._max_values:,}"
            )
        narrow = zip((found + self._low).tolist(), self._bins[found].tolist(), strict=True)
        return dict(narrow) if self._bins.size else dict(sorted(self._wide.items()))

    def _one_by_one(self, pixels: Pixels) -> dict[int, int] | None:
        """Counts of the values seen so far, if there are few, and no pixel has another one."""
        if self._equal.size < pixels.size:
            self._equal = np.empty(pixels.size, np.bool_)
        counts: dict[int, int] = {}
        left, equal = pixels.size, self._equal[: pixels.size]
        for value in self._few:
            counts[value] = int(np.count_nonzero(np.equal(pixels, value, out=equal)))
            left -= counts[value]
            if left == 0:
                self._few.sort(key=lambda value: -counts.get(value, 0))  # the next block is similar
                return counts
        return None

    def _count(self, pixels: Pixels) -> int:
        """Count any values; those seen so far are counted one by one from now on, if few."""
        values, lengths = _runs(pixels)
        if self._bins.size:
            watched = self._add_narrow(values, lengths)
            seen = (np.flatnonzero(self._bins) + self._low).tolist()
        else:
            watched = self._store(_wide_counts(values, lengths))
            seen = list(self._wide)
        self._few = seen if len(seen) <= _FEW else []
        return watched

    def _store(self, counts: Mapping[int, int]) -> int:
        if self._bins.size:
            for value, number in counts.items():
                self._bins[value - self._low] += number
        else:
            self._wide.update(counts)
            if len(self._wide) > self._max_values:
                raise TooManyValues(f"it has more than {self._max_values:,} distinct pixel values")
        return 0 if self._watched is None else counts.get(self._watched, 0)

    def _add_narrow(self, values: Pixels, lengths: NDArray[np.int64] | None) -> int:
        places = values if self._low == 0 else values.astype(np.int32) - self._low
        bins = np.bincount(places, lengths, minlength=self._bins.size).astype(np.int64)
        self._bins += bins
        place = -1 if self._watched is None else self._watched - self._low
        return int(bins[place]) if 0 <= place < bins.size else 0


def _wide_counts(values: Pixels, lengths: NDArray[np.int64] | None) -> dict[int, int]:
    """Counts of 32 and 64-bit integers."""
    low, high = int(values.min()), int(values.max())
    if high - low < _SPREAD:
        places = (values - values.dtype.type(low)).astype(np.intp)
        bins = np.bincount(places, lengths)
        found = np.flatnonzero(bins)
        distinct, counts = [low + place for place in found.tolist()], bins[found]
    else:
        unique, inverse = np.unique(values, return_inverse=True)
        distinct, counts = unique.tolist(), np.bincount(inverse, lengths)
    return dict(zip(distinct, counts.astype(np.int64).tolist(), strict=True))


def _runs(pixels: Pixels) -> tuple[Pixels, NDArray[np.int64] | None]:
    """The value and length of each run of equal pixels; the pixels and None if runs are short."""
    changes = pixels[1:] != pixels[:-1]
    if np.count_nonzero(changes) * _RUNS > pixels.size:
        return pixels, None
    ends = np.append(np.flatnonzero(changes), pixels.size - 1)
    return pixels[ends], np.diff(ends, prepend=-1)
