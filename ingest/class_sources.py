"""The classes of an upload: from its class file, failing that from the raster itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from categorical.classes import Class, parse_class_file
from categorical.errors import InvalidClassFile
from ingest.colors import RASTER, Assignment
from ingest.errors import InvalidClasses, NoClasses, TooLarge
from ingest.inspection import Inspection
from ingest.storage import Bucket, StoredObject

_SKELETON_CLASSES = 1000


@dataclass(frozen=True)
class ClassSource:
    """Classes and where they come from: `name` for people, `origin` of the colours they give."""

    classes: tuple[Class, ...]
    name: str
    origin: str


def read_class_file(bucket: Bucket, stored: StoredObject, limit: int) -> ClassSource:
    """The classes in a class file. Raises InvalidClasses with its faults, or Changed."""
    address = f"s3://{bucket.name}/{stored.key}"
    try:
        classes = parse_class_file(bucket.read(stored, limit))
    except (InvalidClassFile, TooLarge) as error:
        raise InvalidClasses(f"the class file {stored.key}: {error}") from error
    return ClassSource(classes, address, address)


def carried(inspection: Inspection) -> ClassSource:
    """The classes that the raster carries. Raises NoClasses.

    A colour table alone is no source: it has colours, but nothing says what they stand for.
    """
    if inspection.class_source is None:
        raise NoClasses(_no_classes(inspection), skeleton(inspection))
    return ClassSource(inspection.classes, inspection.class_source, RASTER)


def given_colors(source: ClassSource, inspection: Inspection) -> dict[str, Assignment]:
    """{label: colour} where the class source or else the raster's colour table has one."""
    table = {
        item.label: Assignment(inspection.colors[item.value], RASTER)
        for item in source.classes
        if item.value in inspection.colors
    }
    named = {
        item.label: Assignment(item.color, source.origin)
        for item in source.classes
        if item.color is not None
    }
    return table | named


def skeleton(inspection: Inspection) -> dict[str, Any]:
    """A class file with every value found, its colour and its pixels; labels are to be written."""
    values = list(inspection.counts)[:_SKELETON_CLASSES]
    return {"classification:classes": [_placeholder(value, inspection) for value in values]}


def _placeholder(value: int, inspection: Inspection) -> Mapping[str, Any]:
    color = inspection.colors.get(value)
    return {
        "value": value,
        "title": f"class {value}",
        "description": f"{inspection.counts[value]:,} pixels",
        **({"color_hint": color.hex} if color and color.alpha else {}),
        "nodata": value == inspection.nodata,
    }


def _no_classes(inspection: Inspection) -> str:
    values = list(inspection.counts)
    shown = ", ".join(map(str, values[:20])) + (", ..." if len(values) > 20 else "")
    colors = " (its colour table has colours but no labels)" if inspection.colors else ""
    return f"nothing says what its {len(values)} values stand for{colors}: {shown}"
