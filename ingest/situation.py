"""What the incoming bucket holds about one dataset: the state that everything else follows."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.class_files import candidates
from ingest.errors import Changed
from ingest.keys import KeyPattern, stem
from ingest.sidecars import sidecar_keys
from ingest.storage import Bucket, StoredObject


@dataclass(frozen=True)
class Situation:
    """The uploads with a dataset's keys, in key order, and what names the first one's values.

    There is one upload, or more where suffixes differ (`.tif`, `.TIFF`); the first one counts.
    Sidecars come in the order in which they are believed.
    """

    uploads: tuple[StoredObject, ...]
    class_file: StoredObject | None
    sidecars: tuple[StoredObject, ...]


def look(bucket: Bucket, pattern: KeyPattern, key: str) -> Situation:
    """What is there now, about the dataset that a raster's key belongs to."""
    keys = pattern.keys(key)
    beside = {stored.key: stored for stored in bucket.list(f"{stem(key)}.")}
    uploads = tuple(
        stored
        for name, stored in sorted(beside.items())
        if pattern.matches(name) and pattern.keys(name) == keys
    )
    own, *above = candidates(key)
    sidecars = (beside.get(name) for upload in uploads[:1] for name in sidecar_keys(upload.key))
    return Situation(
        uploads=uploads,
        class_file=beside.get(own) or _first(bucket, above),
        sidecars=tuple(stored for stored in sidecars if stored is not None),
    )


def check_unchanged(before: Situation, bucket: Bucket, pattern: KeyPattern, key: str) -> None:
    """Raises Changed when something else is there now."""
    now = look(bucket, pattern, key)
    if _etags(now) != _etags(before):
        raise Changed(f"{key} or its class file changed meanwhile")


def _first(bucket: Bucket, keys: Iterable[str]) -> StoredObject | None:
    found = (bucket.head(key) for key in keys)
    return next((stored for stored in found if stored is not None), None)


def _etags(situation: Situation) -> list[tuple[str, str]]:
    files = [*situation.uploads, *filter(None, [situation.class_file]), *situation.sidecars]
    return [(stored.key, stored.etag) for stored in files]
