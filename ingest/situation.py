"""What the incoming bucket holds about one dataset: the state that everything else follows."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.class_files import candidates
from ingest.errors import Changed
from ingest.keys import KeyPattern, stem
from ingest.storage import Bucket, StoredObject


@dataclass(frozen=True)
class Situation:
    """The uploads with a dataset's keys, in key order, and the class file that is for them.

    There is one upload, or more where suffixes differ (`.tif`, `.TIFF`); the first one counts.
    """

    uploads: tuple[StoredObject, ...]
    class_file: StoredObject | None


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
    return Situation(uploads, beside.get(own) or _first(bucket, above))


def check_unchanged(before: Situation, bucket: Bucket, pattern: KeyPattern, key: str) -> None:
    """Raises Changed when something else is there now."""
    now = look(bucket, pattern, key)
    if _etags(now) != _etags(before):
        raise Changed(f"{key} or its class file changed meanwhile")


def _first(bucket: Bucket, keys: Iterable[str]) -> StoredObject | None:
    found = (bucket.head(key) for key in keys)
    return next((stored for stored in found if stored is not None), None)


def _etags(situation: Situation) -> list[tuple[str, str]]:
    files = [*situation.uploads, *filter(None, [situation.class_file])]
    return [(stored.key, stored.etag) for stored in files]
