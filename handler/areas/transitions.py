"""What became of each class from one raster to another, on the grid of the first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from categorical.classes import Class
from handler.areas.class_index import ClassIndex
from handler.areas.flows import Flows
from handler.areas.grid import Grid
from handler.areas.overlay import Overlay
from handler.areas.pixel_areas import PixelAreas
from handler.areas.scan import finest, read_classes, whole, windows
from handler.errors import TooLarge
from handler.tiles import Raster
from handler.tiles.level import Level


@dataclass(frozen=True)
class Limits:
    """Most `pixels` to read of each raster, and most pairs of classes to tell apart."""

    pixels: int
    pairs: int


@dataclass(frozen=True)
class Transitions:
    """How many pixels went from each class to each other.

    Row n of the arrays is for one pair: `earlier` and `later` are the numbers of a ClassIndex of
    each raster's classes, `counts` native pixels of the first raster, `areas` m2. `resolution` and
    `later_resolution` are how many native pixels wide the pixels were that were read of either; at
    others than 1 the figures are estimates.
    """

    earlier: NDArray[np.intp]
    later: NDArray[np.intp]
    counts: NDArray[np.float64]
    areas: NDArray[np.float64]
    resolution: float
    later_resolution: float

    @property
    def is_exact(self) -> bool:
        """Whether native pixels of both were compared."""
        return self.resolution == self.later_resolution == 1


def measure_transitions(
    rasters: tuple[Raster, Raster],
    classes: tuple[Sequence[Class], Sequence[Class]],
    limits: Limits,
) -> Transitions:
    """Transitions from the first of `rasters` to the second, and their `classes`.

    Each pixel of the first is compared with the pixel of the second that holds its centre. Of large
    rasters overviews are read. Raises TooLarge where one has none that is small enough, or where
    there are too many pairs, and RasterUnavailable.
    """
    first, second = rasters
    grid = Grid.of(first)
    overlay = Overlay(grid, Grid.of(second))
    level = finest(first, lambda each: whole(each).size <= limits.pixels)
    other = finest(second, lambda each: overlay.covered(each).size <= limits.pixels)
    if level is None or other is None:
        raise TooLarge(
            f"one of the two rasters has no overview of at most {limits.pixels:,} pixels: upload "
            "it once more, the ingestion makes some"
        )
    indexes = ClassIndex(classes[0], first.nodata), ClassIndex(classes[1], second.nodata)
    flows = _flows((level, other), overlay, indexes, limits.pairs)
    earlier, later = np.divmod(flows.codes, indexes[1].size)
    counts = flows.counts * (level.across * level.down)
    return Transitions(earlier, later, counts, flows.areas, level.across, other.across)


def _flows(
    levels: tuple[Level, Level],
    overlay: Overlay,
    indexes: tuple[ClassIndex, ClassIndex],
    most_pairs: int,
) -> Flows:
    """Pairs of numbers, as the first times the second index's size plus the second."""
    (level, other), (index, other_index) = levels, indexes
    sizes, flows = PixelAreas(overlay.grid), Flows.none()
    for window in windows(level):
        numbers = read_classes(level, window, index)
        codes = numbers * other_index.size + overlay.read(window, level, other, other_index)
        areas = np.broadcast_to(sizes.of(window, level.across, level.down), codes.shape)
        flows += Flows.of(codes.ravel(), areas.ravel(), index.size * other_index.size)
        if len(flows.codes) > most_pairs:
            raise TooLarge(
                f"pixels went between more than {most_pairs:,} pairs of classes, too many to list"
            )
    return flows
