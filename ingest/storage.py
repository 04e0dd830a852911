"""One S3 bucket: heads, lists, reads, downloads, copies and uploads.

A missing object is an answer (None); every other failure is raised as botocore raises it and is for
the queue to retry.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from ingest.errors import Changed, TooLarge

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = frozenset(("404", "NoSuchKey", "NotFound"))
_CHUNK = 2**20
_TRANSFER = TransferConfig(multipart_threshold=2**26, multipart_chunksize=2**26, max_concurrency=2)


@dataclass(frozen=True)
class StoredObject:
    """An object as it was when it was looked at; `etag` without quotes."""

    key: str
    etag: str
    size: int
    modified: datetime
    version_id: str | None = None


def s3_client(timeout: float) -> "S3Client":
    """A client that gives up within a few `timeout` seconds, so that the queue can retry."""
    config = Config(
        connect_timeout=min(timeout, 5),
        read_timeout=timeout,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("s3", config=config)


class Bucket:
    """A bucket and the client to reach it with."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def head(self, key: str) -> StoredObject | None:
        """What is stored under `key` now."""
        try:
            found = self._client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        return StoredObject(
            key=key,
            etag=_unquoted(found["ETag"]),
            size=found["ContentLength"],
            modified=found["LastModified"],
            version_id=found.get("VersionId"),
        )

    def list(self, prefix: str, start_after: str = "") -> Iterator[StoredObject]:
        """All objects whose key begins with `prefix`, in key order, without their versions."""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.name, Prefix=prefix, StartAfter=start_after):
            for item in page.get("Contents", ()):
                etag = _unquoted(item["ETag"])
                yield StoredObject(item["Key"], etag, item["Size"], item["LastModified"])

    def read(self, stored: StoredObject, limit: int) -> bytes:
        """Its bytes. Raises TooLarge, or Changed when it is not the same object any more."""
        check_size(stored, limit)
        with _as_changed():
            answer = self._client.get_object(
                Bucket=self.name, Key=stored.key, IfMatch=f'"{stored.etag}"'
            )
            content = answer["Body"].read()
        _check_whole(stored, len(content))
        return content

    def download(self, stored: StoredObject, path: Path) -> str:
        """Write it to `path`; its SHA-256 as hex digits. Raises Changed."""
        digest = hashlib.sha256()
        with _as_changed(), path.open("wb") as file:
            answer = self._client.get_object(
                Bucket=self.name, Key=stored.key, IfMatch=f'"{stored.etag}"'
            )
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
        _check_whole(stored, path.stat().st_size)
        return digest.hexdigest()

    def copy_from(self, source: "Bucket", stored: StoredObject, key: str, **headers: str) -> None:
        """Copy from another bucket within S3, in parts where it is large. Raises Changed."""
        with _as_changed():
            self._client.copy(
                CopySource={"Bucket": source.name, "Key": stored.key},
                Bucket=self.name,
                Key=key,
                ExtraArgs={
                    "CopySourceIfMatch": f'"{stored.etag}"',
                    "MetadataDirective": "REPLACE",
                    "TaggingDirective": "REPLACE",  # or S3 wants rights to read and write tags
                    **headers,
                },
                Config=_TRANSFER,
            )

    def upload(self, path: Path, key: str, **headers: str) -> None:
        """Store a file; it appears whole or not at all."""
        self._client.upload_file(str(path), self.name, key, ExtraArgs=headers, Config=_TRANSFER)

    def delete(self, key: str) -> None:
        """Remove what is stored under `key`, if there is something."""
        self._client.delete_object(Bucket=self.name, Key=key)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store a small object."""
        self._client.put_object(Bucket=self.name, Key=key, Body=content, ContentType=content_type)

    def put_json(self, key: str, document: Any) -> None:
        """Store a JSON document, readable by people."""
        body = json.dumps(document, ensure_ascii=False, indent=1).encode()
        self.put(key, body, "application/json")

    def get(self, key: str) -> bytes | None:
        """The bytes of an object that we stored, or None where there is none."""
        try:
            return self._client.get_object(Bucket=self.name, Key=key)["Body"].read()
        except ClientError as error:
            if _is_missing(error):
                return None
            raise


def check_size(stored: StoredObject, limit: int) -> None:
    """Raises TooLarge."""
    if stored.size > limit:
        raise TooLarge(f"{stored.key} has {stored.size:,} bytes, more than {limit:,}")


def _check_whole(stored: StoredObject, size: int) -> None:
    """Raises ConnectionError for half an object, which says nothing about the object.

    botocore notices a missing end only if the answer's own Content-Length arrived.
    """
    if size != stored.size:
        raise ConnectionError(f"{size:,} of {stored.size:,} bytes of {stored.key} arrived")


@contextmanager
def _as_changed() -> Iterator[None]:
    """An object that is gone, or is not the one we looked at (412), has changed meanwhile."""
    try:
        yield
    except ClientError as error:
        if _is_missing(error) or error.response["Error"]["Code"] in ("412", "PreconditionFailed"):
            raise Changed(str(error)) from error
        raise


def _is_missing(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _MISSING


def _unquoted(etag: str) -> str:
    return etag.strip('"')
