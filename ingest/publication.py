"""From an upload to an immutable Cloud Optimized GeoTIFF in the published bucket.

`examine` downloads an upload and finds out everything about it; `publish` stores what comes of it
under a name made from its own bytes, which is never overwritten. In between the pipeline looks for
classes, so that nothing is published that cannot be registered.
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingest.decoder import Limits, decode, prepare
from ingest.examination import examine_file, rewrite_file
from ingest.inspection import Inspection, from_document
from ingest.keys import Keys, dataset_path
from ingest.notices import Notice
from ingest.settings import IngestSettings
from ingest.storage import Bucket, StoredObject, check_size

_HASH_DIGITS = 20


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
    prepare()
    path = folder / "upload.tif"
    sha256 = incoming.download(upload, path)
    limits = _limits(settings, folder)
    found = decode(partial(examine_file, path, categorical, settings), limits)
    return Examined(upload, found.path, sha256, found.inspection, found.notice)


def publish(
    examined: Examined, incoming: Bucket, published: Bucket, keys: Keys, settings: IngestSettings
) -> Published:
    """Store the raster and its inspection. Raises Changed."""
    if examined.notice is None:
        key = _published_key(keys, examined.sha256)
        if not _is_there(published, key, examined.upload.size):
            published.copy_from(incoming, examined.upload, key, **_headers(settings))
            _check_there(published, key, examined.upload.size)
        return _with_inspection(published, key, examined.inspection)
    path = examined.path.with_name("published.tif")
    categorical = examined.inspection.categorical
    limits = _limits(settings, path.parent)
    decode(partial(rewrite_file, examined.path, path, categorical, settings), limits)
    key = _published_key(keys, _sha256(path))
    if not _is_there(published, key, path.stat().st_size):
        published.upload(path, key, **_headers(settings))
        _check_there(published, key, path.stat().st_size)
    notices = (*examined.inspection.notices, examined.notice)
    return _with_inspection(
        published, key, examined.inspection.model_copy(update={"notices": notices})
    )


def find_published(published: Bucket, path: str) -> Published | None:
    """The raster at an `s3://` address of the published bucket with its inspection, if kept."""
    key = _key(published, path)
    inspection = None if key == path else from_document(published.get(_record_key(key)))
    if inspection is None or not is_published(published, path):
        return None
    return Published(path, inspection)


def is_published(published: Bucket, path: str) -> bool:
    """Whether there is a raster at an `s3://` address of the published bucket."""
    return published.head(_key(published, path)) is not None


def keep_aux_xml(published: Bucket, path: str, content: bytes | None) -> None:
    """Have GDAL's sidecar of a raster be `content`, or not be there for None.

    Unlike the raster it may change under its name: the same bytes may come again with another
    sidecar. So whoever calls must be alone with the dataset, and know its upload to be the newest.
    """
    key = f"{_key(published, path)}.aux.xml"
    there = published.get(key)
    if content is None and there is not None:
        published.delete(key)
    elif content is not None and there != content:
        published.put(key, content, "application/xml")


def _key(published: Bucket, path: str) -> str:
    """The key of an `s3://` address of the bucket; any other address as it is."""
    return path.removeprefix(f"s3://{published.name}/")


def _with_inspection(published: Bucket, key: str, inspection: Inspection) -> Published:
    published.put_json(_record_key(key), inspection.to_document())
    return Published(f"s3://{published.name}/{key}", inspection)


def _published_key(keys: Keys, sha256: str) -> str:
    return f"{dataset_path(keys)}/{sha256[:_HASH_DIGITS]}.tif"


def _record_key(key: str) -> str:
    return f"{key.removesuffix('.tif')}.json"


def _is_there(published: Bucket, key: str, size: int) -> bool:
    stored = published.head(key)
    return stored is not None and stored.size == size


def _check_there(published: Bucket, key: str, size: int) -> None:
    """Raises ConnectionError: what nobody can read must not be registered."""
    if not _is_there(published, key, size):
        raise ConnectionError(f"s3://{published.name}/{key} is not there as it was written")


def _headers(settings: IngestSettings) -> dict[str, str]:
    return {
        "ContentType": "image/tiff",
        "CacheControl": f"public, max-age={settings.cache_seconds}, immutable",
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _limits(settings: IngestSettings, folder: Path) -> Limits:
    """A file may take half of the room that is left: GDAL writes overviews to a second one."""
    left = settings.max_disk_bytes - sum(file.stat().st_size for file in folder.iterdir())
    return Limits(settings.max_seconds, settings.max_memory_bytes, max(left, 0) // 2)
