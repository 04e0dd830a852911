"""Pictures of a categorical raster: map tiles and previews."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handler.tiles.frame import Frame, bounds_frame, tile_frame
from handler.tiles.level import Level
from handler.tiles.overviews import OverviewsRejected
from handler.tiles.palette import Palette
from handler.tiles.places import Places, pixels_at, within
from handler.tiles.png import encode
from handler.tiles.raster import Raster, reading

READER_VERSION = "1"

# A raster that no pixel centre hits is sampled at this many places a side.
_SAMPLES = 16

Size = tuple[int, int]
Indices = NDArray[Any]


def render_tile(
    raster: Raster, z: int, x: int, y: int, palette: Palette, size: Size = (256, 256)
) -> bytes:
    """A PNG of the XYZ tile, `size` = (width, height) pixels; transparent where nothing is.

    Raises ValueError if zoom `z` has no such tile, RasterUnavailable if the raster cannot be read.
    """
    return _render(raster, tile_frame(z, x, y, size), palette)


def render_preview(raster: Raster, palette: Palette, size: Size = (256, 256)) -> bytes:
    """A PNG of the whole raster in Web Mercator, squeezed into `size`, as Terracotta does it.

    Transparent if all of it lies beyond the map, which ends at 85.06 degrees. Raises
    RasterUnavailable if the raster cannot be read.
    """
    left, bottom, right, top = bounds = raster.placement.bounds()
    if not (left < right and bottom < top):
        return _transparent(*size)
    return _render(raster, bounds_frame(bounds, size), palette)


def _render(raster: Raster, frame: Frame, palette: Palette) -> bytes:
    with reading():
        try:
            indices = _indices(raster, frame, palette)
        except OverviewsRejected:
            indices = _indices(raster, frame, palette)
    if indices is None:
        return _transparent(frame.width, frame.height)
    return encode(indices, palette.rgba)


def _indices(raster: Raster, frame: Frame, palette: Palette) -> Indices | None:
    """The frame's pixels as places in the palette's colours, None where the raster is not."""
    centres = raster.placement.locate(frame)
    if centres.step == np.inf:
        return _dot(raster, frame, palette)
    level = raster.level(centres.step)
    pixels = pixels_at(*centres.points(level.across, level.down))
    places, inside = within(pixels, level.width, level.height)
    if places is None:
        return _dot(raster, frame, palette)
    drawn = _drawn(level, places, raster, palette)
    if drawn.shape == (frame.height, frame.width):
        return drawn
    indices = np.zeros((frame.height, frame.width), palette.index_type)
    indices[inside] = drawn.ravel()
    return indices


def _drawn(level: Level, places: Places, raster: Raster, palette: Palette) -> Indices:
    """Colour indices of these pixels; a hidden one has none unless it is nodata with a colour."""
    values = raster.values(level, places)
    indices = palette.index(values)
    if not level.has_mask:
        return indices
    hidden = level.hidden(places)
    if palette.names(raster.nodata):
        hidden &= values != raster.nodata
    return np.where(hidden, 0, indices)


def _dot(raster: Raster, frame: Frame, palette: Palette) -> Indices | None:
    """The frame of a raster that falls between the pixel centres: one pixel at its middle.

    The pixel has the raster's commonest colour among an even sample of its coarsest level.
    """
    pixel = frame.pixel_of(*raster.placement.middle)
    if pixel is None:
        return None
    level = raster.level(np.inf)
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    places = pixels_at(steps[np.newaxis] * level.width, steps[:, np.newaxis] * level.height)
    counts = np.bincount(_drawn(level, places, raster, palette).ravel())
    counts[0] = 0
    indices = np.zeros((frame.height, frame.width), palette.index_type)
    indices[pixel] = counts.argmax()
    return indices


@lru_cache(maxsize=16)
def _transparent(width: int, height: int) -> bytes:
    return encode(np.zeros((height, width), np.uint8), np.zeros((1, 4), np.uint8))
