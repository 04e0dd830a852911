"""How often each value occurs in a raster, and where its valid pixels begin and end.

Exact and in bounded memory: whole blocks of the file, a few million pixels at a time. Values of 8
and 16 bits are counted in an array with a place for every value. Wider ones too where a window's
values lie close together; otherwise they are sorted. A window of one value, which sparse and nodata
areas consist of, is only compared with its first pixel.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio import DatasetReader
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from ingest.errors import TooManyValues

_WINDOW_PIXELS = 2**22
_SPREAD = 2**20  # widest range of values that is counted in an array

Pixels = NDArray[np.integer]
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
    values = _ValueCounter(np.dtype(dataset.dtypes[0]), max_values)
    edges = Edges(dataset.height, dataset.width)
    has_mask_band = MaskFlags.per_dataset in dataset.mask_flag_enums[0]
    masked, nodata = 0, integer_nodata(dataset)
    for window in windows(dataset):
        block = dataset.read(1, window=window)
        if has_mask_band:
            mask = dataset.read_masks(1, window=window) != 0
            masked += int(mask.size - np.count_nonzero(mask))
            values.add(block[mask])
            edges.add(window, mask)
        else:
            values.add(block)
            edges.add(window, _valid(block, nodata))
    return Counts(values.result(), masked, edges.rows)


def windows(dataset: DatasetReader, pixels: int = _WINDOW_PIXELS) -> Iterator[Window]:
    """Windows of whole blocks that cover the band, of at most `pixels` where blocks allow."""
    height, width = dataset.block_shapes[0]
    across = max(1, min(pixels // (height * width), -(-dataset.width // width)))
    down = max(1, pixels // (height * width * across))
    step_x, step_y = width * across, height * down
    for row in range(0, dataset.height, step_y):
        for column in range(0, dataset.width, step_x):
            yield Window(
                column,
                row,
                min(step_x, dataset.width - column),
                min(step_y, dataset.height - row),
            )


class Edges:
    """First and last valid pixel of each row, all that a convex hull needs to know."""

    def __init__(self, height: int, width: int) -> None:
        self.rows = np.empty((2, height), dtype=np.int64)
        self.rows[0], self.rows[1] = width, -1

    def add(self, window: Window, valid: Mask | bool) -> None:
        """Widen the rows of `window` by its valid pixels: a mask, or True or False for all."""
        if valid is False or self._covers(window):
            return
        left, right = window.col_off, window.col_off + window.width - 1
        first, last = self.rows[:, window.row_off : window.row_off + window.height]
        if isinstance(valid, bool):
            np.minimum(first, left, out=first)
            np.maximum(last, right, out=last)
            return
        some = valid.any(axis=1)
        first[some] = np.minimum(first[some], left + valid[some].argmax(axis=1))
        last[some] = np.maximum(last[some], right - valid[some, ::-1].argmax(axis=1))

    def _covers(self, window: Window) -> bool:
        first, last = self.rows[:, window.row_off : window.row_off + window.height]
        right = window.col_off + window.width - 1
        return bool((first <= window.col_off).all() and (last >= right).all())


def integer_nodata(dataset: DatasetReader) -> int | None:
    """The nodata value, if there is one that an integer pixel can have."""
    nodata = dataset.nodata
    return int(nodata) if nodata is not None and float(nodata).is_integer() else None


def _valid(block: Pixels, nodata: int | None) -> Mask | bool:
    if nodata is None:
        return True
    if block.flat[0] == nodata and _is_constant(block):
        return False
    valid: Mask = block != nodata
    return valid


def _is_constant(block: Pixels) -> bool:
    return bool((block == block.flat[0]).all())


class _ValueCounter:
    """Adds up how often each value occurs."""

    def __init__(self, dtype: np.dtype[np.integer], max_values: int) -> None:
        self._max_values = max_values
        self._counts: Counter[int] = Counter()
        self._narrow = dtype.itemsize <= 2
        self._low = int(np.iinfo(dtype).min)
        self._bins = np.zeros(2 ** (8 * dtype.itemsize) if self._narrow else 0, dtype=np.int64)

    def add(self, block: Pixels) -> None:
        if block.size == 0:
            return
        if _is_constant(block):
            self._counts[int(block.flat[0])] += block.size
        elif self._narrow:
            self._bins += np.bincount(self._shifted(block), minlength=self._bins.size)
        else:
            self._add_wide(block)
        if len(self._counts) > self._max_values:
            raise TooManyValues(f"it has more than {self._max_values:,} distinct pixel values")

    def result(self) -> dict[int, int]:
        """{value: pixels}, ascending."""
        found = np.flatnonzero(self._bins)
        narrow = dict(zip((found + self._low).tolist(), self._bins[found].tolist(), strict=True))
        return dict(sorted((self._counts + Counter(narrow)).items()))

    def _shifted(self, block: Pixels) -> NDArray[np.integer]:
        """Values as places in the array, the lowest of the type first."""
        flat = block.ravel()
        return flat if self._low == 0 else flat.astype(np.int32) - self._low

    def _add_wide(self, block: Pixels) -> None:
        low, high = int(block.min()), int(block.max())
        if high - low < _SPREAD:
            bins = np.bincount((block.ravel() - block.dtype.type(low)).astype(np.intp))
            values, counts = np.flatnonzero(bins), bins[bins > 0]
        else:
            values, counts = np.unique(block, return_counts=True)
            low = 0
        for value, pixels in zip(values.tolist(), counts.tolist(), strict=True):
            self._counts[value + low] += pixels
