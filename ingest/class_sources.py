"""The classes of an upload: from its class file, failing that from the raster itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from categorical.classes import Class, parse_class_file
from categorical.colors import Color
from categorical.errors import InvalidClassFile
from ingest.attribute_table import Entry
from ingest.aux_xml import to_aux_xml
from ingest.carried import Carried, classes_of
from ingest.colors import RASTER, Assignment
from ingest.description import fill_notices
from ingest.errors import InvalidClasses, NoClasses, TooLarge
from ingest.inspection import Inspection
from ingest.notices import Notice, table_left_out, unnamed_classes
from ingest.settings import IngestSettings
from ingest.sidecars import read_sidecar
from ingest.situation import Situation
from ingest.storage import Bucket, StoredObject

_SKELETON_CLASSES = 1000
_COLOR_TABLE = "colour table"


@dataclass(frozen=True)
class ClassSource:
    """Classes and where they come from: `name` for people, `origin` of the colours they give.

    `table` {value: colour} has colours for classes that bring none. `class_file` is one to start
    from where the classes have no names yet. `aux_xml` is the sidecar that keeps what the raster
    came with, whether or not its classes are from there.
    """

    classes: tuple[Class, ...]
    name: str
    origin: str
    table: Mapping[int, Color]
    notices: tuple[Notice, ...] = ()
    class_file: Mapping[str, Any] | None = None
    aux_xml: bytes | None = None


def find_classes(
    bucket: Bucket, situation: Situation, inspection: Inspection, settings: IngestSettings
) -> ClassSource:
    """The classes of a dataset's upload, from the first source that has any.

    These are its class file, its sidecars, then what the raster holds; last the values that a
    colour table has colours for. Raises InvalidClasses, NoClasses or Changed.
    """
    beside, notices = _sidecars(bucket, situation, inspection, settings)
    carried = [*beside, _inside(inspection)]
    table = {v: color for item in reversed(carried) for v, color in item.colors.items()}
    named = _named(bucket, situation, carried, table, settings)
    source = named or _unnamed(inspection, table)
    if source is None:
        raise NoClasses(_no_classes(inspection), skeleton(inspection, table), notices)
    aux_xml, further = _aux_xml(beside, carried[-1], settings.max_aux_xml_bytes)
    return replace(source, notices=(*notices, *source.notices, *further), aux_xml=aux_xml)


def _named(
    bucket: Bucket,
    situation: Situation,
    carried: Sequence[Carried],
    table: Mapping[int, Color],
    settings: IngestSettings,
) -> ClassSource | None:
    if situation.class_file is not None:
        limit = settings.max_class_file_bytes
        classes = read_class_file(bucket, situation.class_file, limit)
        address = f"s3://{bucket.name}/{situation.class_file.key}"
        return ClassSource(classes, address, address, table)
    for found in carried:
        if found.source is not None:
            return ClassSource(found.classes, found.source, RASTER, table)
    return None


def read_class_file(bucket: Bucket, stored: StoredObject, limit: int) -> tuple[Class, ...]:
    """The classes in a class file. Raises InvalidClasses with its faults, or Changed."""
    try:
        return parse_class_file(bucket.read(stored, limit))
    except (InvalidClassFile, TooLarge) as error:
        raise InvalidClasses(f"the class file {stored.key}: {error}") from error


def given_colors(source: ClassSource) -> dict[str, Assignment]:
    """{label: colour} where the classes or else the colour table have one."""
    from_table = {
        item.label: Assignment(source.table[item.value], RASTER)
        for item in source.classes
        if item.value in source.table
    }
    named = {
        item.label: Assignment(item.color, source.origin)
        for item in source.classes
        if item.color is not None
    }
    return from_table | named


def skeleton(inspection: Inspection, table: Mapping[int, Color]) -> dict[str, Any]:
    """A class file with every value found, its colour and its pixels; labels are to be written."""
    values = list(inspection.counts)[:_SKELETON_CLASSES]
    classes = [_placeholder(value, inspection, table.get(value)) for value in values]
    return {"classification:classes": classes}


def _unnamed(inspection: Inspection, table: Mapping[int, Color]) -> ClassSource | None:
    """Classes for the values of pixels that have a colour, None if only nodata has one.

    Nothing says what they stand for, but a map of them says where they are.
    """
    entries = [Entry(v, _placeholder_label(v), table[v]) for v in inspection.counts if v in table]
    classes = classes_of(entries, inspection.counts, inspection.nodata)
    if all(item.nodata for item in classes):
        return None
    notices = (unnamed_classes(len(classes)), *fill_notices(inspection.counts, inspection))
    start = skeleton(inspection, table)
    return ClassSource(classes, _COLOR_TABLE, RASTER, table, notices, start)


def _placeholder_label(value: int) -> str:
    return f"class {value}"


def _sidecars(
    bucket: Bucket, situation: Situation, inspection: Inspection, settings: IngestSettings
) -> tuple[list[Carried], tuple[Notice, ...]]:
    """What the sidecars say, those believed first, and warnings about those that are not."""
    grace = timedelta(seconds=settings.sidecar_seconds)
    limit = settings.max_class_file_bytes
    read = [
        read_sidecar(bucket, stored, situation.uploads[0], inspection, limit, grace)
        for stored in situation.sidecars
    ]
    return [found for found, _ in read], tuple(notice for _, notice in read if notice)


def _inside(inspection: Inspection) -> Carried:
    return Carried(
        inspection.class_source, inspection.classes, inspection.colors, table=inspection.table
    )


def _aux_xml(
    beside: Sequence[Carried], inside: Carried, limit: int
) -> tuple[bytes | None, tuple[Notice, ...]]:
    try:
        return to_aux_xml(beside, inside, limit), ()
    except ValueError as error:
        return None, (table_left_out(str(error)),)


def _placeholder(value: int, inspection: Inspection, color: Color | None) -> Mapping[str, Any]:
    return {
        "value": value,
        "title": _placeholder_label(value),
        "description": f"{inspection.counts[value]:,} pixels",
        **({"color_hint": color.hex} if color and color.alpha else {}),
        "nodata": value == inspection.nodata,
    }


def _no_classes(inspection: Inspection) -> str:
    values = list(inspection.counts)
    shown = ", ".join(map(str, values[:20])) + (", ..." if len(values) > 20 else "")
    return f"nothing says what its {len(values)} values stand for: {shown}"
