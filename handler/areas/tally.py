"""Pixels and square metres per class: of a whole level, or of a zone on it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from handler.areas.class_index import ClassIndex
from handler.areas.fill import Mask
from handler.areas.pixel_areas import PixelAreas
from handler.areas.scan import read_classes
from handler.tiles.level import Level

Piece = tuple[Window, Mask | None]
"""A window, and which of its pixels count; None stands for all."""


@dataclass(frozen=True)
class Tally:
    """By the numbers of a ClassIndex: `counts` in native pixels, `areas` in m2."""

    counts: NDArray[np.float64]
    areas: NDArray[np.float64]


def tally(level: Level, pieces: Iterable[Piece], index: ClassIndex, sizes: PixelAreas) -> Tally:
    """What the pieces of `level` hold, read one after the other. Raises RasterUnavailable."""
    counts, areas = np.zeros(index.size), np.zeros(index.size)
    for window, mask in pieces:
        numbers = read_classes(level, window, index)
        size = np.broadcast_to(sizes.of(window, level.across, level.down), numbers.shape)
        chosen = ... if mask is None else mask
        found = numbers[chosen].ravel()
        counts += np.bincount(found, minlength=index.size)
        areas += np.bincount(found, size[chosen].ravel(), minlength=index.size)
    return Tally(counts * (level.across * level.down), areas)
