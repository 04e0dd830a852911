"""An open raster: its place on earth, its native pixels and its overviews."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import rasterio
from affine import TransformNotInvertibleError
from rasterio._err import CPLE_BaseError
from rasterio.errors import CRSError, RasterioError, RasterioIOError

from handler.errors import RasterMissing, RasterUnavailable
from handler.tiles.centres import Placement
from handler.tiles.level import Level, make_level
from handler.tiles.overviews import are_faithful

_NO_PLACE = (RasterioError, CRSError, CPLE_BaseError, TransformNotInvertibleError)
# Overviews may be coarser than a tile's pixels by this part, which is rounding.
_ROUNDING = 1e-6


class Raster:
    """The first band of a GeoTIFF open for reading; not for several threads at once.

    The caller holds a rasterio.Env open around every call: without one rasterio makes an AWS
    session in each. `nodata` is None if the raster has none.
    """

    def __init__(self, path: str, native: Any, known_values: Iterable[float]) -> None:
        self.crs, self.nodata = native.crs, native.nodata
        self.placement = Placement(native.crs, native.transform, native.width, native.height)
        self._path, self._native = path, native
        self._known = frozenset(known_values)
        self._levels = [make_level(native, native)]
        self._unopened = native.overviews(1)

    @classmethod
    def open(cls, path: str, known_values: Iterable[float] | None = None) -> "Raster":
        """The raster at `path` (s3://, /vsi... or local).

        `known_values` are all values that it is known to hold besides nodata: with them its
        overviews are judged without a look at native pixels. Raises RasterMissing if there is no
        such file, RasterUnavailable if it cannot be read or has no place on earth.
        """
        native = _open(path)
        try:
            return cls(path, native, known_values or ())
        except _NO_PLACE as error:
            native.close()
            raise RasterUnavailable("the raster has no place on earth that is known") from error

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

    def _open_overviews(self) -> None:
        """Opens the overviews if they are faithful; once."""
        overviews = [_open(self._path, overview_level=i) for i in range(len(self._unopened))]
        self._unopened = []
        known = self._known | {self.nodata} if self._known else self._known
        if are_faithful(self._native, overviews, known):
            self._levels += [make_level(dataset, self._native) for dataset in overviews]
        else:
            for dataset in overviews:
                dataset.close()


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
        return rasterio.open(path, driver="GTiff", **options)
    except RasterioIOError as error:
        if _says_missing(str(error)):
            raise RasterMissing("the dataset's raster no longer exists") from error
        raise RasterUnavailable("the raster cannot be opened; try again later") from error


def _says_missing(message: str) -> bool:
    hints = ("No such file", "does not exist", "HTTP response code: 404", "NoSuchKey")
    return any(hint in message for hint in hints)
