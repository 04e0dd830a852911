"""The pixels of a raster's only band, in pieces of whole blocks of the file.

Class rasters and their margins have thousands of blocks that hold one value. Compressed, these are
the same few bytes again and again, and equal bytes of one band decode to equal pixels: so the bytes
of a block that turned out to hold one value are remembered, and blocks with the same bytes are
neither decoded nor looked at. Of the 1,296 blocks of an ESA WorldCover tile at sea 40 are left.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rasterio import DatasetReader
from rasterio.windows import Window

_WINDOW_PIXELS = 2**20
_WORTHWHILE = 2**14  # pixels of a block; looking smaller ones up takes longer than decoding them
_RATIO = 100  # every compression makes a block of one value smaller than one part in so many
_REMEMBERED = 256

Pixels = NDArray[np.integer]


def pieces(dataset: DatasetReader) -> Iterator[tuple[Window, Pixels | int]]:
    """Windows that cover the band, each with its pixels or the one value that all of them have.

    Pixels are only valid until the next piece; a thread decodes that one meanwhile. Raises
    RasterioIOError where they are damaged.
    """
    decoded = _pieces(dataset)
    with ThreadPoolExecutor(1) as ahead:
        following = ahead.submit(next, decoded, None)
        while (piece := following.result()) is not None:
            following = ahead.submit(next, decoded, None)
            yield piece


def _pieces(dataset: DatasetReader) -> Iterator[tuple[Window, Pixels | int]]:
    height, width = dataset.block_shapes[0]
    if height * width < _WORTHWHILE or width == dataset.width:  # tiny, or strips
        yield from blocks(dataset)
        return
    across = max(1, _WINDOW_PIXELS // (height * width))
    read = _Reader(dataset)
    with _Known(dataset) as known:
        for row in range(-(-dataset.height // height)):
            columns = range(-(-dataset.width // width))
            for value, group in groupby(columns, partial(known.value, row)):
                same = list(group)
                if value is not None:
                    yield _window(dataset, row, same), value
                    continue
                for some in (same[i : i + across] for i in range(0, len(same), across)):
                    window = _window(dataset, row, some)
                    pixels = read(window)
                    known.learn(row, some, pixels)
                    yield window, pixels


def blocks(dataset: DatasetReader) -> Iterator[tuple[Window, Pixels]]:
    """Windows that cover the band with their pixels, which are only valid until the next."""
    read = _Reader(dataset)
    for window in windows(dataset):
        yield window, read(window)


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


class _Reader:
    """Reads windows into two buffers in turn, so that the one before stays for a while."""

    def __init__(self, dataset: DatasetReader) -> None:
        self._dataset = dataset
        self._buffer = self._other = np.empty(0, dtype=dataset.dtypes[0])

    def __call__(self, window: Window) -> Pixels:
        pixels = window.height * window.width
        self._buffer, self._other = self._other, self._buffer
        if self._buffer.size < pixels:
            self._buffer = np.empty(pixels, dtype=self._buffer.dtype)
        block = self._buffer[:pixels].reshape(window.height, window.width)
        read: Pixels = self._dataset.read(1, window=window, out=block)
        return read


class _Known:
    """The compressed bytes of blocks that hold one value, and that value."""

    def __init__(self, dataset: DatasetReader) -> None:
        self._dataset = dataset
        self._height, self._width = dataset.block_shapes[0]
        size = self._height * self._width * np.dtype(dataset.dtypes[0]).itemsize
        self._limit = size // _RATIO
        self._values: dict[bytes, int] = {}
        path = Path(dataset.name)
        self._file = path.open("rb", buffering=0) if path.is_file() else None

    def value(self, row: int, column: int) -> int | None:
        """The value of all pixels of a block, if its bytes are known."""
        return self._values.get(self._bytes(row, column)) if self._values else None

    def learn(self, row: int, columns: Sequence[int], pixels: Pixels) -> None:
        """Remember those of a row's blocks that hold one value; part of a block proves nothing."""
        if pixels.shape[0] < self._height or len(self._values) >= _REMEMBERED:
            return
        for number, column in enumerate(columns):
            compressed = self._bytes(row, column)
            block = pixels[:, number * self._width :][:, : self._width]
            if compressed and block.shape[1] == self._width and (block == block[0, 0]).all():
                self._values[compressed] = int(block[0, 0])

    def _bytes(self, row: int, column: int) -> bytes:
        """A block as it is in the file; empty where it is missing, or large."""
        size = int(self._tag(f"BLOCK_SIZE_{column}_{row}") or 0)
        if self._file is None or not 0 < size <= self._limit:
            return b""
        return os.pread(self._file.fileno(), size, int(self._tag(f"BLOCK_OFFSET_{column}_{row}")))

    def _tag(self, name: str) -> str:
        """https://gdal.org/en/stable/drivers/raster/gtiff.html#metadata"""
        return self._dataset.get_tag_item(name, "TIFF", bidx=1) or "0"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()


def _window(dataset: DatasetReader, row: int, columns: Sequence[int]) -> Window:
    """The part of the raster that neighbouring blocks of a row cover."""
    height, width = dataset.block_shapes[0]
    left, top = columns[0] * width, row * height
    right, bottom = (columns[-1] + 1) * width, top + height
    return Window(left, top, min(right, dataset.width) - left, min(bottom, dataset.height) - top)
