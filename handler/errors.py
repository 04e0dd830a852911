"""What can go wrong with a request: class is code, text names the value and the remedy.

A text may be shown to anybody, so none names a path, a bucket or a database. Such detail travels
as the error's cause (`raise ... from error`) and ends in the log.
"""

import re


class HandlerError(Exception):
    """Base of every error that the tile API raises on purpose."""

    @property
    def code(self) -> str:
        """Stable name of the error, the class name in snake case: `raster_missing`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()


class InvalidParameter(HandlerError):
    """A path or query parameter that the caller can mend."""


class DatasetNotFound(HandlerError):
    """No dataset is registered under these keys."""


class NotCategorical(HandlerError):
    """The dataset is registered, but without classes."""


class RasterMissing(HandlerError):
    """The dataset is registered, but its raster no longer exists."""


class RasterUnavailable(HandlerError):
    """The raster cannot be read: S3 is away or refuses, or the file is broken."""


class DatabaseUnavailable(HandlerError):
    """The database cannot be reached, or is none that Terracotta made."""


class OutsideRaster(HandlerError):
    """The place that was asked for is not in the raster."""


class TooLarge(HandlerError):
    """The answer would take more time or memory than the settings allow."""


class NoDates(HandlerError):
    """No key of this database is a date, so a product has no other dates."""
