"""The classes of an upload: from its class file, failing that from the raster itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from categorical.classes import Class, parse_class_file
from categorical.colors import Color
from categorical.errors import InvalidClassFile
from ingest.carried import Carried, Entry, classes_of
from ingest.colors import RASTER, Assignment
from ingest.description import fill_notices
from ingest.errors import InvalidClasses, NoClasses, TooLarge
from ingest.inspection import Inspection
from ingest.notices import Notice, unnamed_classes
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
    from where the classes have no names yet.
    """

    classes: tuple[Class, ...]
    name: str
    origin: str
    table: Mapping[int, Color]
    notices: tuple[Notice, ...] = ()
    class_file: Mapping[str, Any] | None = None


def find_classes(
    bucket: Bucket, situation: Situation, inspection: Inspection, settings: IngestSettings
) -> ClassSource:
    """The classes of a dataset's upload, from the first source that has any.

    These are its class file, its sidecars, then what the raster holds; last the values that a
    colour table has colours for. Raises InvalidClasses, NoClasses or Changed.
    """
    carried, notices = _sidecars(bucket, situation, inspection, settings)
    inside = Carried(inspection.class_source, inspection.classes, inspection.colors)
    carried.append(inside)
    table = {v: color for item in reversed(carried) for v, color in item.colors.items()}
    if situation.class_file is not None:
        limit = settings.max_class_file_bytes
        classes = read_class_file(bucket, situation.class_file, limit)
        address = f"s3://{bucket.name}/{situation.class_file.key}"
        return ClassSource(classes, address, address, table, notices)
    for found in carried:
        if found.source is not None:
            return ClassSource(found.classes, found.source, RASTER, table, notices)
    if unnamed := _unnamed(inspection, table):
        fill = fill_notices(inspection.counts, inspection)
        notices = (*notices, unnamed_classes(len(unnamed)), *fill)
        start = skeleton(inspection, table)
        return ClassSource(unnamed, _COLOR_TABLE, RASTER, table, notices, start)
    raise NoClasses(_no_classes(inspection), skeleton(inspection, table), notices)


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


def _unnamed(inspection: Inspection, table: Mapping[int, Color]) -> tuple[Class, ...]:
    """Classes for the values of pixels that have a colour, none if only nodata has one.

    Nothing says what they stand for, but a map of them says where they are.
    """
    entries = [Entry(v, _placeholder_label(v), table[v]) for v in inspection.counts if v in table]
    classes = classes_of(entries, inspection.counts, inspection.nodata)
    return classes if any(not item.nodata for item in classes) else ()


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
