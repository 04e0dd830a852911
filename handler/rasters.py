"""Raster files kept open between requests, and the GDAL settings under which they are read.

GDAL takes the AWS credentials itself, from where boto3 would (environment, profile, web identity,
container or instance role), and at an open renews those that expired. rasterio is therefore told
to leave sessions alone: built by boto3 they cost 9 ms each and keep their credentials.
"""

import os
from threading import Lock

import rasterio
from rasterio.session import DummySession

from handler.cache import Cache
from handler.catalog import Dataset
from handler.errors import RasterUnavailable
from handler.parameters import Size
from handler.settings import Settings
from handler.tiles import Palette, Raster, render_preview, render_tile

Tile = tuple[int, int, int]


class Rasters:
    """Draws tiles; keeps the rasters it needed last open.

    One tile at a time, on whatever thread: GDAL's datasets are not to be shared.
    """

    def __init__(self, settings: Settings) -> None:
        self._ttl = settings.dataset_ttl
        self._options = _gdal_options(settings)
        self._open: Cache[str, Raster] = Cache(settings.max_rasters, discard=Raster.close)
        self._lock = Lock()

    def draw(self, dataset: Dataset, tile: Tile | None, palette: Palette, size: Size) -> bytes:
        """A PNG of the tile z, x, y, or of the whole raster if `tile` is None.

        `size` is width and height. Raises RasterMissing, RasterUnavailable.
        """
        with self._lock, rasterio.Env(session=DummySession(), **self._options):
            raster = self._open.get(dataset.path)
            if raster is not None:
                try:
                    return _draw(raster, tile, palette, size)
                except RasterUnavailable:  # perhaps S3 refused credentials that expired since
                    self._open.drop(dataset.path)
            return _draw(self._opened(dataset), tile, palette, size)

    def _opened(self, dataset: Dataset) -> Raster:
        # What the ingestion published never changes; any other file may be replaced.
        ttl = self._ttl if dataset.version is None else float("inf")
        raster = Raster.open(_gdal_path(dataset.path), dataset.values)
        return self._open.put(dataset.path, raster, ttl)


def _gdal_path(path: str) -> str:
    """As GDAL has it: for `s3://` rasterio would make a session, whatever it was told."""
    return f"/vsis3/{path.removeprefix('s3://')}" if path.startswith("s3://") else path


def _draw(raster: Raster, tile: Tile | None, palette: Palette, size: Size) -> bytes:
    if tile is None:
        return render_preview(raster, palette, size)
    return render_tile(raster, *tile, palette, size)


def _gdal_options(settings: Settings) -> dict[str, object]:
    """Options that make an open one request; the environment's win, as always with GDAL."""
    options = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_INGESTED_BYTES_AT_OPEN": 32768,
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".tif,.tiff,.TIF,.TIFF",
        # A closed file's bytes are forgotten: after a replacement old ones would come back.
        "CPL_VSIL_CURL_NON_CACHED": "/vsis3/",
        "GDAL_HTTP_CONNECTTIMEOUT": settings.s3_timeout / 2,
        "GDAL_HTTP_TIMEOUT": settings.s3_timeout,
        "GDAL_HTTP_MAX_RETRY": 1,
        "GDAL_HTTP_RETRY_DELAY": 0.2,
    }
    return {name: value for name, value in options.items() if name not in os.environ}
