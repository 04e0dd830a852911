"""From an event to its effect: which datasets an object is about, and who looks at them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingest.class_files import candidates, governed_prefix, is_class_file
from ingest.class_sources import read_class_file
from ingest.errors import Changed, Misconfigured, Rejection
from ingest.events import ObjectEvent
from ingest.keys import KeyPattern
from ingest.queueing import enqueue
from ingest.reconciliation import Reconciler
from ingest.registration import Registry
from ingest.reports import Report, fault_of, write_report
from ingest.settings import IngestSettings
from ingest.sidecars import is_sidecar, raster_prefix, sidecar_keys
from ingest.storage import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


class Pipeline:
    """The ingestion function with everything that it talks to.

    Raises Misconfigured where the key pattern has no type: nothing would be categorical.
    """

    def __init__(
        self,
        settings: IngestSettings,
        registry: Registry,
        s3: "S3Client",
        sqs: "SQSClient | None" = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._pattern = _pattern(settings)
        self._registry = registry
        self._s3 = s3
        self._sqs = sqs
        self._published = Bucket(s3, settings.published_bucket)
        self._clock = clock

    def handle(
        self, event: ObjectEvent, tell: Callable[[Report], None] = lambda _: None
    ) -> Report | None:
        """Look at the event's object, and make everything agree with what is there now.

        The report on it, or None for an object that is no upload (a folder, or our own); `tell`
        hears of each report when it is written, those on a class file's rasters too. Raises what
        is to be tried again.
        """
        if event.bucket == self._published.name or event.key.endswith("/"):
            return None
        incoming = Bucket(self._s3, event.bucket)
        if is_class_file(event.key) or is_sidecar(event.key):
            return self._class_file(incoming, event, tell)
        report = self._reconciler(incoming).reconcile(event)
        tell(report)
        return report

    def _reconciler(self, incoming: Bucket) -> Reconciler:
        return Reconciler(self._settings, self._registry, incoming, self._published, self._clock)

    def _class_file(
        self, incoming: Bucket, event: ObjectEvent, tell: Callable[[Report], None]
    ) -> Report:
        """Have every raster looked at that the class file or sidecar may be for."""
        rasters = list(self._governed(incoming, event.key))
        report = self._class_file_report(incoming, event.key, len(rasters))
        write_report(self._published, report)
        tell(report)
        if (
            self._sqs is not None
            and self._settings.queue_url
            and len(rasters) > self._settings.fan_out
        ):
            enqueue(self._sqs, self._settings.queue_url, incoming.name, rasters)
        else:
            reconciler = self._reconciler(incoming)
            for key in rasters:
                tell(reconciler.reconcile(ObjectEvent(incoming.name, key)))
        return report

    def _governed(self, incoming: Bucket, key: str) -> Iterator[str]:
        """Categorical rasters whose values the class file or sidecar may name."""
        prefix = governed_prefix(key) if is_class_file(key) else raster_prefix(key)
        for stored in incoming.list(prefix):
            names_values = (*candidates(stored.key), *sidecar_keys(stored.key))
            if key in names_values and self._is_categorical(stored.key):
                yield stored.key

    def _is_categorical(self, key: str) -> bool:
        if not self._pattern.matches(key):
            return False
        type_name = self._pattern.keys(key).get(self._settings.type_key)
        return type_name == self._settings.categorical_type

    def _class_file_report(self, incoming: Bucket, key: str, rasters: int) -> Report:
        """The verdict on the class file itself."""
        stored = incoming.head(key)
        verdict: dict[str, Any] = {"status": "registered" if stored else "removed"}
        if stored is not None and is_class_file(key):
            try:
                read_class_file(incoming, stored, self._settings.max_class_file_bytes)
            except Rejection as rejection:
                verdict = fault_of(rejection, incoming.name, key)
            except Changed:
                verdict = {"status": "registered"}  # its own event follows
        return Report(
            bucket=incoming.name,
            key=key,
            etag=stored.etag if stored else None,
            reported_at=self._clock(),
            rasters=rasters,
            **verdict,
        )


def _pattern(settings: IngestSettings) -> KeyPattern:
    pattern = KeyPattern(settings.key_pattern)
    if settings.type_key not in pattern.fields:
        raise Misconfigured(
            f"the key pattern {settings.key_pattern!r} has no {{{settings.type_key}}}, which says "
            "whether a raster is categorical: add it, or set INGEST_TYPE_KEY"
        )
    return pattern
