"""Opening an upload: a GeoTIFF and nothing else, checked before its pixels are read."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio import DatasetReader
from rasterio._err import CPLE_BaseError
from rasterio.errors import NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.session import DummySession

from categorical.errors import shown
from ingest.errors import (
    BlockTooLarge,
    EmptyFile,
    ForeignOverviews,
    NoCrs,
    NoGeoreferencing,
    NotARaster,
    SeveralBands,
    TooLarge,
    UnreadableRaster,
    UnsupportedDataType,
)

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def gdal_environment(cache_bytes: int) -> rasterio.Env:
    """The GDAL options that ingestion always works under.

    No file beside the upload is looked for or written, no AWS session is built (files are local),
    and the cache of blocks is bounded.
    """
    return rasterio.Env(
        session=DummySession(),
        GDAL_CACHEMAX=cache_bytes,
        GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR",
        GDAL_PAM_ENABLED="NO",
        GDAL_TIFF_INTERNAL_MASK="YES",
    )


@contextmanager
def open_raster(path: Path, threads: int = 1) -> Iterator[DatasetReader]:
    """The upload, opened by the GTiff driver alone: others may read the network or local files.

    Raises EmptyFile, NotARaster, UnreadableRaster or ForeignOverviews.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise EmptyFile("the file is empty")
    if start not in _TIFF:
        raise NotARaster(f"the file is no GeoTIFF: it begins with {start!r}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a verdict of its own
            dataset = rasterio.open(path, driver="GTiff", NUM_THREADS=threads)
    except RasterioError as error:
        raise UnreadableRaster(f"GDAL cannot open the GeoTIFF: {_words(error, path)}") from error
    with dataset:
        _check_overviews(dataset)
        yield dataset


def _check_overviews(dataset: DatasetReader) -> None:
    """Before anybody asks how many there are: GDAL would open the file or URL then, by any driver.

    https://gdal.org/en/stable/user/raster_data_model.html has OVERVIEW_FILE in this domain.
    """
    named = dataset.tags(ns="OVERVIEWS")
    if named:
        raise ForeignOverviews(f"its metadata names another file's overviews: {shown(named)}")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns a failure to read a local file into UnreadableRaster.

    rasterio lets GDAL's own errors through where an attribute is read late, as a broken directory
    of the file makes it.
    """
    try:
        yield
    except (RasterioIOError, CPLE_BaseError) as error:
        cause = error.__cause__ or error
        raise UnreadableRaster(f"not all pixels can be read: {_words(cause, path)}") from error


def check_shape(dataset: DatasetReader, max_pixels: int, max_block_bytes: int) -> None:
    """Raises TooLarge, SeveralBands, UnsupportedDataType or BlockTooLarge."""
    pixels = dataset.width * dataset.height
    if pixels > max_pixels:
        raise TooLarge(
            f"it has {dataset.width:,} x {dataset.height:,} pixels, more than {max_pixels:,}"
        )
    if dataset.count != 1:
        raise SeveralBands(f"it has {dataset.count} bands instead of one")
    if np.dtype(dataset.dtypes[0]).kind not in "iuf":
        raise UnsupportedDataType(f"its pixels are of the type {dataset.dtypes[0]}")
    height, width = dataset.block_shapes[0]
    block = height * width * np.dtype(dataset.dtypes[0]).itemsize
    if block > max_block_bytes:
        raise BlockTooLarge(
            f"its blocks of {width:,} x {height:,} pixels have {block:,} bytes, more than "
            f"{max_block_bytes:,}"
        )


def check_place(dataset: DatasetReader) -> None:
    """Raises NoGeoreferencing or NoCrs."""
    transform = dataset.transform
    if transform.is_identity and (points := len(dataset.gcps[0])):
        raise NoGeoreferencing(f"it has {points} ground control points and no geotransform")
    if transform.is_identity:
        raise NoGeoreferencing("it has no geotransform: nothing says where its pixels lie")
    if not np.isfinite(transform[:6]).all() or transform.is_degenerate:
        raise NoGeoreferencing(f"its geotransform {tuple(transform)[:6]} has no area")
    if dataset.crs is None:
        raise NoCrs("it has no coordinate reference system")


def _words(error: BaseException, path: Path) -> str:
    """GDAL's message without our local path."""
    return str(error).replace(f"{path.parent}/", "")
