"""One level of a raster, native or overview, and its pixels at scattered places."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.windows import Window

# Pixels that one read may hold in memory; of a larger window only the blocks needed are read, one
# after the other. 32 MiB of 64-bit pixels.
_LARGEST_WINDOW = 1 << 22

Values = NDArray[Any]
Places = NDArray[np.intp]
_Read = Callable[[Window], Values]


@dataclass(frozen=True)
class Level:
    """An open dataset whose pixels are `across` native pixels wide and `down` high.

    Columns and rows of places broadcast: (1, n) and (m, 1) stand for a grid of m x n places.
    """

    dataset: Any
    width: int
    height: int
    across: float
    down: float
    has_mask: bool

    def values(self, columns: Places, rows: Places) -> Values:
        """The pixels at these places, in the shape that both broadcast to."""
        return self._gather(lambda window: self.dataset.read(1, window=window), columns, rows)

    def hidden(self, columns: Places, rows: Places) -> NDArray[np.bool_]:
        """Whether the raster's own mask or alpha band hides the pixels at these places."""
        mask = self._gather(lambda window: self.dataset.read_masks(1, window=window), columns, rows)
        return np.equal(mask, 0)

    def _gather(self, read: _Read, columns: Places, rows: Places) -> Values:
        window = _hull(columns, rows)
        if window.width * window.height > _LARGEST_WINDOW:
            return self._gather_by_blocks(read, columns, rows)
        return _pick(read(window), columns - window.col_off, rows - window.row_off)

    def _gather_by_blocks(self, read: _Read, columns: Places, rows: Places) -> Values:
        """As `_gather`, with no more than one block or the largest window in memory."""
        columns, rows = np.broadcast_arrays(columns, rows)
        shape, columns, rows = rows.shape, columns.ravel(), rows.ravel()
        block_height, block_width = self.dataset.block_shapes[0]
        block_height = min(block_height, max(1, _LARGEST_WINDOW // block_width))
        blocks_across = -(-self.width // block_width)
        blocks = rows // block_height * blocks_across + columns // block_width
        order = np.argsort(blocks, kind="stable")
        starts = np.flatnonzero(np.diff(blocks[order])) + 1
        found = []
        for members in np.split(order, starts):
            window = _hull(columns[members], rows[members])
            places = columns[members] - window.col_off, rows[members] - window.row_off
            found.append(_pick(read(window), *places))
        values = np.empty(rows.size, found[0].dtype)
        values[order] = np.concatenate(found)
        return values.reshape(shape)


def make_level(dataset: Any, native: Any) -> Level:
    """`dataset` as a level of `native`, which may be the same."""
    return Level(
        dataset,
        dataset.width,
        dataset.height,
        native.width / dataset.width,
        native.height / dataset.height,
        # Nodata hides nothing here: it is a value like any other, drawn if it has a colour.
        MaskFlags.per_dataset in dataset.mask_flag_enums[0],
    )


def _pick(values: Values, columns: Places, rows: Places) -> Values:
    if columns.ndim == 2 and columns.shape[0] == 1 and rows.shape[1] == 1:
        return np.asarray(values.take(rows[:, 0], 0).take(columns[0], 1))
    return np.asarray(values.take(rows * values.shape[1] + columns))


def _hull(columns: Places, rows: Places) -> Window:
    left, top = int(columns.min()), int(rows.min())
    return Window(left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
