"""Map tiles of categorical rasters, every pixel right.

Each pixel of a tile has the class of the source pixel that holds its centre. How it works:

1. `centres` says where the tile's pixel centres fall in the raster. In longitude and latitude, and
   in Web Mercator, that is a formula per axis. In other CRSs PROJ is asked at 9 x 9 points of a
   region, and two small matrix products give all pixels of a tile in it (`patches`, `chebyshev`).
   The error is estimated on every region and held below 1e-5 source pixels by cutting it up.
2. `raster` takes the coarsest overview that is no coarser than the tile's pixels, if overviews are
   copies of pixels and not averages (`overviews` says what is guaranteed), and reads one window.
   Windows of more than 4 million pixels are read block by block (`level`).
3. `palette` turns values into colours: by a table, or by bisection where values are far apart.
4. `png` writes as few bits a pixel as the colours need.

A raster that falls between the pixel centres shows as one pixel in its commonest colour. Every call
needs an open rasterio.Env: without one rasterio makes an AWS session each time. Nothing here is for
several threads at once. What is kept, besides open files, is bounded where it is made.

Measured with stock Terracotta's `handlers.singleband` in turn, tile by tile, on a machine with two
busy cores: 9 classes in UTM at zooms 10, 12 and 14, medians 62, 25 and 16 times as fast, and 16, 14
and 15 times with TC_RASTER_CACHE_COMPRESS_LEVEL=1; 0.64, 0.55 and 0.49 of the bytes. With more than
16 colours in a busy tile bytes come to 0.9. Without the web framework, 400 classes took 0.9 to 1.4
times as long as 4.
"""

from handler.tiles.palette import Palette
from handler.tiles.raster import Raster
from handler.tiles.render import READER_VERSION, render_preview, render_tile

__all__ = ["READER_VERSION", "Palette", "Raster", "render_preview", "render_tile"]
