"""Raster files kept open between requests, and the GDAL settings under which they are read.

GDAL takes the AWS credentials itself, from where boto3 would (environment, profile, web identity,
container or instance role), and at an open renews those that expired. rasterio is therefore told
to leave sessions alone: built by boto3 they cost 9 ms each and keep their credentials.
"""

import os
from collections.abc import Callable
from contextlib import closing
from threading import Lock
from typing import TypeVar

import rasterio
from rasterio.session import DummySession

from handler.cache import Cache
from handler.catalog import Dataset
from handler.errors import RasterUnavailable
from handler.parameters import Size
from handler.settings import Settings
from handler.tiles import Palette, Raster, render_preview, render_tile

Tile = tuple[int, int, int]
Result = TypeVar("Result")


class Rasters:
    """Draws tiles and lends rasters; keeps those it needed last open.

    One request at a time, on whatever thread: GDAL's datasets are not to be shared.
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
        return self.use(dataset, lambda raster: _draw(raster, tile, palette, size))

    def use(self, dataset: Dataset, work: Callable[[Raster], Result]) -> Result:
        """What `work` makes of the dataset's open raster.

        Done twice where a raster that was open since long cannot be read any more. Raises
        RasterMissing, RasterUnavailable.
        """
        with self._lock, rasterio.Env(session=DummySession(), **self._options):
            raster = self._open.get(dataset.path)
            if raster is not None:
                try:
                    return work(raster)
                except RasterUnavailable:  # perhaps S3 refused credentials that expired since
                    self._open.drop(dataset.path)
            return work(self._opened(dataset))

    def use_two(
        self, first: Dataset, second: Dataset, work: Callable[[Raster, Raster], Result]
    ) -> Result:
        """As `use`, of two rasters at a time; the second one does not stay open."""

        def with_second(raster: Raster) -> Result:
            with closing(self._new(second)) as other:
                return work(raster, other)

        return self.use(first, with_second)

    def _opened(self, dataset: Dataset) -> Raster:
        # What the ingestion published never changes; any other file may be replaced.
        ttl = self._ttl if dataset.version is None else float("inf")
        return self._open.put(dataset.path, self._new(dataset), ttl)

    def _new(self, dataset: Dataset) -> Raster:
        return Raster.open(_gdal_path(dataset.path), dataset.values)


def _gdal_path(path: str) -> str:
    """As GDAL has it: for `s3://` rasterio would make a session, whatever it was told."""
    return f"/vsis3/{path.removeprefix('s3://')}" if path.startswith("s3://") else path


def _draw(raster: Raster, tile: Tile | None, palette: Palette, size: Size) -> bytes:
    if tile is None:
        return render_preview(raster, palette, size)
    return render_tile(raster, *tile, palette, size)


def _gdal_options(settings: Settings) -> dict[str, object]:
    """Options that bound memory and make an open one request; the environment's win, as always."""
    options = {
        "GDAL_CACHEMAX": settings.gdal_cache_bytes,
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
