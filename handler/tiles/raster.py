"""An open raster: its place on earth, its native pixels and its overviews."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import rasterio
from affine import TransformNotInvertibleError
from rasterio._err import CPLE_BaseError
from rasterio.errors import CRSError, RasterioError, RasterioIOError

from handler.errors import RasterMissing, RasterUnavailable
from handler.tiles.centres import Placement
from handler.tiles.level import Level, Values, make_level
from handler.tiles.overviews import OverviewsRejected, are_copies
from handler.tiles.places import Places

_NO_PLACE = (RasterioError, CRSError, CPLE_BaseError, TransformNotInvertibleError)
# Overviews may be coarser than a tile's pixels by this part, which is rounding.
_ROUNDING = 1e-6
# So many known values besides nodata in one tile, and none that is foreign, prove an overview:
# there would be averages where they meet.
_ENOUGH = 2


class Raster:
    """The first band of a GeoTIFF open for reading; not for several threads at once.

    The caller holds a rasterio.Env open around every call: without one rasterio makes an AWS
    session in each. `nodata` is None if the raster has none.
    """

    def __init__(self, path: str, native: Any, known_values: Collection[float]) -> None:
        self.crs, self.nodata = native.crs, native.nodata
        self.placement = Placement(native.crs, native.transform, native.width, native.height)
        self._path, self._native = path, native
        self._known = {*known_values, native.nodata} if known_values else set()
        self._unproven: set[float] = set()
        self._levels = [make_level(native, native)]
        self._unopened = native.overviews(1)

    @classmethod
    def open(cls, path: str, known_values: Collection[float] | None = None) -> "Raster":
        """The raster at `path` (s3://, /vsi... or local).

        `known_values` are all values that it is known to hold besides nodata. With them overviews
        are judged by the pixels that tiles show, and dropped with the first that is foreign;
        without them by a look at native pixels when overviews are first needed. Raises
        RasterMissing if there is no such file, RasterUnavailable if it cannot be read, holds
        complex numbers or has no place on earth.
        """
        native = _open(path)
        try:
            if native.dtypes[0].startswith("complex"):
                raise RasterioError("complex numbers are no classes")
            return cls(path, native, known_values or ())
        except _NO_PLACE as error:
            native.close()
            raise RasterUnavailable("the raster has no classes, or no place on earth") from error

    def close(self) -> None:
        """Close the file; nothing can be read any more."""
        for level in self._levels:
            level.dataset.close()

    def level(self, step: float) -> Level:
        """The coarsest level whose pixels are no larger than `step` native pixels."""
        largest = max(1.0, step) * (1 + _ROUNDING)
        if self._unopened and largest >= min(self._unopened):
            self._open_overviews()
        fitting = [level for level in self._levels if max(level.across, level.down) <= largest]
        return max(fitting, key=lambda level: level.across)

    def values(self, level: Level, places: Places) -> Values:
        """The level's pixels at these places, in their shape.

        Raises OverviewsRejected if they show that the overviews are averages.
        """
        values = level.values(places)
        if level.across in self._unproven:
            self._prove(level, values)
        return values

    def _open_overviews(self) -> None:
        """Opens the overviews; keeps them if the raster's values are known or they are copies."""
        overviews = [_open(self._path, overview_level=i) for i in range(len(self._unopened))]
        self._unopened = []
        self._levels += [make_level(dataset, self._native) for dataset in overviews]
        if self._known:
            self._unproven = {level.across for level in self._levels[1:]}
        elif not are_copies(self._native, overviews):
            self._drop_overviews()

    def _prove(self, level: Level, values: Values) -> None:
        found = set(np.unique(values).tolist())
        if not found <= self._known:
            self._drop_overviews()
            raise OverviewsRejected
        if len(found - {self.nodata}) >= _ENOUGH:
            self._unproven.discard(level.across)

    def _drop_overviews(self) -> None:
        for level in self._levels[1:]:
            level.dataset.close()
        self._levels, self._unproven = self._levels[:1], set()


@contextmanager
def reading() -> Iterator[None]:
    """Turns rasterio's errors while reading into RasterUnavailable."""
    try:
        yield
    except RasterioError as error:
        raise RasterUnavailable("the raster cannot be read; try again later") from error


def _open(path: str, **options: Any) -> Any:
    # A string, not a list of drivers: only then is a VRT, which may read the network, refused.
    try:
        dataset = rasterio.open(path, driver="GTiff", **options)
    except RasterioIOError as error:
        if _says_missing(str(error)):
            raise RasterMissing("the dataset's raster no longer exists") from error
        raise RasterUnavailable("the raster cannot be opened; try again later") from error
    # GDAL would open the file or URL that OVERVIEW_FILE names, by any driver, when it is first
    # asked about overviews. Ingestion publishes none; a raster registered by hand may have it.
    if dataset.tags(ns="OVERVIEWS"):
        dataset.close()
        raise RasterUnavailable("the raster names another file's overviews: write it anew")
    return dataset


def _says_missing(message: str) -> bool:
    hints = ("No such file", "does not exist", "HTTP response code: 404", "NoSuchKey")
    return any(hint in message for hint in hints)
