"""The database against the published bucket, both ways.

An orphan, a published raster that no dataset refers to, may still be read: a tile server asks the
database again only after its time to live, or later where it is away, and keeps files open. So an
orphan's age counts from the last sign that it was registered, and it must be old. Between that look
and the deletion it could be registered again: it is deleted while nothing of its product can be
registered, and a registration looks whether its raster is there (`Reconciler`). Other objects of
the bucket are never touched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.errors import KeyMismatch
from ingest.keys import KeyPattern, dataset_path
from ingest.maintenance import Maintenance
from ingest.registration import Registered
from ingest.storage import Bucket, StoredObject

_PUBLISHED = re.compile(
    r"(?P<name>(?P<folder>.+)/[0-9a-f]{20})\.(tif|json|tif\.aux\.xml)", re.DOTALL
)
_REPORTS = "reports/"


@dataclass(frozen=True)
class Missing:
    """A dataset whose raster is gone; `upload` is what it was made from."""

    keys: Mapping[str, str]
    path: str
    upload: str | None


@dataclass(frozen=True)
class Orphan:
    """A published raster, its record or its sidecar that no dataset refers to, at least `since`.

    `keys` are of the dataset that it was published for.
    """

    key: str
    keys: Mapping[str, str]
    size: int
    since: datetime


@dataclass(frozen=True)
class Verification:
    """`elsewhere` counts datasets whose raster is not in the published bucket, by design."""

    datasets: int
    elsewhere: int
    missing: tuple[Missing, ...]
    orphans: tuple[Orphan, ...]

    def removable(self, now: datetime, age: timedelta) -> list[Orphan]:
        """Orphans that no tile server reads any more."""
        return [orphan for orphan in self.orphans if now - orphan.since >= age]


def verify(registry: Maintenance, published: Bucket, pattern: KeyPattern) -> Verification:
    """Compare all of both. The database is read first: what it has then must have been there."""
    datasets = {dataset_path(keys): (keys, found) for keys, found in registry.datasets()}
    objects = {stored.key: stored for stored in published.list("")}
    prefix = f"s3://{published.name}/"
    used = {found.path.removeprefix(prefix) for _, found in datasets.values()}
    ours = {path: entry for path, entry in datasets.items() if entry[1].path.startswith(prefix)}
    changes = _last_changes(datasets, published, pattern)
    return Verification(
        datasets=len(datasets),
        elsewhere=len(datasets) - len(ours),
        missing=tuple(
            Missing(keys, found.path, _upload(found))
            for keys, found in ours.values()
            if found.path.removeprefix(prefix) not in objects
        ),
        orphans=tuple(_orphans(objects, used, changes, pattern)),
    )


def remove(orphan: Orphan, registry: Maintenance, published: Bucket) -> bool:
    """Delete an orphan, unless it is registered by now; whether it was deleted."""
    path = f"s3://{published.name}/{_raster(orphan.key)}"
    return registry.remove_orphan(orphan.keys, path, lambda: published.delete(orphan.key))


def _orphans(
    objects: Mapping[str, StoredObject],
    used: Iterable[str],
    changes: Mapping[str, datetime],
    pattern: KeyPattern,
) -> Iterator[Orphan]:
    for key, stored in objects.items():
        folder = _folder(key)
        values = folder.split("/")
        if not folder or len(values) != len(pattern.fields) or _raster(key) in used:
            continue
        keys = dict(zip(pattern.fields, values, strict=True))
        since = max(stored.modified, changes.get(folder, stored.modified))
        yield Orphan(key, keys, stored.size, since)


def _last_changes(
    datasets: Mapping[str, tuple[Mapping[str, str], Registered]],
    published: Bucket,
    pattern: KeyPattern,
) -> dict[str, datetime]:
    """When each dataset was last registered, rejected or removed, by its path in the bucket."""
    changes: dict[str, datetime] = {}
    for path, (_, found) in datasets.items():
        if registered_at := found.source.get("registered_at"):
            changes[path] = datetime.fromisoformat(registered_at)
    for stored in published.list(_REPORTS):
        try:
            keys = pattern.keys(stored.key.removeprefix(_REPORTS).removesuffix(".json"))
        except KeyMismatch:
            continue
        path = dataset_path(keys)
        changes[path] = max(stored.modified, changes.get(path, stored.modified))
    return changes


def _folder(key: str) -> str:
    """`categorical/S2/20181010/cloudmask` of what was published for it; empty for other objects."""
    match = _PUBLISHED.fullmatch(key)
    is_report = key.startswith(_REPORTS) and key.endswith(".json")
    return match["folder"] if match and not is_report else ""


def _raster(key: str) -> str:
    """The key of the raster that something published is, or belongs to."""
    match = _PUBLISHED.fullmatch(key)
    return f"{match['name']}.tif" if match else key


def _upload(found: Registered) -> str | None:
    source = found.source
    return f"s3://{source['bucket']}/{source['key']}" if "key" in source else None
