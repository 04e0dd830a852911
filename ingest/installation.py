"""What ingestion talks to, as the environment names it: for the function and for the CLI."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from terracotta.config import parse_config

from ingest.errors import Misconfigured, NotIncoming
from ingest.keys import KeyPattern
from ingest.maintenance import Maintenance
from ingest.messages import Messages
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.storage import Bucket, s3_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_UNBOUNDED = 2**62
_LIMITS = ("max_raster_bytes", "max_pixels", "max_seconds", "max_memory_bytes", "max_disk_bytes")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Installation:
    """Settings, and clients that are made when they are first needed."""

    settings: IngestSettings
    clock: Callable[[], datetime] = now

    @classmethod
    def from_environment(cls) -> "Installation":
        """Raises Misconfigured with what is missing or wrong."""
        try:
            return cls(IngestSettings.model_validate({}))
        except ValidationError as error:
            prefix = IngestSettings.model_config["env_prefix"]
            faults = (f"{prefix}{str(f['loc'][0]).upper()} {_words(f)}" for f in error.errors())
            raise Misconfigured("; ".join(faults)) from error

    def without_limits(self) -> "Installation":
        """The same on a machine that may take its time and has room, and without the queue."""
        limits = dict.fromkeys(_LIMITS, _UNBOUNDED)
        settings = self.settings.model_copy(update={**limits, "queue_url": None})
        return replace(self, settings=settings)

    @cached_property
    def s3(self) -> "S3Client":
        return s3_client(self.settings.s3_timeout)

    @cached_property
    def sqs(self) -> "SQSClient":
        return boto3.client("sqs")

    @cached_property
    def pattern(self) -> KeyPattern:
        return KeyPattern(self.settings.key_pattern)

    @cached_property
    def published(self) -> Bucket:
        return Bucket(self.s3, self.settings.published_bucket)

    def incoming(self, name: str) -> Bucket:
        """A bucket that rasters are uploaded to. Raises NotIncoming for the published one."""
        if name == self.settings.published_bucket:
            raise NotIncoming(
                f"s3://{name} is the published bucket, which only ingestion writes to: give an "
                "address in the bucket that rasters are uploaded to"
            )
        return Bucket(self.s3, name)

    @property
    def queue_url(self) -> str:
        """Raises Misconfigured where there is none."""
        if not self.settings.queue_url:
            raise Misconfigured("there is no queue: set INGEST_QUEUE_URL")
        return self.settings.queue_url

    @cached_property
    def registry(self) -> Maintenance:
        """Raises Misconfigured where no database is named."""
        database: Any = parse_config()
        if not database.DRIVER_PATH:
            raise Misconfigured(
                "there is no database: set TC_DRIVER_PATH, TC_SQL_USER and TC_SQL_PASSWORD"
            )
        return Maintenance(
            database.DRIVER_PATH,
            database.DRIVER_PROVIDER,
            self.pattern.fields,
            self.settings.date_key,
            self.settings.database_timeout,
        )

    @cached_property
    def pipeline(self) -> Pipeline:
        sqs = self.sqs if self.settings.queue_url else None
        return Pipeline(self.settings, self.registry, self.s3, sqs, self.clock)

    @cached_property
    def messages(self) -> Messages:
        sqs = self.sqs if self.settings.queue_url else None
        return Messages(self.published, sqs, self.settings.queue_url, self.clock)


def _words(fault: ErrorDetails) -> str:
    """What is wrong with a setting, for the end of a sentence."""
    return "is not set" if fault["type"] == "missing" else f"is wrong: {fault['msg']}"
