"""Map tiles of categorical rasters, every pixel right."""

from handler.tiles.palette import Palette
from handler.tiles.raster import Raster
from handler.tiles.render import READER_VERSION, render_preview, render_tile

__all__ = ["READER_VERSION", "Palette", "Raster", "render_preview", "render_tile"]
