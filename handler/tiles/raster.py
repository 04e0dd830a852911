"""An open raster: native pixels and overviews, each read by windows."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.windows import Window

from handler.errors import RasterMissing, RasterUnavailable
from handler.tiles.centres import Placement
from handler.tiles.overviews import are_faithful

# Pixels that one read may hold in memory; a larger window is read block by block.
_LARGEST_WINDOW = 1 << 22
# Overviews may be coarser than a tile's pixels by this much, which is rounding.
_ROUNDING = 1e-6

Values = NDArray[Any]
Indices = NDArray[np.intp]
Read = Callable[[Window], Values]


@dataclass(frozen=True)
class Level:
    """The native raster or one of its overviews; `across` and `down` native pixels a pixel."""

    dataset: Any
    across: float
    down: float
    has_mask: bool

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.dataset.width)

    @property
    def height(self) -> int:
        """Pixels in a column."""
        return int(self.dataset.height)

    def read(self, window: Window) -> Values:
        """Pixel values in the window, shape (height, width)."""
        return np.asarray(self.dataset.read(1, window=window))

    def read_mask(self, window: Window) -> NDArray[np.uint8]:
        """0 where the raster's own mask or alpha band hides a pixel, shape (height, width)."""
        return np.asarray(self.dataset.read_masks(1, window=window))

    def values(self, columns: Indices, rows: Indices) -> Values:
        """The pixels at these places, in the shape that both broadcast to."""
        return _gather(self.read, self.dataset, columns, rows)

    def hidden(self, columns: Indices, rows: Indices) -> NDArray[np.bool_]:
        """Whether the raster's own mask hides the pixels at these places."""
        return np.equal(_gather(self.read_mask, self.dataset, columns, rows), 0)


class Raster:
    """A single raster open for reading; not for use by several threads at once.

    The caller holds a rasterio.Env open around every call: without one rasterio makes an AWS
    session in each of them.
    """

    def __init__(self, path: str, known_values: Iterable[float] | None = None) -> None:
        self._path = path
        self._native = _open(path)
        self._known = [] if known_values is None else list(known_values)
        self.crs = self._native.crs
        self.nodata = self._native.nodata
        self.width, self.height = self._native.width, self._native.height
        if not self.crs:
            self._native.close()
            raise RasterUnavailable("the raster has no coordinate reference system")
        self.placement = Placement(self.crs, self._native.transform, self.width, self.height)
        self._levels = [self._level(self._native)]
        self._factors = self._native.overviews(1)

    @classmethod
    def open(cls, path: str, known_values: Iterable[float] | None = None) -> "Raster":
        """The raster at `path` (s3://, /vsi... or local), a GeoTIFF.

        `known_values` are values that the raster is known to hold; they spare overviews a check.
        Raises RasterMissing if there is no such file, RasterUnavailable if it cannot be read.
        """
        return cls(path, known_values)

    def close(self) -> None:
        """Close the file; nothing can be read any more."""
        for level in self._levels:
            level.dataset.close()

    def level(self, step: float) -> Level:
        """The coarsest level whose pixels are no larger than `step` native pixels."""
        if self._factors and step >= min(self._factors) * (1 - _ROUNDING):
            self._open_overviews()
        fitting = [
            level
            for level in self._levels
            if max(level.across, level.down) <= max(1.0, step * (1 + _ROUNDING))
        ]
        return max(fitting, key=lambda level: level.across)

    def _open_overviews(self) -> None:
        """Open the overviews if they are faithful; once, for it costs a read each."""
        levels = [_open(self._path, overview_level=i) for i in range(len(self._factors))]
        self._factors = []
        known = [*self._known, *([] if self.nodata is None else [self.nodata])]
        with reading():
            faithful = are_faithful(self._native, levels, known)
        if faithful:
            self._levels += [self._level(dataset) for dataset in levels]
        else:
            for dataset in levels:
                dataset.close()

    def _level(self, dataset: Any) -> Level:
        across, down = self.width / dataset.width, self.height / dataset.height
        return Level(dataset, across, down, _has_mask(dataset))


@contextmanager
def reading() -> Iterator[None]:
    """Turns rasterio's errors while reading into RasterUnavailable."""
    try:
        yield
    except RasterioError as error:
        raise RasterUnavailable("the raster cannot be read; try again later") from error


def _open(path: str, **options: Any) -> Any:
    # A string, not a list of drivers: only then is a VRT, which may read the network, refused.
    try:
        return rasterio.open(path, driver="GTiff", **options)
    except RasterioIOError as error:
        if _says_missing(str(error)):
            raise RasterMissing("the dataset's raster no longer exists") from error
        raise RasterUnavailable("the raster cannot be opened; try again later") from error


def _says_missing(message: str) -> bool:
    hints = ("No such file", "does not exist", "HTTP response code: 404", "NoSuchKey")
    return any(hint in message for hint in hints)


def _has_mask(dataset: Any) -> bool:
    """Whether a mask or alpha band hides pixels; nodata does not, it is a value like any other."""
    return MaskFlags.per_dataset in dataset.mask_flag_enums[0]


def _gather(read: Read, dataset: Any, columns: Indices, rows: Indices) -> Values:
    window = _hull(columns, rows)
    if window.width * window.height > _LARGEST_WINDOW:
        return _gather_by_blocks(read, dataset, columns, rows)
    values = read(window)
    columns, rows = columns - window.col_off, rows - window.row_off
    if columns.shape[0] == 1 and rows.shape[-1] == 1:
        return np.asarray(values.take(rows[:, 0], 0).take(columns[0], 1))
    return np.asarray(values.take(rows * window.width + columns))


def _gather_by_blocks(read: Read, dataset: Any, columns: Indices, rows: Indices) -> Values:
    """As `_gather`, but never more than a block or the largest window in memory."""
    columns, rows = np.broadcast_arrays(columns, rows)
    shape, columns, rows = rows.shape, columns.ravel(), rows.ravel()
    block_height, block_width = dataset.block_shapes[0]
    block_height = min(block_height, max(1, _LARGEST_WINDOW // block_width))
    blocks = rows // block_height * -(-dataset.width // block_width) + columns // block_width
    order = np.argsort(blocks, kind="stable")
    starts = np.flatnonzero(np.diff(blocks[order], prepend=-1))
    values = np.empty(rows.size, dataset.dtypes[0])
    for members in np.split(order, starts[1:]):
        window = _hull(columns[members], rows[members])
        found = read(window)
        values[members] = found[rows[members] - window.row_off, columns[members] - window.col_off]
    return values.reshape(shape)


def _hull(columns: Indices, rows: Indices) -> Window:
    left, top = int(columns.min()), int(rows.min())
    return Window(left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
