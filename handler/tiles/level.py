"""One level of a raster, native or overview, and its pixels at scattered places."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from handler.tiles.places import Places

# Pixels that one read may hold in memory; of a larger window only the blocks needed are read, one
# after the other. 32 MiB of 64-bit pixels.
_LARGEST_WINDOW = 1 << 22

Values = NDArray[Any]
_Read = Callable[[Window], Values]


@dataclass(frozen=True)
class Level:
    """An open dataset whose pixels are `across` native pixels wide and `down` high."""

    dataset: Any
    width: int
    height: int
    across: float
    down: float
    has_mask: bool

    def values(self, places: Places) -> Values:
        """The pixels at these places, in their shape."""
        return self._gather(lambda window: self.dataset.read(1, window=window), places)

    def hidden(self, places: Places) -> NDArray[np.bool_]:
        """Whether the raster's own mask or alpha band hides the pixels at these places."""
        mask = self._gather(lambda window: self.dataset.read_masks(1, window=window), places)
        return np.equal(mask, 0)

    def _gather(self, read: _Read, places: Places) -> Values:
        if places.hull.width * places.hull.height > _LARGEST_WINDOW:
            return self._gather_by_blocks(read, places.scattered).reshape(places.shape)
        return places.pick(read(places.hull))

    def _gather_by_blocks(self, read: _Read, places: Places) -> Values:
        """As `_gather`, with no more than one block or the largest window in memory."""
        blocks = self._blocks(places)
        order = np.argsort(blocks, kind="stable")
        starts = np.flatnonzero(np.diff(blocks[order])) + 1
        parts = [places.chosen(members) for members in np.split(order, starts)]
        found = np.concatenate([part.pick(read(part.hull)) for part in parts])
        values = np.empty_like(found)
        values[order] = found
        return values

    def _blocks(self, places: Places) -> NDArray[np.int64]:
        """The number of the file's block that holds each place; of blocks too large, of a part."""
        height, width = self.dataset.block_shapes[0]
        height = min(height, max(1, _LARGEST_WINDOW // width))
        across = -(-self.width // width)
        blocks = places.rows.astype(np.int64) // height * across + places.columns // width
        return np.asarray(blocks)


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
