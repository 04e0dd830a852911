"""From an upload to an immutable Cloud Optimized GeoTIFF in the published bucket.

`examine` downloads an upload and finds out everything about it; `publish` stores what comes of it
under a name made from its own bytes, which is never overwritten. In between the pipeline looks for
classes, so that nothing is published that cannot be registered.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rasterio import DatasetReader
from rasterio.errors import RasterioIOError

from ingest.cog import foreign_values, layout_fault, rewrite
from ingest.conversion import to_integers
from ingest.duration import check_duration, forecast
from ingest.errors import TooManyValues
from ingest.inspection import Inspection, from_document, inspect, inspect_continuous
from ingest.keys import Keys, dataset_path
from ingest.notices import Notice, averaged_overviews, converted, rewritten
from ingest.raster import check_place, check_shape, open_raster, reading
from ingest.settings import IngestSettings
from ingest.storage import Bucket, StoredObject, check_size

_HASH_DIGITS = 20
_MAX_OVERVIEW_VALUES = 2**17


@dataclass(frozen=True)
class Examined:
    """An upload on disk, and what to do with it: `notice` says why it must be rewritten."""

    upload: StoredObject
    path: Path
    sha256: str
    inspection: Inspection
    notice: Notice | None


@dataclass(frozen=True)
class Published:
    """`path` is the raster's `s3://` address."""

    path: str
    inspection: Inspection


def examine(
    incoming: Bucket,
    upload: StoredObject,
    categorical: bool,
    folder: Path,
    settings: IngestSettings,
) -> Examined:
    """Download and check an upload. Raises Changed, or the Rejection that it deserves."""
    check_size(upload, settings.max_raster_bytes)
    path = folder / "upload.tif"
    sha256 = incoming.download(upload, path)
    with open_raster(path, settings.gdal_threads) as dataset:
        check_shape(dataset, settings.max_pixels, settings.max_block_bytes)
        check_place(dataset)
        floats = np.dtype(dataset.dtypes[0]).kind == "f"
        notice = _rewrite_reason(dataset)
        rewrites = notice is not None or (categorical and floats)
        _check_duration(dataset, upload, rewrites, settings.max_seconds)
        if not categorical:
            return Examined(upload, path, sha256, inspect_continuous(path), notice)
        if floats:
            return _examine_floats(dataset, upload, sha256, folder, settings)
        inspection = inspect(dataset, settings.max_values, folder / "embedded.vrt")
        notice = notice or _overview_fault(dataset, path, inspection)
        _check_duration(dataset, upload, notice is not None, settings.max_seconds)
    return Examined(upload, path, sha256, inspection, notice)


def _examine_floats(
    dataset: DatasetReader,
    upload: StoredObject,
    sha256: str,
    folder: Path,
    settings: IngestSettings,
) -> Examined:
    """The same for classes saved as floating point, which are rewritten as integers."""
    path = folder / "integers.tif"
    with reading(Path(dataset.name)):
        dtype = to_integers(dataset, path)
    with open_raster(path) as integers:
        inspection = inspect(integers, settings.max_values, folder / "embedded.vrt")
    return Examined(upload, path, sha256, inspection, converted(dataset.dtypes[0], dtype))


def publish(
    examined: Examined, incoming: Bucket, published: Bucket, keys: Keys, settings: IngestSettings
) -> Published:
    """Store the raster and its inspection. Raises Changed."""
    if examined.notice is None:
        key = _published_key(keys, examined.sha256)
        if not _is_there(published, key, examined.upload.size):
            published.copy_from(incoming, examined.upload, key, **_headers(settings))
        return _with_inspection(published, key, examined.inspection)
    path = examined.path.with_name("published.tif")
    _rewrite(examined, path, settings)
    key = _published_key(keys, _sha256(path))
    if not _is_there(published, key, path.stat().st_size):
        published.upload(path, key, **_headers(settings))
    notices = (*examined.inspection.notices, examined.notice)
    return _with_inspection(
        published, key, examined.inspection.model_copy(update={"notices": notices})
    )


def find_published(published: Bucket, path: str) -> Published | None:
    """The raster at an `s3://` address of the published bucket with its inspection, if kept."""
    key = path.removeprefix(f"s3://{published.name}/")
    inspection = None if key == path else from_document(published.get_json(_record_key(key)))
    if inspection is None or not is_published(published, path):
        return None
    return Published(path, inspection)


def is_published(published: Bucket, path: str) -> bool:
    """Whether there is a raster at an `s3://` address of the published bucket."""
    return published.head(path.removeprefix(f"s3://{published.name}/")) is not None


def _check_duration(
    dataset: DatasetReader, upload: StoredObject, rewrite: bool, limit: float
) -> None:
    pixel_bytes = np.dtype(dataset.dtypes[0]).itemsize
    pixels = dataset.width * dataset.height
    check_duration(forecast(upload.size, pixels, pixel_bytes, rewrite=rewrite), limit)


def _with_inspection(published: Bucket, key: str, inspection: Inspection) -> Published:
    published.put_json(_record_key(key), inspection.to_document())
    return Published(f"s3://{published.name}/{key}", inspection)


def _rewrite_reason(dataset: DatasetReader) -> Notice | None:
    fault = layout_fault(dataset)
    return rewritten(fault) if fault else None


def _overview_fault(dataset: DatasetReader, path: Path, inspection: Inspection) -> Notice | None:
    levels = len(dataset.overviews(1))
    try:
        foreign = foreign_values(path, inspection.counts, levels, _MAX_OVERVIEW_VALUES)
    except RasterioIOError:
        return rewritten("its overviews cannot be read")
    except TooManyValues:
        return averaged_overviews([])
    return averaged_overviews(foreign) if foreign else None


def _rewrite(examined: Examined, path: Path, settings: IngestSettings) -> None:
    with open_raster(examined.path, settings.gdal_threads) as dataset:
        rewrite(
            dataset,
            path,
            categorical=examined.inspection.categorical,
            tile_size=settings.tile_size,
            threads=settings.gdal_threads,
        )


def _published_key(keys: Keys, sha256: str) -> str:
    return f"{dataset_path(keys)}/{sha256[:_HASH_DIGITS]}.tif"


def _record_key(key: str) -> str:
    return f"{key.removesuffix('.tif')}.json"


def _is_there(published: Bucket, key: str, size: int) -> bool:
    stored = published.head(key)
    return stored is not None and stored.size == size


def _headers(settings: IngestSettings) -> dict[str, str]:
    return {
        "ContentType": "image/tiff",
        "CacheControl": f"public, max-age={settings.cache_seconds}, immutable",
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
