"""Makes database, published bucket and report agree with what is uploaded for one dataset."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from ingest.class_sources import ClassSource, find_classes, given_colors
from ingest.description import class_notices, describe_classes
from ingest.errors import Changed, DuplicateUpload, KeyMismatch, Rejection, StillChanging
from ingest.events import ObjectEvent, latest
from ingest.inspection import Inspection
from ingest.keys import KeyPattern, Keys
from ingest.publication import (
    Published,
    examine,
    find_published,
    is_published,
    keep_aux_xml,
    publish,
)
from ingest.registration import Dataset, Registered, Registry
from ingest.reports import Report, fault_of, write_report
from ingest.settings import IngestSettings
from ingest.situation import Situation, check_unchanged, look
from ingest.storage import Bucket, StoredObject
from ingest.work_folder import work_folder


class Reconciler:
    """Reconciles datasets of one incoming bucket."""

    def __init__(
        self,
        settings: IngestSettings,
        registry: Registry,
        incoming: Bucket,
        published: Bucket,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._pattern = KeyPattern(settings.key_pattern)
        self._registry = registry
        self._incoming = incoming
        self._published = published
        self._clock = clock

    def reconcile(self, event: ObjectEvent) -> Report:
        """The report on the event's object, once everything agrees with the bucket.

        Starts over when the bucket changes meanwhile. Raises StillChanging, and every fault of S3
        and the database as it comes.
        """
        for _ in range(self._settings.attempts):
            try:
                return self._reconcile(event)
            except Changed:
                continue
        raise StillChanging(f"{event.key} changed at each of {self._settings.attempts} attempts")

    def _reconcile(self, event: ObjectEvent) -> Report:
        try:
            keys = self._pattern.keys(event.key)
        except KeyMismatch as rejection:
            return self._report_mismatch(event, rejection)
        situation = look(self._incoming, self._pattern, event.key)
        unchanged = partial(check_unchanged, situation, self._incoming, self._pattern, event.key)
        reports = {r.key: r for r in self._reports(event, keys, situation, unchanged)}
        for report in reports.values():
            write_report(self._published, report)
        unchanged()  # a report that was overtaken is written again
        return reports[event.key]

    def _reports(
        self, event: ObjectEvent, keys: Keys, situation: Situation, unchanged: Callable[[], None]
    ) -> Iterator[Report]:
        """Act upon the situation; a report on each upload, and on the event's object if gone."""
        uploads = [upload.key for upload in situation.uploads]
        forget = partial(self._registry.remove, keys, self._incoming.name, uploads, unchanged)
        if not uploads:
            forget()
        if event.key not in uploads:
            yield self._report(event.key, status="removed", keys=keys)
        for number, upload in enumerate(situation.uploads):
            try:
                if number > 0:
                    raise DuplicateUpload(f"{uploads[0]} has the same keys and comes first")
                yield self._register(event, keys, situation, unchanged)
            except Rejection as rejection:
                forget()  # what was made of an upload that is gone, and is not replaced either
                yield self._rejected(upload, keys, rejection)

    def _register(
        self, event: ObjectEvent, keys: Keys, situation: Situation, unchanged: Callable[[], None]
    ) -> Report:
        upload = situation.uploads[0]
        found = self._registry.find(keys)
        source = self._source(upload, event, found)
        published, classes = self._published_with_classes(keys, situation, found)
        dataset = _dataset(keys, published, classes, source)
        ready = partial(self._make_ready, unchanged, published.path, classes)
        registered, color_notices = self._registry.register(dataset, ready)
        notices = [*published.inspection.notices, *color_notices]
        if classes is not None:
            notices += [*classes.notices, *class_notices(classes.classes, published.inspection)]
        return self._report(
            upload.key,
            status="registered",
            etag=upload.etag,
            keys=keys,
            path=registered.path,
            classes=registered.metadata.get("classes"),
            warnings=tuple(notices),
            class_file=classes.class_file if classes else None,
            pixels=published.inspection.width * published.inspection.height,
            source=registered.source,
        )

    def _make_ready(
        self, unchanged: Callable[[], None], path: str, classes: ClassSource | None
    ) -> None:
        """The last before registration, alone with the product.

        Raises Changed, also when an orphan that came to be needed again was just removed.
        """
        unchanged()
        if not is_published(self._published, path):
            raise Changed(f"{path} was removed meanwhile")
        if classes is not None:
            keep_aux_xml(self._published, path, classes.aux_xml)

    def _published_with_classes(
        self, keys: Keys, situation: Situation, found: Registered | None
    ) -> tuple[Published, ClassSource | None]:
        """The published raster and its classes; nothing is published that has none."""
        upload, categorical = situation.uploads[0], self._is_categorical(keys)
        ready = self._ready(upload, found)
        if ready is not None:
            return ready, self._classes(ready.inspection, situation) if categorical else None
        with work_folder(self._settings.work_folder) as folder:
            examined = examine(self._incoming, upload, categorical, folder, self._settings)
            classes = self._classes(examined.inspection, situation) if categorical else None
            return (
                publish(examined, self._incoming, self._published, keys, self._settings),
                classes,
            )

    def _ready(self, upload: StoredObject, found: Registered | None) -> Published | None:
        """What is published of this very upload already, so that its pixels need no look."""
        if found is None:
            return None
        made_from = {name: found.source.get(name) for name in ("bucket", "key", "etag", "size")}
        wanted = (self._incoming.name, upload.key, upload.etag, upload.size)
        if tuple(made_from.values()) != wanted:
            return None
        return find_published(self._published, found.path)

    def _classes(self, inspection: Inspection, situation: Situation) -> ClassSource:
        return find_classes(self._incoming, situation, inspection, self._settings)

    def _source(
        self, upload: StoredObject, event: ObjectEvent, found: Registered | None
    ) -> dict[str, Any]:
        """What a dataset is made from, as its metadata has it."""
        now = self._incoming.head(upload.key)
        if now is None or now.etag != upload.etag:
            raise Changed(f"{upload.key} changed meanwhile")
        sequencers = [event.sequencer] if event.etag == upload.etag else []
        if found is not None and found.source.get("etag") == upload.etag:
            sequencers.append(found.source.get("sequencer"))
        return {
            "bucket": self._incoming.name,
            "key": upload.key,
            "etag": upload.etag,
            "version_id": now.version_id,
            "sequencer": latest(sequencers),
            "size": upload.size,
            "registered_at": self._clock().isoformat(timespec="seconds"),
        }

    def _rejected(self, upload: StoredObject, keys: Keys, rejection: Rejection) -> Report:
        found = self._registry.find(keys)
        still = found.path if found and found.source.get("key") == upload.key else None
        return self._report(
            upload.key,
            etag=upload.etag,
            keys=keys,
            still_registered=still,
            **fault_of(rejection, self._incoming.name, upload.key),
        )

    def _report_mismatch(self, event: ObjectEvent, rejection: KeyMismatch) -> Report:
        """The report on an object that can be no dataset."""
        upload = self._incoming.head(event.key)
        fault = fault_of(rejection, self._incoming.name, event.key)
        verdict = fault if upload else {"status": "removed"}
        report = self._report(event.key, etag=upload.etag if upload else None, **verdict)
        write_report(self._published, report)
        return report

    def _report(self, key: str, **members: Any) -> Report:
        return Report(bucket=self._incoming.name, key=key, reported_at=self._clock(), **members)

    def _is_categorical(self, keys: Keys) -> bool:
        return keys.get(self._settings.type_key) == self._settings.categorical_type


def _dataset(
    keys: Keys, published: Published, classes: ClassSource | None, source: dict[str, Any]
) -> Dataset:
    """What to register; a nodata class gets no colour unless one is given."""
    if classes is None:
        return Dataset(
            keys,
            published.path,
            published.inspection.statistics,
            (),
            {},
            lambda _: {"source": source},
        )
    given = given_colors(classes)
    return Dataset(
        keys=keys,
        path=published.path,
        statistics=published.inspection.statistics,
        labels=tuple(c.label for c in classes.classes if not c.nodata or c.label in given),
        given=given,
        describe=lambda colors: {
            **describe_classes(classes.classes, published.inspection, colors),
            "source": {**source, "classes": classes.name},
        },
    )
