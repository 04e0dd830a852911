"""Files of other software beside a raster that name its values: `.aux.xml`, `.vat.dbf`, `.clr`.

A sidecar belongs to the version of the raster that it came with: one that is much older than the
raster was left behind by an earlier version, and is not believed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from ingest.attribute_table import Entry, of_entries
from ingest.carried import Carried, classes_of
from ingest.color_file import parse_color_file
from ingest.dbf import parse_dbf
from ingest.errors import TooLarge
from ingest.inspection import Inspection
from ingest.keys import stem
from ingest.notices import Notice, sidecar_ignored
from ingest.pam import parse_pam
from ingest.storage import Bucket, StoredObject

_Parse = Callable[[bytes, Collection[int], int | None], Carried]


def _parse_vat(content: bytes, values: Collection[int], nodata: int | None) -> Carried:
    table = parse_dbf(content)
    return replace(_carried(list(table.entries()), values, nodata), table=table)


def _parse_clr(content: bytes, values: Collection[int], nodata: int | None) -> Carried:
    entries = parse_color_file(content)
    found = _carried(entries, values, nodata)
    return replace(found, table=of_entries(entries)) if found.classes else found


def _carried(entries: list[Entry], values: Collection[int], nodata: int | None) -> Carried:
    colors = {entry.value: entry.color for entry in entries if entry.color is not None}
    classes = classes_of(entries, values, nodata)
    return Carried("sidecar" if classes else None, classes, colors)


# In the order in which they are believed.
_PARSERS: Mapping[str, _Parse] = {
    ".aux.xml": parse_pam,
    ".vat.dbf": _parse_vat,
    ".clr": _parse_clr,
}


def is_sidecar(key: str) -> bool:
    """Whether the object may say something about a raster beside it."""
    return _suffix(key) is not None


def sidecar_keys(raster_key: str) -> tuple[str, ...]:
    """Keys of the sidecars that a raster may have, those believed first."""
    bases = (raster_key, stem(raster_key))
    return tuple(
        base + form for suffix in _PARSERS for form in (suffix, suffix.upper()) for base in bases
    )


def raster_prefix(sidecar_key: str) -> str:
    """What the key of the raster begins with that a sidecar is for."""
    return sidecar_key[: -len(_suffix(sidecar_key) or "")]


def read_sidecar(
    bucket: Bucket,
    stored: StoredObject,
    upload: StoredObject,
    inspection: Inspection,
    limit: int,
    grace: timedelta,
) -> tuple[Carried, Notice | None]:
    """What a sidecar says, or a warning why it is not believed. Raises Changed."""
    if upload.modified - stored.modified > grace:
        age = upload.modified - stored.modified
        reason = f"it is {age} older than the raster, so it came with an earlier version"
        return Carried(None), sidecar_ignored(stored.key, reason)
    try:
        content = bucket.read(stored, limit)
        found = _PARSERS[_suffix(stored.key) or ""](content, inspection.counts, _nodata(inspection))
    except (ValueError, TooLarge) as error:
        return Carried(None), sidecar_ignored(stored.key, str(error))
    name = f"s3://{bucket.name}/{stored.key}" if found.source else None
    return replace(found, source=name), None


def _suffix(key: str) -> str | None:
    """The suffix that makes the key a sidecar's, in lower case; none in mixed case does."""
    forms = (suffix for suffix in _PARSERS if key.endswith((suffix, suffix.upper())))
    return next(forms, None)


def _nodata(inspection: Inspection) -> int | None:
    return None if inspection.nodata is None else int(inspection.nodata)
