"""Pixels and area of each class: in a whole raster, or inside polygons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from categorical.classes import Class
from handler.areas.class_index import ClassIndex
from handler.areas.geojson import Polygon
from handler.areas.grid import Grid
from handler.areas.outline import trace
from handler.areas.pixel_areas import PixelAreas
from handler.areas.scan import finest, whole, windows
from handler.areas.tally import Tally, tally
from handler.areas.zone import Zone
from handler.errors import TooLarge
from handler.tiles import Raster
from handler.tiles.level import Level


@dataclass(frozen=True)
class Statistics:
    """What there is of each class.

    `resolution` is how many native pixels wide the pixels were that were read, None if none were:
    then nothing is known but what was registered. At a resolution other than 1 areas are estimated,
    and counts too unless they were registered.
    """

    tally: Tally
    resolution: float | None
    exact_counts: bool
    exact_areas: bool


def measure_raster(
    raster: Raster, classes: Sequence[Class], registered: Mapping[int, int], most_pixels: int
) -> Statistics:
    """Statistics of the whole raster.

    `registered` are its native pixels by value, if all classes were counted: then nothing is read
    where all pixels have the same area, and otherwise what is read only tells how large a class's
    pixels are on average. Raises TooLarge if more than `most_pixels` had to be read, and
    RasterUnavailable.
    """
    sizes = PixelAreas(Grid.of(raster))
    known = _known(classes, registered)
    if known is not None and sizes.constant is not None:
        return Statistics(Tally(known, known * sizes.constant), None, True, True)
    level = finest(raster, lambda each: whole(each).size <= most_pixels)
    if level is None:
        raise TooLarge(
            f"the raster has no overview of at most {most_pixels:,} pixels: upload it once more, "
            "the ingestion makes some, or ask for statistics inside a polygon"
        )
    pieces = ((window, None) for window in windows(level))
    found = tally(level, pieces, ClassIndex(classes, raster.nodata), sizes)
    exact = _is_native(level)
    if known is None or exact:
        return Statistics(found, level.across, exact, exact)
    return Statistics(_spread(known, found), level.across, True, False)


def measure_polygons(
    raster: Raster, classes: Sequence[Class], polygons: Sequence[Polygon], most_pixels: int
) -> Statistics:
    """Statistics of the pixels whose centre lies inside any of the polygons.

    From the finest level of which no more than `most_pixels` are covered. Raises TooLarge if none
    is coarse enough, InvalidParameter for outlines that leave the raster's CRS, RasterUnavailable.
    """
    grid = Grid.of(raster)
    outlines = trace(polygons, grid)
    level = finest(raster, lambda each: Zone(each, outlines).fits(most_pixels))
    if level is None:
        raise TooLarge(
            f"the outline covers more than {most_pixels:,} pixels, also of the raster's coarsest "
            "overview, or crosses itself too often: ask in parts"
        )
    index, sizes = ClassIndex(classes, raster.nodata), PixelAreas(grid)
    found = tally(level, Zone(level, outlines).pieces(), index, sizes)
    return Statistics(found, level.across, _is_native(level), _is_native(level))


def _known(classes: Sequence[Class], registered: Mapping[int, int]) -> NDArray[np.float64] | None:
    """Registered counts by the numbers of a ClassIndex, None if one is missing."""
    if not all(item.value in registered for item in classes):
        return None
    return np.array([*(registered[item.value] for item in classes), 0, 0], np.float64)


def _spread(known: NDArray[np.float64], found: Tally) -> Tally:
    """Counts that are known, with the mean area that a class's pixels were found to have.

    A class too rare to be found has the mean area of all pixels.
    """
    mean = found.areas.sum() / found.counts.sum()
    means = np.divide(
        found.areas, found.counts, out=np.full(known.shape, mean), where=found.counts > 0
    )
    counts = np.concatenate([known[:-2], found.counts[-2:]])
    return Tally(counts, counts * means)


def _is_native(level: Level) -> bool:
    return level.across == level.down == 1
